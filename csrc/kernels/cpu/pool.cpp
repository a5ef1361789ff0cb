// Pooling of float and double.
#include "kernels/pool.h"
#include "kernels/fill.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

template <typename T>
void take_places(const PlacesArgs& args) {
  parallel_for(args.batch, 1 + kPoolWork / (args.size_y + 1), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const T* x = static_cast<const T*>(args.x) + n * args.size_x;
      const int32_t* places = args.places + n * args.size_y;
      T* y = static_cast<T*>(args.y) + n * args.size_y;
      for (int64_t i = 0; i < args.size_y; ++i) y[i] = places[i] < 0 ? 0 : x[places[i]];
    }
  });
}

template <typename T>
void put_places(const PlacesArgs& args) {
  int64_t work = args.size_x + args.size_y;
  parallel_for(args.batch, 1 + kPoolWork / (work + 1), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      T* x = static_cast<T*>(args.x) + n * args.size_x;
      const int32_t* places = args.places + n * args.size_y;
      const T* y = static_cast<const T*>(args.y) + n * args.size_y;
      __builtin_memset(x, 0, size_t(args.size_x) * sizeof(T));
      for (int64_t i = 0; i < args.size_y; ++i) {
        if (places[i] >= 0) x[places[i]] += y[i];
      }
    }
  });
}

template <typename T>
void rows_of(Table& t) {
  int d = int(Traits<T>::dtype);
  t.pool[int(Pool::max)][d] = max_pool<T>;
  t.pool[int(Pool::average)][d] = average_pool<T>;
  t.pool[int(Pool::average_gradient)][d] = average_pool_gradient<T>;
  t.take_places[d] = take_places<T>;
  t.put_places[d] = put_places<T>;
}

}  // namespace

void fill_pool(Table& t) {
  rows_of<float>(t);
  rows_of<double>(t);
}

}  // namespace pyten::kernels::PYTEN_ISA

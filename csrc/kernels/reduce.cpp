// The driver of reductions, and those that need no speed: means of integers, products of complex
// numbers.
#include "kernels/reduce.h"

#include "core/allocator.h"
#include "kernels/fill.h"
#include "kernels/threads.h"

namespace pyten::kernels {

namespace {

constexpr int64_t kRowTotals = 64;           // rows that are finished together
constexpr int64_t kChunkElements = 1 << 16;  // a tile for a thread

struct Reduction {
  const Folder& f;
  const char* x;
  char* out;
  int64_t outer, n, inner;

  // Many short rows.
  void rows() const {
    parallel_for(outer, 1 + kChunkElements / (n + 1), [&](int64_t begin, int64_t end) {
      double totals[kRowTotals];
      for (int64_t o = begin; o < end; o += kRowTotals) {
        int64_t count = end - o < kRowTotals ? end - o : kRowTotals;
        f.rows(x + o * n * int64_t(f.element_size), count, n, totals);
        f.finish(totals, count, n, out + o * int64_t(f.element_size));
      }
    });
  }

  // All columns of `count` contiguous rows of few elements: several rows are taken as one, and the
  // wide row's totals folded in halves.
  void short_rows(const char* from, int64_t count, char* totals) const {
    int64_t together = 1;
    while (2 * together * inner <= kReduceStrip / 2 && 4 * together <= count) together *= 2;
    int64_t width = together * inner, groups = count / together, rest = count % together * inner;
    double wide[kReduceStrip], more[kReduceStrip];
    f.columns(from, groups, width, width, wide);
    if (rest > 0) {
      f.columns(from + groups * width * int64_t(f.element_size), 1, rest, rest, more);
      f.combine(wide, more, rest);
    }
    auto bytes = reinterpret_cast<char*>(wide);
    for (; together > 1; together /= 2) {
      int64_t half = together / 2 * inner;
      f.combine(bytes, bytes + half * int64_t(f.total_size), half);
    }
    __builtin_memcpy(totals, bytes, size_t(inner) * f.total_size);
  }

  // Chunks of rows, strips of columns; the chunks of a strip are combined at the end, in order.
  void chunks() const {
    int64_t strip = inner < kReduceStrip ? inner : kReduceStrip, strips = (inner - 1) / strip + 1;
    int64_t length = 1 + (kChunkElements - 1) / strip, chunks = n > 0 ? (n - 1) / length + 1 : 1;
    auto element = int64_t(f.element_size), total = int64_t(f.total_size);
    auto width_of = [&](int64_t s) {
      return inner - s * strip < strip ? inner - s * strip : strip;
    };
    auto fold = [&](int64_t o, int64_t chunk, int64_t s, char* totals) {
      int64_t first = chunk * length, count = n - first < length ? n - first : length;
      const char* from = x + ((o * n + first) * inner + s * strip) * element;
      if (inner == 1) f.rows(from, 1, count, totals);
      else if (strips == 1) short_rows(from, count, totals);
      else f.columns(from, count, inner, width_of(s), totals);
    };
    auto finish = [&](int64_t o, int64_t s, const void* totals) {
      f.finish(totals, width_of(s), n, out + (o * inner + s * strip) * element);
    };
    if (chunks == 1) {
      int64_t grain = 1 + kChunkElements / (n * strip + 1);
      return parallel_for(outer * strips, grain, [&](int64_t begin, int64_t end) {
        double totals[kReduceStrip];
        for (int64_t j = begin; j < end; ++j) {
          fold(j / strips, 0, j % strips, reinterpret_cast<char*>(totals));
          finish(j / strips, j % strips, totals);
        }
      });
    }
    size_t nbytes = size_t(outer * strips * chunks * strip * total);
    auto partial = static_cast<char*>(allocate(nbytes));
    parallel_for(outer * strips * chunks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t j = begin; j < end; ++j) {
        fold(j / chunks / strips, j % chunks, j / chunks % strips, partial + j * strip * total);
      }
    });
    for (int64_t j = 0; j < outer * strips; ++j) {
      char* totals = partial + j * chunks * strip * total;
      for (int64_t c = 1; c < chunks; ++c) {
        f.combine(totals, totals + c * strip * total, width_of(j % strips));
      }
      finish(j / strips, j % strips, totals);
    }
    deallocate(partial, nbytes);
  }
};

}  // namespace

void reduce(const Folder& f, const void* x, void* out, int64_t outer, int64_t n, int64_t inner) {
  if (outer == 0 || inner == 0) return;
  Reduction r{f, static_cast<const char*>(x), static_cast<char*>(out), outer, n, inner};
  if (inner == 1 && n <= kChunkElements) r.rows();
  else r.chunks();
}

}  // namespace pyten::kernels

namespace pyten::kernels::common {

namespace {

// The exact sum, divided, truncated towards zero; 0 of nothing.
template <typename T>
void integer_mean(const void* px, void* po, int64_t outer, int64_t n, int64_t inner) {
  using Small = if_t<Traits<T>::is_signed, int64_t, uint64_t>;
  using Total = if_t<sizeof(T) == 8, __int128, Small>;
  auto x = static_cast<const T*>(px);
  auto out = static_cast<T*>(po);
  parallel_for(outer * inner, 1 + (1 << 15) / (n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const T* from = x + j / inner * n * inner + j % inner;
      Total total = 0;
      for (int64_t i = 0; i < n; ++i) total += from[i * inner];
      out[j] = n > 0 ? T(total / Total(n)) : T(0);
    }
  });
}

template <typename T>
void complex_prod(const void* px, void* po, int64_t outer, int64_t n, int64_t inner) {
  auto x = static_cast<const Complex<T>*>(px);
  auto out = static_cast<Complex<T>*>(po);
  parallel_for(outer * inner, 1 + (1 << 15) / (n + 1), [&](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; ++j) {
      const Complex<T>* from = x + j / inner * n * inner + j % inner;
      Complex<T> total{1, 0};
      for (int64_t i = 0; i < n; ++i) total = total * from[i * inner];
      out[j] = total;
    }
  });
}

template <typename... Ts>
void mean_row(ReduceLoop* row) {
  ((row[int(Traits<Ts>::dtype)] = integer_mean<Ts>), ...);
}

}  // namespace

void fill_reduce_rest(Table& t) {
  mean_row<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t>(t.mean);
  t.reduce[int(Reduce::prod)][int(DType::kComplex64)] = complex_prod<float>;
  t.reduce[int(Reduce::prod)][int(DType::kComplex128)] = complex_prod<double>;
}

}  // namespace pyten::kernels::common

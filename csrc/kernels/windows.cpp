// Convolution and pooling of integers, compiled once: exact, and not in anybody's hurry.
#include "kernels/windows.h"

#include "kernels/fill.h"
#include "kernels/pool.h"

namespace pyten::kernels::common {

namespace {

// Every product that belongs to the sum, straight from the definition; int32 wraps around.
template <Conv kind>
void conv_int32(const ConvArgs& args) {
  using U = uint32_t;  // whose arithmetic wraps
  const Window& w = args.window;
  auto x = static_cast<U*>(args.x), filter = static_cast<U*>(args.filter),
       y = static_cast<U*>(args.y);
  const int64_t inputs = args.in_channels / args.groups, outputs = args.out_channels / args.groups;
  const int64_t in = w.in[0] * w.in[1] * w.in[2], out = w.out[0] * w.out[1] * w.out[2];
  const int64_t taps = w.kernel[0] * w.kernel[1] * w.kernel[2];
  auto clear = [](U* to, int64_t n) { __builtin_memset(to, 0, size_t(n) * sizeof(U)); };
  if (kind == Conv::forward) clear(y, args.batch * out * args.out_channels);
  if (kind == Conv::input_gradient) clear(x, args.batch * in * args.in_channels);
  if (kind == Conv::filter_gradient) clear(filter, taps * inputs * args.out_channels);
  for (int64_t place = 0; place < args.batch * out; ++place) {
    int64_t n = place / out, o[3];
    o[2] = place % w.out[2], o[1] = place / w.out[2] % w.out[1],
    o[0] = place % out / w.out[2] / w.out[1];
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t k[3] = {tap / w.kernel[2] / w.kernel[1], tap / w.kernel[2] % w.kernel[1],
                      tap % w.kernel[2]};
      int64_t at = n;
      bool inside = true;
      for (int d = 0; d < 3; ++d) {
        int64_t i = o[d] * w.stride[d] + k[d] * w.dilation[d] - w.pad[d];
        inside = inside && i >= 0 && i < w.in[d];
        at = at * w.in[d] + i;
      }
      if (!inside) continue;
      for (int64_t g = 0; g < args.groups; ++g) {
        for (int64_t c = 0; c < inputs; ++c) {
          U* xs = x + at * args.in_channels + g * inputs + c;
          U* fs = filter + (tap * inputs + c) * args.out_channels + g * outputs;
          U* ys = y + place * args.out_channels + g * outputs;
          for (int64_t j = 0; j < outputs; ++j) {
            if (kind == Conv::forward) ys[j] += *xs * fs[j];
            if (kind == Conv::input_gradient) *xs += ys[j] * fs[j];
            if (kind == Conv::filter_gradient) fs[j] += *xs * ys[j];
          }
        }
      }
    }
  }
}

template <typename... Ts>
void max_pool_rows(Table& t) {
  ((t.pool[int(Pool::max)][int(Traits<Ts>::dtype)] = max_pool<Ts>), ...);
}

}  // namespace

void fill_windows_rest(Table& t) {
  constexpr int d = int(DType::kInt32);
  t.conv[int(Conv::forward)][d] = conv_int32<Conv::forward>;
  t.conv[int(Conv::input_gradient)][d] = conv_int32<Conv::input_gradient>;
  t.conv[int(Conv::filter_gradient)][d] = conv_int32<Conv::filter_gradient>;
  max_pool_rows<int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t>(t);
}

}  // namespace pyten::kernels::common

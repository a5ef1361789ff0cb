// Random numbers on the CPU.
#include <cmath>

#include "core/error.h"
#include "kernels/numbers.h"
#include "kernels/parts.h"
#include "kernels/random_math.h"
#include "kernels/threads.h"

namespace pyten::kernels {

namespace {

using common::BFloat16;
using common::bit_cast;
using common::from_float;
using common::Half;
using common::to_float;
using common::unit;

constexpr int64_t kBlocksPerTile = 1 << 12;
constexpr uint64_t kReservedPerOutput = 256;  // words that TensorFlow sets aside for rejections

// n numbers, kPerBlock from each block: make(words, numbers) is given the four words.
template <typename T, int kPerBlock, typename Make>
void fill_blocks(const Philox& stream, int64_t n, T* out, Make make) {
  constexpr int64_t kTogether = 64;  // blocks
  PhiloxLoop philox = cpu().philox;
  int64_t blocks = (n + kPerBlock - 1) / kPerBlock;
  parallel_for(blocks, kBlocksPerTile, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b += kTogether) {
      int64_t count = end - b < kTogether ? end - b : kTogether;
      uint32_t words[4 * kTogether];
      philox(philox_skip(stream, uint64_t(b)), count, words);
      T* to = out + b * kPerBlock;
      int64_t whole = (n - b * kPerBlock) / kPerBlock;
      if (whole > count) whole = count;
      for (int64_t i = 0; i < whole; ++i) make(words + 4 * i, to + i * kPerBlock);
      if (whole < count) {
        T numbers[kPerBlock];
        make(words + 4 * whole, numbers);
        for (int64_t i = whole * kPerBlock; b * kPerBlock + i < n; ++i) {
          to[i] = numbers[i - whole * kPerBlock];
        }
      }
    }
  });
}

// Box-Muller: two independent normals from two words (floats) or four (doubles).
void normal_pair(const uint32_t* words, float* out) {
  float u = unit<float>(words);
  if (u < 1e-7f) u = 1e-7f;
  float v = float(2 * M_PI) * unit<float>(words + 1);
  float r = std::sqrt(-2.0f * std::log(u));
  out[0] = std::sin(v) * r;
  out[1] = std::cos(v) * r;
}
void normal_pair(const uint32_t* words, double* out) {
  double u = unit<double>(words);
  if (u < 1e-7) u = 1e-7;
  double v = 2 * M_PI * unit<double>(words + 2);
  double r = std::sqrt(-2.0 * std::log(u));
  out[0] = std::sin(v) * r;
  out[1] = std::cos(v) * r;
}

template <typename T>
T rounded(float x) {
  return from_float<T>(x);
}

// Floats of a level's loop, four from each block.
void fill_floats(NumbersLoop loop, const Philox& stream, int64_t n, float lo, float range,
                 float* out) {
  parallel_for((n + 3) / 4, kBlocksPerTile, [&](int64_t begin, int64_t end) {
    int64_t whole = n / 4 < end ? n / 4 : end;
    loop(philox_skip(stream, uint64_t(begin)), whole - begin, lo, range, out + 4 * begin);
    if (whole == end) return;
    float last[4];
    loop(philox_skip(stream, uint64_t(whole)), 1, lo, range, last);
    for (int64_t i = 4 * whole; i < n; ++i) out[i] = last[i - 4 * whole];
  });
}

// A float stream narrowed to T.
template <typename T>
void normals(const Philox& stream, int64_t n, void* out) {
  fill_blocks<T, 4>(stream, n, static_cast<T*>(out), [](const uint32_t* words, T* numbers) {
    float f[4];
    normal_pair(words, f);
    normal_pair(words + 2, f + 2);
    for (int i = 0; i < 4; ++i) numbers[i] = rounded<T>(f[i]);
  });
}

// Normals of magnitude below 2; others are drawn again. Each group of outputs has a stretch of the
// stream of its own, so that groups do not depend on each other.
template <typename T, typename Real, int kGroup>
void truncated(const Philox& stream, int64_t n, T* out) {
  constexpr uint64_t kSkip = kGroup * kReservedPerOutput / 4;
  constexpr int kWords = sizeof(Real) / 2;  // that make a pair
  int64_t groups = (n + kGroup - 1) / kGroup;
  parallel_for(groups, kBlocksPerTile, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; ++g) {
      Philox at = philox_skip(stream, uint64_t(g) * kSkip);
      int64_t first = g * kGroup, count = n - first < kGroup ? n - first : kGroup;
      for (int64_t got = 0; got < count; at = philox_skip(at, 1)) {
        uint32_t words[4];
        philox_block(at, words);
        for (int w = 0; w < 4; w += kWords) {
          Real pair[2];
          normal_pair(words + w, pair);
          for (Real x : pair) {
            if (std::abs(x) >= 2 || got == count) continue;
            if constexpr (common::same_v<T, Real>) out[first + got++] = x;
            else out[first + got++] = from_float<T>(x);
          }
        }
      }
    }
  });
}

[[noreturn]] void no_kernel(const char* what, DType dtype) {
  fail(ErrorKind::kUnimplemented, what, ": no kernel for dtype ", name_of(dtype), " on CPU");
}

}  // namespace

void philox_block(const Philox& stream, uint32_t out[4]) { common::philox_words(stream, out); }

Philox philox_skip(Philox stream, uint64_t blocks) { return common::philox_after(stream, blocks); }

// unit * (hi - lo) + lo, each step rounded to the dtype, as TensorFlow composes it of ops.
void random_uniform(Philox stream, DType dtype, int64_t n, double lo, double hi, void* out) {
  auto small = [&]<typename T>(T* to) {
    float low = to_float(from_float<T>(float(lo)));
    float range = to_float(from_float<T>(to_float(from_float<T>(float(hi))) - low));
    fill_blocks<T, 4>(stream, n, to, [=](const uint32_t* words, T* numbers) {
      for (int i = 0; i < 4; ++i) {
        T scaled = from_float<T>(to_float(unit<T>(words + i)) * range);
        numbers[i] = from_float<T>(to_float(scaled) + low);
      }
    });
  };
  switch (dtype) {
    case DType::kFloat16: return small(static_cast<Half*>(out));
    case DType::kBFloat16: return small(static_cast<BFloat16*>(out));
    case DType::kFloat32:
      return fill_floats(cpu_parts().uniform, stream, n, float(lo), float(hi) - float(lo),
                         static_cast<float*>(out));
    case DType::kFloat64:
      return fill_blocks<double, 2>(stream, n, static_cast<double*>(out),
                                    [=](const uint32_t* words, double* numbers) {
                                      for (int i = 0; i < 2; ++i) {
                                        numbers[i] = unit<double>(words + 2 * i) * (hi - lo) + lo;
                                      }
                                    });
    default: no_kernel("random_uniform", dtype);
  }
}

void random_normal(Philox stream, DType dtype, int64_t n, void* out) {
  switch (dtype) {
    case DType::kFloat16: return normals<Half>(stream, n, out);
    case DType::kBFloat16: return normals<BFloat16>(stream, n, out);
    case DType::kFloat32:
      return fill_floats(cpu_parts().normal, stream, n, 0, 1, static_cast<float*>(out));
    case DType::kFloat64:
      return fill_blocks<double, 2>(
          stream, n, static_cast<double*>(out),
          [](const uint32_t* words, double* numbers) { normal_pair(words, numbers); });
    default: no_kernel("random_normal", dtype);
  }
}

void random_truncated_normal(Philox stream, DType dtype, int64_t n, void* out) {
  switch (dtype) {
    case DType::kFloat16: return truncated<Half, float, 4>(stream, n, static_cast<Half*>(out));
    case DType::kBFloat16:
      return truncated<BFloat16, float, 4>(stream, n, static_cast<BFloat16*>(out));
    case DType::kFloat32: return truncated<float, float, 4>(stream, n, static_cast<float*>(out));
    case DType::kFloat64: return truncated<double, double, 2>(stream, n, static_cast<double*>(out));
    default: no_kernel("random_truncated_normal", dtype);
  }
}

void random_integers(Philox stream, DType dtype, int64_t n, int64_t lo, uint64_t range, void* out) {
  switch (dtype) {
    case DType::kInt32:
    case DType::kUInt32: {
      uint32_t low = uint32_t(lo), modulus = uint32_t(range);
      return fill_blocks<uint32_t, 4>(
          stream, n, static_cast<uint32_t*>(out), [=](const uint32_t* words, uint32_t* numbers) {
            for (int i = 0; i < 4; ++i) {
              numbers[i] = modulus ? low + words[i] % modulus : words[i];
            }
          });
    }
    case DType::kInt64:
    case DType::kUInt64:
      return fill_blocks<uint64_t, 2>(
          stream, n, static_cast<uint64_t*>(out), [=](const uint32_t* words, uint64_t* numbers) {
            for (int i = 0; i < 2; ++i) {
              uint64_t word = words[2 * i] | uint64_t(words[2 * i + 1]) << 32;
              numbers[i] = range ? uint64_t(lo) + word % range : word;
            }
          });
    default: no_kernel("random_integers", dtype);
  }
}

void random_shuffle(Philox stream, int64_t n, int64_t* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = i;
  uint32_t words[4];
  for (int64_t i = 0; i + 1 < n; ++i) {
    if (i % 4 == 0) {
      philox_block(stream, words);
      stream = philox_skip(stream, 1);
    }
    int64_t j = i + int64_t(words[i % 4] % uint64_t(n - i));
    int64_t kept = out[i];
    out[i] = out[j];
    out[j] = kept;
  }
}

}  // namespace pyten::kernels

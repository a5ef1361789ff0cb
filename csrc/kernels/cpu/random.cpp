// Philox4x32-10, many blocks at a time, and the numbers that are made of its words.
#include "kernels/cpu/gemm_tile.h"
#include "kernels/fill.h"
#include "kernels/loops.h"
#include "kernels/parts.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int kGroups = 4;  // vectors in flight
constexpr int kTogether = kGroups * kLanes<uint64_t>;

template <size_t... l>
void store_blocks(Vector<uint64_t> ab, Vector<uint64_t> cd, uint32_t* out,
                  std::index_sequence<l...>) {
  constexpr int L = kLanes<uint64_t>;
  auto to = reinterpret_cast<uint64_t*>(out);
  store(to, __builtin_shufflevector(ab, cd, int(l % 2 * L + l / 2)...));
  store(to + L, __builtin_shufflevector(ab, cd, int(l % 2 * L + L / 2 + l / 2)...));
}

// The blocks whose counters' low words are `low` and those that follow; these must not overflow. A
// lane is a block, of which only the low half of each word's 64 bits counts.
void together(const Philox& stream, uint32_t low, uint32_t* out) {
  using V = Vector<uint64_t>;
  constexpr int L = kLanes<uint64_t>;
  const V m0 = V{} + 0xD2511F53u, m1 = V{} + 0xCD9E8D57u;
  V c0[kGroups], c1[kGroups], c2[kGroups], c3[kGroups];
  V lane;
  for (int l = 0; l < L; ++l) lane[l] = uint64_t(l);
  each<kGroups>([&](auto g) [[gnu::always_inline]] {
    c0[g] = lane + (low + uint32_t(g * L));
    c1[g] = V{} + stream.counter[1];
    c2[g] = V{} + stream.counter[2];
    c3[g] = V{} + stream.counter[3];
  });
  uint32_t k0 = stream.key[0], k1 = stream.key[1];
  for (int round = 0; round < 10; ++round) {
    const V key0 = V{} + k0, key1 = V{} + k1;
    each<kGroups>([&](auto g) [[gnu::always_inline]] {
      V p0 = multiply_low(c0[g], m0), p1 = multiply_low(c2[g], m1);
      c0[g] = (p1 >> 32) ^ c1[g] ^ key0;
      c2[g] = (p0 >> 32) ^ c3[g] ^ key1;
      c1[g] = p1;
      c3[g] = p0;
    });
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  const V half = V{} + 0xffffffffu;
  each<kGroups>([&](auto g) [[gnu::always_inline]] {
    store_blocks((c0[g] & half) | c1[g] << 32, (c2[g] & half) | c3[g] << 32, out + g * 4 * L,
                 std::make_index_sequence<size_t(L)>());
  });
}

void philox(const Philox& stream, int64_t blocks, uint32_t* out) {
  Philox at = stream;
  for (int64_t b = 0; b < blocks;) {
    if (blocks - b >= kTogether && at.counter[0] <= UINT32_MAX - kTogether) {
      together(at, at.counter[0], out + 4 * b);
      at.counter[0] += kTogether;
      b += kTogether;
    } else {
      philox_block(at, out + 4 * b);
      at = philox_skip(at, 1);
      ++b;
    }
  }
}

// In [0, 1): the words' low bits as the fraction of a number in [1, 2), less 1.
PYTEN_FN float unit(uint32_t word) {
  return bit_cast<float>((word & 0x7fffff) | 0x3f800000) - 1.0f;
}

// -- log, sin and cos as the GNU C library computes them for float, in double: TensorFlow's normals
// are made with those, to the last bit ------------------------------------------------------------
struct Logarithm {
  double inverse, log;
};
constexpr Logarithm kLogarithms[16] = {
    {0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2}, {0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
    {0x1.49539f0f010b0p+0, -0x1.01eae7f513a67p-2}, {0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
    {0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3}, {0x1.25e227b0b8ea0p+0, -0x1.1aa2bc79c8100p-3},
    {0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4}, {0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
    {0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5}, {0x1.0000000000000p+0, 0x0.0p+0},
    {0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},  {0x1.ca4b31f026aa0p-1, 0x1.c5e53aa362eb4p-4},
    {0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},  {0x1.9c2d163a1aa2dp-1, 0x1.bc2860d224770p-3},
    {0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},  {0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2}};

// x normal, positive and not 1.
PYTEN_FN float log_of(float x) {
  uint32_t bits = bit_cast<uint32_t>(x), offset = bits - 0x3f330000u;
  uint32_t place = offset >> 19 & 15;
  int32_t exponent = int32_t(offset) >> 23;
  double z = bit_cast<float>(bits - (offset & 0xff800000u));
  double r = m::mul_add(z, kLogarithms[place].inverse, -1.0);
  double whole = m::mul_add(double(exponent), 0x1.62e42fefa39efp-1, kLogarithms[place].log);
  double square = r * r;
  double y = m::mul_add(0x1.5575b0be00b6ap-2, r, -0x1.ffffef20a4123p-2);
  y = m::mul_add(-0x1.00ea348b88334p-2, square, y);
  return float(m::mul_add(y, square, whole + r));
}

// 0 <= y <= 2 pi
PYTEN_FN void sin_cos_of(float y, float& sine, float& cosine) {
  double x = y;
  int32_t n = (int32_t(x * 0x1.45f306dc9c883p+23) + 0x800000) >> 24;
  x = m::mul_add(-double(n), 0x1.921fb54442d18p0, x);
  double z = x * x, z2 = z * z, cube = x * z;
  double s = m::mul_add(z, -0x1.994eb3774cf24p-13, 0x1.1107605230bc4p-7);
  s = m::mul_add(cube * z, s, m::mul_add(cube, -0x1.555545995a603p-3, x));
  double c = m::mul_add(z, 0x1.99343027bf8c3p-16, -0x1.6c087e89a359dp-10);
  double first = m::mul_add(z, -0x1.ffffffd0c621cp-2, 1.0);
  c = m::mul_add(z2 * z, c, m::mul_add(z2, 0x1.55553e1068f19p-5, first));
  s = (n + 1) & 2 ? -s : s;
  c = n & 2 ? -c : c;
  sine = float(n & 1 ? c : s);
  cosine = float(n & 1 ? s : c);
}

constexpr int64_t kBlocks = 64;  // whose words stay in the cache

void uniform(const Philox& stream, int64_t blocks, float lo, float range, float* out) {
  for (int64_t b = 0; b < blocks; b += kBlocks) {
    int64_t count = blocks - b < kBlocks ? blocks - b : kBlocks;
    uint32_t words[4 * kBlocks];
    philox(philox_skip(stream, uint64_t(b)), count, words);
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < 4 * count; ++i) out[4 * b + i] = unit(words[i]) * range + lo;
  }
}

// Box-Muller: two independent normals from two words.
void normal(const Philox& stream, int64_t blocks, float, float, float* out) {
  constexpr float kTurn = 6.28318530717958647693f;
  for (int64_t b = 0; b < blocks; b += kBlocks) {
    int64_t pairs = 2 * (blocks - b < kBlocks ? blocks - b : kBlocks);
    uint32_t words[4 * kBlocks];
    float radius[2 * kBlocks], angle[2 * kBlocks], sine[2 * kBlocks], cosine[2 * kBlocks];
    philox(philox_skip(stream, uint64_t(b)), pairs / 2, words);
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < pairs; ++i) {
      float u = unit(words[2 * i]);
      radius[i] = u < 1e-7f ? 1e-7f : u;
      angle[i] = kTurn * unit(words[2 * i + 1]);
    }
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < pairs; ++i) radius[i] = m::sqrt(-2.0f * log_of(radius[i]));
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < pairs; ++i) sin_cos_of(angle[i], sine[i], cosine[i]);
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < pairs; ++i) {
      out[4 * b + 2 * i] = sine[i] * radius[i];
      out[4 * b + 2 * i + 1] = cosine[i] * radius[i];
    }
  }
}

}  // namespace

void fill_random(Table& t, Parts& p) {
  t.philox = philox;
  p.uniform = uniform;
  p.normal = normal;
}

}  // namespace pyten::kernels::PYTEN_ISA

// Philox4x32-10, many blocks at a time, and the numbers that are made of its words.
#include "kernels/cpu/gemm_tile.h"
#include "kernels/fill.h"
#include "kernels/loops.h"
#include "kernels/parts.h"
#include "kernels/random_math.h"

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

constexpr int64_t kBlocks = 64;  // whose words stay in the cache

void uniform(const Philox& stream, int64_t blocks, float lo, float range, float* out) {
  for (int64_t b = 0; b < blocks; b += kBlocks) {
    int64_t count = blocks - b < kBlocks ? blocks - b : kBlocks;
    uint32_t words[4 * kBlocks];
    philox(philox_skip(stream, uint64_t(b)), count, words);
    PYTEN_VECTORIZE
    for (int64_t i = 0; i < 4 * count; ++i) out[4 * b + i] = unit<float>(words + i) * range + lo;
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
      float u = unit<float>(words + 2 * i);
      radius[i] = u < 1e-7f ? 1e-7f : u;
      angle[i] = kTurn * unit<float>(words + 2 * i + 1);
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

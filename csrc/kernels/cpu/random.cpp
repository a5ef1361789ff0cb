// Philox4x32-10, many blocks at a time.
#include "kernels/fill.h"
#include "kernels/loops.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

constexpr int kTogether = 32;

// The blocks whose counters' low words are `low` and those that follow; these must not overflow.
void together(const Philox& stream, uint32_t low, uint32_t* out) {
  uint32_t c0[kTogether], c1[kTogether], c2[kTogether], c3[kTogether];
  for (int l = 0; l < kTogether; ++l) {
    c0[l] = low + uint32_t(l);
    c1[l] = stream.counter[1];
    c2[l] = stream.counter[2];
    c3[l] = stream.counter[3];
  }
  uint32_t k0 = stream.key[0], k1 = stream.key[1];
  for (int round = 0; round < 10; ++round) {
    PYTEN_VECTORIZE
    for (int l = 0; l < kTogether; ++l) {
      uint64_t p0 = uint64_t(0xD2511F53) * c0[l], p1 = uint64_t(0xCD9E8D57) * c2[l];
      c0[l] = uint32_t(p1 >> 32) ^ c1[l] ^ k0;
      c2[l] = uint32_t(p0 >> 32) ^ c3[l] ^ k1;
      c1[l] = uint32_t(p1);
      c3[l] = uint32_t(p0);
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  PYTEN_VECTORIZE
  for (int l = 0; l < kTogether; ++l) {
    out[4 * l] = c0[l];
    out[4 * l + 1] = c1[l];
    out[4 * l + 2] = c2[l];
    out[4 * l + 3] = c3[l];
  }
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

}  // namespace

void fill_random(Table& t) { t.philox = philox; }

}  // namespace pyten::kernels::PYTEN_ISA

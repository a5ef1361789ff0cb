// float16 and bfloat16, elementwise: blocks are widened to float32, computed by the float32 kernel
// and rounded once.
#include "kernels/half.h"
#include "kernels/fill.h"

namespace pyten::kernels::PYTEN_ISA {

namespace {

const Table* float_kernels;  // the table that is being filled; the loops find float32's here

// Result bytes: 0 for a result in the 16-bit type, else bool.
template <typename H>
void unary_block(UnaryLoop loop, bool to_bool, int64_t n, const H* x, int64_t sx, void* out,
                 int64_t so) {
  float buffer[kHalfBlock];
  for (int64_t i = 0; i < n; i += kHalfBlock) {
    int64_t count = n - i < kHalfBlock ? n - i : kHalfBlock;
    widen(count, x + i * sx, sx, buffer);
    if (to_bool) {
      loop(count, buffer, 1, static_cast<uint8_t*>(out) + i * so, so);
    } else {
      loop(count, buffer, 1, buffer, 1);
      narrow(count, buffer, static_cast<H*>(out) + i * so, so);
    }
  }
}

template <typename H>
void binary_block(BinaryLoop loop, bool to_bool, int64_t n, const H* x, int64_t sx, const H* y,
                  int64_t sy, void* out, int64_t so) {
  float bx[kHalfBlock], by[kHalfBlock];
  if (sx == 0) bx[0] = to_float(*x);
  if (sy == 0) by[0] = to_float(*y);
  for (int64_t i = 0; i < n; i += kHalfBlock) {
    int64_t count = n - i < kHalfBlock ? n - i : kHalfBlock;
    if (sx != 0) widen(count, x + i * sx, sx, bx);
    if (sy != 0) widen(count, y + i * sy, sy, by);
    if (to_bool) {
      loop(count, bx, sx != 0, by, sy != 0, static_cast<uint8_t*>(out) + i * so, so);
    } else {
      float result[kHalfBlock];
      loop(count, bx, sx != 0, by, sy != 0, result, 1);
      narrow(count, result, static_cast<H*>(out) + i * so, so);
    }
  }
}

template <typename H, Unary op, bool to_bool>
void unary(int64_t n, const void* x, int64_t sx, void* out, int64_t so) {
  unary_block(float_kernels->unary[int(op)][int(DType::kFloat32)], to_bool, n,
              static_cast<const H*>(x), sx, out, so);
}
template <typename H, Binary op, bool to_bool>
void binary(int64_t n, const void* x, int64_t sx, const void* y, int64_t sy, void* out,
            int64_t so) {
  binary_block(float_kernels->binary[int(op)][int(DType::kFloat32)], to_bool, n,
               static_cast<const H*>(x), sx, static_cast<const H*>(y), sy, out, so);
}

template <Unary op, bool to_bool, bool compiled>
void unary_row(Table& t) {
  if constexpr (compiled) {
    t.unary[int(op)][int(DType::kFloat16)] = unary<Half, op, to_bool>;
    t.unary[int(op)][int(DType::kBFloat16)] = unary<BFloat16, op, to_bool>;
  }
}
template <Binary op, bool to_bool, bool compiled>
void binary_row(Table& t) {
  if constexpr (compiled) {
    t.binary[int(op)][int(DType::kFloat16)] = binary<Half, op, to_bool>;
    t.binary[int(op)][int(DType::kBFloat16)] = binary<BFloat16, op, to_bool>;
  }
}

}  // namespace

void fill_half(Table& t) {
  float_kernels = &t;
#define HAS(dtypes) DTypeSet(dtypes).contains(DType::kFloat16)
#define PYTEN_UNARY(name, dtypes) unary_row<Unary::name, false, HAS(dtypes)>(t);
#define PYTEN_UNARY_REAL(name, dtypes) unary_row<Unary::name, false, HAS(dtypes)>(t);
#define PYTEN_UNARY_BOOL(name, dtypes) unary_row<Unary::name, true, HAS(dtypes)>(t);
#define PYTEN_BINARY(name, dtypes) binary_row<Binary::name, false, HAS(dtypes)>(t);
#define PYTEN_COMPARE(name, dtypes) binary_row<Binary::name, true, HAS(dtypes)>(t);
#include "kernels/elementwise.def"
#undef HAS
}

}  // namespace pyten::kernels::PYTEN_ISA

// What the ops may ask of a device: arithmetic on raw pointers. Nothing here knows tensors, checks
// arguments or allocates results. One Table a device; the CPU's is chosen once, by instruction set.
//
// Layouts: a "row-major block" is described by counts only. [outer, n, inner] means that element
// (o, i, k) stands at (o * n + i) * inner + k.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/device.h"
#include "core/dtype.h"

namespace pyten::kernels {

enum class Unary : uint8_t {
#define PYTEN_UNARY(name, dtypes) name,
#define PYTEN_UNARY_REAL(name, dtypes) name,
#define PYTEN_UNARY_BOOL(name, dtypes) name,
#include "kernels/elementwise.def"
  kCount
};

enum class Binary : uint8_t {
#define PYTEN_BINARY(name, dtypes) name,
#define PYTEN_COMPARE(name, dtypes) name,
#include "kernels/elementwise.def"
  kCount
};

enum class Reduce : uint8_t { sum, prod, max, min, any, all, kCount };
enum class Scatter : uint8_t { update, add, subtract, multiply, divide, max, min, kCount };
enum class Conv : uint8_t { forward, input_gradient, filter_gradient, kCount };
enum class Pool : uint8_t { max, average, average_gradient, kCount };
enum class Random : uint8_t { uniform, normal, truncated_normal, kCount };
enum class Optimizer : uint8_t {
#define PYTEN_OPTIMIZER(name, Rule) name,
#include "kernels/optimizers.def"
  kCount
};

// n elements; strides in elements, 0 for a repeated one. `out` may equal an input exactly, and
// must not overlap one otherwise.
using UnaryLoop = void (*)(int64_t n, const void* x, int64_t sx, void* out, int64_t so);
using BinaryLoop = void (*)(int64_t n, const void* x, int64_t sx, const void* y, int64_t sy,
                            void* out, int64_t so);
// out = condition ? x : y, elements of a given size.
using SelectLoop = void (*)(int64_t n, const void* condition, int64_t sc, const void* x, int64_t sx,
                            const void* y, int64_t sy, void* out, int64_t so);

// The same over N dimensions at once, for devices that do not cut a call into loops (arguments as
// in run_unary below).
using UnaryBlock = void (*)(int rank, const int64_t* shape, const void* x, const int64_t* sx,
                            void* out, const int64_t* so);
using BinaryBlock = void (*)(int rank, const int64_t* shape, const void* x, const int64_t* sx,
                             const void* y, const int64_t* sy, void* out, const int64_t* so);
using SelectBlock = void (*)(int rank, const int64_t* shape, const void* condition,
                             const int64_t* sc, const void* x, const int64_t* sx, const void* y,
                             const int64_t* sy, void* out, const int64_t* so);

// A loop, and the block where the device has one; nothing where the dtype is not compiled.
template <typename Loop, typename Block>
struct Kernel {
  Loop loop = nullptr;
  Block block = nullptr;
  constexpr Kernel() = default;
  constexpr Kernel(Loop loop_, Block block_ = nullptr) : loop(loop_), block(block_) {}
  constexpr operator Loop() const { return loop; }
  template <typename... Args>
  void operator()(Args... args) const {
    loop(args...);
  }
};
using UnaryKernel = Kernel<UnaryLoop, UnaryBlock>;
using BinaryKernel = Kernel<BinaryLoop, BinaryBlock>;
using SelectKernel = Kernel<SelectLoop, SelectBlock>;

// [outer, n, inner] -> [outer, inner].
using ReduceLoop = void (*)(const void* x, void* out, int64_t outer, int64_t n, int64_t inner);
// [outer, n, inner] -> int64 [outer, inner]: the first extreme; the first NaN counts as one.
using ArgLoop = void (*)(const void* x, int64_t* out, int64_t outer, int64_t n, int64_t inner);
// [outer, n, inner] -> the same.
using ScanLoop = void (*)(const void* x, void* out, int64_t outer, int64_t n, int64_t inner,
                          bool exclusive, bool reverse);
// Rows of n: sorted values (may be null) and their places as int32 (may be null); stable, NaN last
// in both directions.
using SortLoop = void (*)(const void* x, void* values, int32_t* places, int64_t rows, int64_t n,
                          bool descending);
// Rows of n: softmax, or its logarithm.
using RowLoop = void (*)(const void* x, void* out, int64_t rows, int64_t n);
// Slices of `inner` elements, of which the target has `rows`: target[index[i]] op= updates[i] in
// order of i, for i < count.
using ScatterLoop = void (*)(void* target, int64_t rows, const int64_t* index, const void* updates,
                             int64_t count, int64_t inner);
// Slices of `size` bytes by their places, in blocks of n slices: for b < blocks and i < count,
// to[b, i] = from[b, index[b / outer, i]]. On the CPU the caller has seen that places are in range.
// On a GPU he can't: there a place out of range gives zeros here, and nothing in a scatter.
struct TakeArgs {
  const void* from;
  const int64_t* index;
  void* to;
  int64_t blocks, outer, n, count;
  size_t size;
};
using TakeLoop = void (*)(const TakeArgs& args);
// c[m, n] = a[m, k] b[k, n], for each of `batch`; strides in elements (row, column, and between
// matrices); c is row-major with rows `ldc` apart and `batch_c` between matrices. bias (n
// elements) is added to each row when not null.
struct MatmulArgs {
  const void *a, *b;
  void* c;
  const void* bias;
  int64_t batch, m, n, k;
  int64_t row_a, col_a, batch_a;
  int64_t row_b, col_b, batch_b;
  int64_t ldc, batch_c;
};
using MatmulLoop = void (*)(const MatmulArgs& args);

// Over windows; see windows.h.
struct ConvArgs;
struct PoolArgs;
struct PlacesArgs;
using ConvLoop = void (*)(const ConvArgs& args);
using PoolLoop = void (*)(const PoolArgs& args);
using PlacesLoop = void (*)(const PlacesArgs& args);

// The four words of each of `blocks` consecutive blocks of a Philox stream.
struct Philox;
using PhiloxLoop = void (*)(const Philox& stream, int64_t blocks, uint32_t* out);
// Random numbers of a GPU; the CPU's are the functions below, which say what they give.
using RandomLoop = void (*)(const Philox& stream, int64_t n, double lo, double hi, void* out);
using IntegersLoop = void (*)(const Philox& stream, int64_t n, int64_t lo, uint64_t range,
                              void* out);
using ShuffleLoop = void (*)(const Philox& stream, int64_t n, int64_t* out);

// A step of a gradient-descent method on a GPU; see optimizer_rules.h. Where `live` is not null,
// the learning rate and the rule are those that it holds when the step is carried out.
struct LiveRule {
  double rate;
  char rule[80];
};
struct OptimizerArgs {
  int64_t n;
  void* value;
  const void* gradient;
  void* slots[3];
  double decay;
  double numbers[6];
  const LiveRule* live;  // on the device
};
using OptimizerLoop = void (*)(const OptimizerArgs& args);

struct Table {
  const char* name;                                    // of the instruction-set level or device
  UnaryKernel unary[int(Unary::kCount)][kDTypeCount];  // null where not compiled; by x's dtype
  BinaryKernel binary[int(Binary::kCount)][kDTypeCount];
  UnaryKernel cast[kDTypeCount][kDTypeCount];  // [from][to]; saturating, NaN -> 0
  UnaryKernel copy[5];                         // log2 of the element's size: 1 to 16 bytes
  SelectKernel select[5];
  ReduceLoop reduce[int(Reduce::kCount)][kDTypeCount];
  ReduceLoop mean[kDTypeCount];
  ArgLoop argmax[kDTypeCount], argmin[kDTypeCount];
  ScanLoop cumsum[kDTypeCount], cumprod[kDTypeCount];
  SortLoop sort[kDTypeCount];
  RowLoop softmax[kDTypeCount], log_softmax[kDTypeCount];
  TakeLoop take;
  ScatterLoop scatter[int(Scatter::kCount)][kDTypeCount];
  MatmulLoop matmul[kDTypeCount];
  ConvLoop conv[int(Conv::kCount)][kDTypeCount];
  PoolLoop pool[int(Pool::kCount)][kDTypeCount];
  PlacesLoop take_places[kDTypeCount], put_places[kDTypeCount];
  PhiloxLoop philox;
  // These are null on the CPU.
  RandomLoop random[int(Random::kCount)][kDTypeCount];
  IntegersLoop integers[kDTypeCount];
  ShuffleLoop shuffle;  // fewer than 2^31
  OptimizerLoop optimizer[int(Optimizer::kCount)][kDTypeCount];
};

// The CPU's table: the best level that this machine has, or the one that the environment variable
// PYTEN_CPU_CAPABILITY names. Raises for an unknown or unsupported name.
const Table& cpu();
// Levels that were built and that this machine can run, best first.
std::vector<std::string> cpu_capabilities();
// A level by name, for tests; null if it was not built or this machine cannot run it.
const Table* cpu_level(const std::string& name);

// A GPU's; see accelerators.h.
const Table& accelerator_table(Device device);

inline const Table& table(Device device) {
  return device.is_cpu() ? cpu() : accelerator_table(device);
}

// -- N-dimensional drivers over the loops; split over threads when it pays -----------------------
// Shape `rank` dims; strides in elements, one array per operand, 0 where it is broadcast.
void run_unary(UnaryKernel kernel, int rank, const int64_t* shape, const void* x, const int64_t* sx,
               size_t size_x, void* out, const int64_t* so, size_t size_out);
void run_binary(BinaryKernel kernel, int rank, const int64_t* shape, const void* x,
                const int64_t* sx, const void* y, const int64_t* sy, size_t size_in, void* out,
                const int64_t* so, size_t size_out);
void run_select(SelectKernel kernel, int rank, const int64_t* shape, const void* condition,
                const int64_t* sc, const void* x, const int64_t* sx, const void* y,
                const int64_t* sy, void* out, const int64_t* so, size_t size);

// -- Random numbers: Philox4x32-10, TensorFlow's streams (see docs/decisions.md) ------------------
struct Philox {
  uint32_t counter[4];
  uint32_t key[2];
};
void philox_block(const Philox& stream, uint32_t out[4]);
Philox philox_skip(Philox stream, uint64_t blocks);
// n numbers of the dtype; lo and hi only for uniform. float16/bfloat16/float32/float64.
void random_uniform(Philox stream, DType dtype, int64_t n, double lo, double hi, void* out);
void random_normal(Philox stream, DType dtype, int64_t n, void* out);
void random_truncated_normal(Philox stream, DType dtype, int64_t n, void* out);
// int32, int64, uint32, uint64 in [lo, hi), and the full range when lo == hi.
void random_integers(Philox stream, DType dtype, int64_t n, int64_t lo, uint64_t range, void* out);
// A permutation of 0 … n - 1.
void random_shuffle(Philox stream, int64_t n, int64_t* out);

}  // namespace pyten::kernels

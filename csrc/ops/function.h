// The operations as a caller by name sees them: parameter names, kinds, defaults, documentation.
// Bindings, type stubs, reference pages and tests are all derived from this list.
#pragma once

#include <string>
#include <vector>

#include "ops/ops.h"

namespace pyten {

enum class Kind : uint8_t {
  kTensor,     // converted; all parameters of this kind agree on one dtype
  kTensors,    // a list of them, of one dtype
  kIndices,    // an integer tensor; takes no part in that agreement
  kAnyTensor,  // a tensor of any dtype; takes no part either
  kInts,       // an int, a sequence of ints or an integer tensor, as Dims (axes, sizes)
  kShape,      // the same, for shapes: TensorShape as well
  kInt,
  kFloat,
  kBool,
  kString,
  kDType,
  kName,  // accepted and ignored
};

struct Param {
  const char* name;
  Kind kind;
  // Python source of the default, or null for a required one. A default of "None" leaves the
  // argument out: given(i) is false.
  const char* fallback = nullptr;
};

// One call's arguments, already converted.
struct Argument {
  bool given = false;
  Tensor tensor;
  Tensors tensors;
  Dims ints;
  bool is_list = false;  // kInts: a sequence or tensor of rank 1 rather than one int
  int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  DType dtype{};
  std::string string;
};

class Arguments {
 public:
  explicit Arguments(std::span<const Argument> values) : values_(values) {}
  bool given(int i) const { return values_[i].given; }
  const Tensor& tensor(int i) const { return values_[i].tensor; }
  const Tensors& tensors(int i) const { return values_[i].tensors; }
  const Dims& ints(int i) const { return values_[i].ints; }
  std::optional<Dims> optional_ints(int i) const {
    return given(i) ? std::optional<Dims>(ints(i)) : std::nullopt;
  }
  bool is_list(int i) const { return values_[i].is_list; }
  int64_t integer(int i) const { return values_[i].integer; }
  double real(int i) const { return values_[i].real; }
  bool boolean(int i) const { return values_[i].boolean; }
  DType dtype(int i) const { return values_[i].dtype; }
  const std::string& string(int i) const { return values_[i].string; }

 private:
  std::span<const Argument> values_;
};

struct Function {
  const char* name;  // also the name in messages
  std::vector<Param> params;
  // `call` takes all parameters. The first two are short roads: for one or two tensors and nothing
  // else given; an elementwise op has nothing but them.
  Tensor (*unary)(const Tensor&) = nullptr;
  Tensor (*binary)(const Tensor&, const Tensor&) = nullptr;
  Tensors (*call)(const Arguments&) = nullptr;
  bool returns_list = false;  // else exactly one tensor
  // A NumPy array in the first place keeps its dtype instead of taking the tensors', as
  // TensorFlow's matmul has it.
  bool array_decides = false;
  // A lone tensor for a list of them is its one item, not its rows: concat joins rows already.
  bool tensor_is_item = false;
  DTypeSet dtypes = kAllDTypes;  // of the first tensor: documentation and tests; the op enforces it
  bool differentiable = true;
  std::string doc = {};  // Google style: one sentence, Args, Returns, Raises, Example
};

// Every function, in order of registration.
const std::vector<Function>& functions();

// Each file of ops adds its own; called once, by functions().
using Functions = std::vector<Function>;
void register_unary(Functions& out);
void register_binary(Functions& out);
void register_creation(Functions& out);
void register_queries(Functions& out);
void register_movement(Functions& out);
void register_slicing(Functions& out);
void register_join(Functions& out);
void register_padding(Functions& out);
void register_indexing(Functions& out);
void register_scatter(Functions& out);
void register_reductions(Functions& out);
void register_statistics(Functions& out);
void register_scans(Functions& out);
void register_sorting(Functions& out);
void register_matmul(Functions& out);
void register_diagonals(Functions& out);
void register_nn(Functions& out);
void register_special(Functions& out);
void register_array_math(Functions& out);
void register_segments(Functions& out);
void register_conv(Functions& out);
void register_pool(Functions& out);

}  // namespace pyten

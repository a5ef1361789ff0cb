// What a tensor's shape is, as tensors.
#include "ops/function.h"
#include "ops/layout.h"

namespace pyten {

namespace {

DType out_type(const Arguments& a) { return a.given(1) ? a.dtype(1) : DType::kInt32; }

std::string query_doc(
    const char* summary, const char* returns, const char* example,
    const char* out_type = "  out_type: the result's dtype; int32 when absent.\n") {
  return std::string(summary) + "\n\nArgs:\n  input: a tensor of any shape and dtype.\n" +
         out_type + "  name: accepted for compatibility and ignored.\n\nReturns:\n  " + returns +
         "\n\nExample:\n" + example;
}

}  // namespace

void register_queries(Functions& out) {
  const Param input{"input", Kind::kAnyTensor}, name{"name", Kind::kName, "None"};
  const Param type{"out_type", Kind::kDType, "None"};

  out.push_back(
      {.name = "shape",
       .params = {input, type, name},
       .call = [](const Arguments& a) -> Tensors {
         const Shape& s = a.tensor(0).shape();
         return {from_values<int64_t>({s.data(), s.size()}, {s.ssize()}, out_type(a))};
       },
       .differentiable = false,
       .doc = query_doc("Returns the shape of a tensor, as a tensor.", "A tensor of shape [rank].",
                        "  >>> tf.shape([[1, 2, 3]])\n"
                        "  <tf.Tensor: shape=(2,), dtype=int32, "
                        "numpy=array([1, 3], dtype=int32)>\n")});
  out.push_back(
      {.name = "size",
       .params = {input, type, name},
       .call = [](const Arguments& a) -> Tensors {
         return {scalar(double(a.tensor(0).size()), out_type(a))};
       },
       .differentiable = false,
       .doc = query_doc("Returns the number of elements of a tensor, as a tensor.", "A scalar.",
                        "  >>> tf.size([[1, 2, 3]])\n"
                        "  <tf.Tensor: shape=(), dtype=int32, numpy=3>\n")});
  out.push_back(
      {.name = "rank",
       .params = {input, name},
       .call = [](const Arguments& a) -> Tensors {
         return {scalar(a.tensor(0).rank(), DType::kInt32)};
       },
       .differentiable = false,
       .doc = query_doc("Returns the number of axes of a tensor, as a tensor.", "An int32 scalar.",
                        "  >>> tf.rank([[1, 2, 3]])\n"
                        "  <tf.Tensor: shape=(), dtype=int32, numpy=2>\n",
                        "")});
}

}  // namespace pyten

#include "ops/elementwise.h"

namespace pyten {

using kernels::Binary;
using kernels::Unary;

namespace {

enum class Out : uint8_t { kSame, kReal, kBool };
struct KernelInfo {
  DTypeSet dtypes;
  Out out;
};

constexpr KernelInfo kUnaryInfo[] = {
#define PYTEN_UNARY(name, dtypes) {dtypes, Out::kSame},
#define PYTEN_UNARY_REAL(name, dtypes) {dtypes, Out::kReal},
#define PYTEN_UNARY_BOOL(name, dtypes) {dtypes, Out::kBool},
#include "kernels/elementwise.def"
};

constexpr KernelInfo kBinaryInfo[] = {
#define PYTEN_BINARY(name, dtypes) {dtypes, Out::kSame},
#define PYTEN_COMPARE(name, dtypes) {dtypes, Out::kBool},
#include "kernels/elementwise.def"
};

DType result(Out out, DType x) {
  return out == Out::kSame ? x : out == Out::kBool ? DType::kBool : real_of(x);
}

}  // namespace

DTypeSet unary_dtypes(Unary kernel) { return kUnaryInfo[int(kernel)].dtypes; }
DTypeSet binary_dtypes(Binary kernel) { return kBinaryInfo[int(kernel)].dtypes; }
DType unary_result(Unary kernel, DType x) { return result(kUnaryInfo[int(kernel)].out, x); }
DType binary_result(Binary kernel, DType x) { return result(kBinaryInfo[int(kernel)].out, x); }

std::string dtype_names(DTypeSet set) {
  if (set == kAllDTypes) return "any dtype";
  std::string names;
  for (int d = 0; d < kDTypeCount; ++d) {
    if (!set.contains(DType(d))) continue;
    if (!names.empty()) names += ", ";
    names += name_of(DType(d));
  }
  return names;
}

void require_dtype(const char* op, DType dtype, DTypeSet allowed) {
  if (allowed.contains(dtype)) [[likely]]
    return;
  const char* remedy = "";
  if (is_integer(dtype) && allowed.contains(DType::kFloat32)) {
    remedy = "; use tf.cast(x, tf.float32)";
  } else if (dtype == DType::kBool && allowed.contains(DType::kInt32)) {
    remedy = "; use tf.cast(x, tf.int32)";
  }
  fail(ErrorKind::kInvalidDType, op, ": dtype ", name_of(dtype),
       " is not in the list of allowed values: ", dtype_names(allowed), remedy);
}

void require_same_dtype(const char* op, const Tensor& x, const Tensor& y) {
  if (x.dtype() == y.dtype()) [[likely]]
    return;
  fail(ErrorKind::kInvalidDType, op, ": dtypes differ: ", name_of(x.dtype()), " and ",
       name_of(y.dtype()), " (shapes ", tuple_text(x.shape()), " and ", tuple_text(y.shape()),
       "); use tf.cast(x, tf.", name_of(is_floating(y.dtype()) ? y.dtype() : x.dtype()), ")");
}

int64_t normalize_axis(const char* op, int64_t axis, int rank) {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  fail(ErrorKind::kInvalidIndex, op, ": expected an axis in the range [", -rank, ", ", rank,
       "), but got ", axis);
}

Dims broadcast_strides(const Shape& shape, const Dims& strides, const Shape& out) {
  Dims result(out.size(), 0);
  size_t lead = out.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i) {
    result[lead + i] = shape[i] == 1 ? 0 : strides[i];
  }
  return result;
}

std::string elementwise_doc(const std::string& first_line, const std::string& arguments,
                            DTypeSet dtypes, const std::string& returns, const char* gradient,
                            const char* example) {
  std::string doc = first_line + "\n\nArgs:\n" + arguments +
                    "  name: accepted for compatibility and ignored.\n\nReturns:\n  " + returns +
                    "\n\nRaises:\n  InvalidArgumentError: the dtype is not one of " +
                    dtype_names(dtypes) + " (also a TypeError).\n";
  if (*gradient) doc += "\nGradient: " + std::string(gradient) + "\n";
  if (*example) doc += "\nExample:\n" + std::string(example) + "\n";
  return doc;
}

}  // namespace pyten

// The list of functions that bindings are made from: complete, documented, and callable by name.
#include <map>
#include <set>

#include "ops/function.h"
#include "ops_testing.h"

namespace pyten {
namespace {

const Function& find(const std::string& name) {
  for (const Function& f : functions()) {
    if (name == f.name) return f;
  }
  ADD_FAILURE() << "no function " << name;
  return functions().front();
}

Argument given() {
  Argument a;
  a.given = true;
  return a;
}
Argument arg(const Tensor& t) {
  Argument a = given();
  a.tensor = t;
  return a;
}
Argument arg(const Tensors& t) {
  Argument a = given();
  a.tensors = t;
  return a;
}
Argument arg(int64_t i) {
  Argument a = given();
  a.integer = i;
  return a;
}
Argument dims(const Dims& d, bool is_list = true) {
  Argument a = given();
  a.ints = d;
  a.is_list = is_list;
  return a;
}
Argument arg(DType d) {
  Argument a = given();
  a.dtype = d;
  return a;
}
Argument str(const char* s) {
  Argument a = given();
  a.string = s;
  return a;
}
Argument yes() {
  Argument a = given();
  a.boolean = true;
  return a;
}

// By parameter name; the rest is left out.
Tensors call(const std::string& name, const std::map<std::string, Argument>& arguments) {
  const Function& f = find(name);
  std::vector<Argument> list;
  size_t used = 0;
  for (const Param& p : f.params) {
    auto it = arguments.find(p.name);
    used += it != arguments.end();
    list.push_back(it != arguments.end() ? it->second : Argument());
  }
  EXPECT_EQ(used, arguments.size()) << name << " lacks a parameter";
  return f.call(Arguments(list));
}

TEST(Functions, AreDocumented) {
  std::set<std::string> names;
  for (const Function& f : functions()) {
    SCOPED_TRACE(f.name);
    EXPECT_TRUE(names.insert(f.name).second) << "twice";
    EXPECT_TRUE(f.unary || f.binary || f.call);
    ASSERT_FALSE(f.params.empty());
    EXPECT_NE(f.doc.find("\n\nArgs:\n"), std::string::npos);
    EXPECT_NE(f.doc.find("\n\nReturns:\n"), std::string::npos);
    size_t end = f.doc.find('\n');
    EXPECT_EQ(f.doc[end - 1], '.') << "the first line is one sentence";
    bool optional = false;
    for (const Param& p : f.params) {
      EXPECT_NE(f.doc.find(std::string("\n  ") + p.name + ": "), std::string::npos)
          << p.name << " is not documented";
      EXPECT_FALSE(optional && p.fallback == nullptr)
          << p.name << " is required after an optional one";
      optional = p.fallback != nullptr;
    }
    EXPECT_FALSE(f.dtypes.empty());
  }
}

TEST(Functions, CreationByName) {
  expect_tensor(call("zeros", {{"shape", dims({2})}, {"dtype", arg(DType::kInt8)}})[0], {0, 0},
                {2});
  Tensor like = call("ones_like", {{"input", arg(vec({5, 7}))}})[0];
  expect_same(like, vec({1, 1}));
  EXPECT_EQ(call("zeros_like", {{"input", arg(like)}, {"dtype", arg(DType::kBool)}})[0].dtype(),
            DType::kBool);
  expect_tensor(call("eye", {{"num_rows", arg(int64_t(2))}, {"dtype", arg(DType::kFloat32)}})[0],
                {1, 0, 0, 1}, {2, 2});
  Tensor hot = call("one_hot", {{"indices", arg(ints({1}, {1}))}, {"depth", arg(int64_t(2))}})[0];
  EXPECT_EQ(hot.dtype(), DType::kFloat32);
  expect_tensor(hot, {0, 1}, {1, 2});
  hot = call("one_hot", {{"indices", arg(ints({1}, {1}))},
                         {"depth", arg(int64_t(2))},
                         {"off_value", arg(num(-1, DType::kInt32))}})[0];
  expect_same(hot, ints({-1, 1}, {1, 2}));
}

TEST(Functions, MovementByName) {
  Tensor x = iota({2, 3});
  expect_same(call("transpose", {{"a", arg(x)}})[0], transpose(x));
  expect_tensor(call("transpose", {{"a", arg(num(3))}})[0], {3}, {});
  expect_tensor(call("squeeze", {{"input", arg(iota({1, 2, 1}))}})[0], {0, 1}, {2});
  expect_tensor(
      call("slice",
           {{"input_", arg(vec({1, 2, 3}))}, {"begin", dims({1})}, {"size", dims({-1})}})[0],
      {2, 3}, {2});
  expect_error(
      [] {
        call("slice", {{"input_", arg(vec({1, 2, 3}))}, {"begin", dims({1})}, {"size", dims({5})}});
      },
      ErrorKind::kInvalidArgument, "slice: Expected size[0] in [0, 2], but got 5");
  expect_tensor(call("strided_slice", {{"input_", arg(vec({1, 2, 3, 4}))},
                                       {"begin", dims({0})},
                                       {"end", dims({4})},
                                       {"strides", dims({2})}})[0],
                {1, 3}, {2});
  expect_tensor(call("shape", {{"input", arg(x)}})[0], {2, 3}, {2});
  EXPECT_EQ(call("size", {{"input", arg(x)}, {"out_type", arg(DType::kInt64)}})[0].dtype(),
            DType::kInt64);
  expect_tensor(call("rank", {{"input", arg(x)}})[0], {2}, {});
}

TEST(Functions, JoinByName) {
  Tensor x = iota({6});
  Tensors parts = call("split", {{"value", arg(x)}, {"num_or_size_splits", dims({3}, false)}});
  ASSERT_EQ(parts.size(), 3u);
  expect_tensor(parts[2], {4, 5}, {2});
  EXPECT_EQ(call("split", {{"value", arg(x)}, {"num_or_size_splits", dims({1, -1})}}).size(), 2u);
  expect_error(
      [] { call("split", {{"value", arg(iota({7}))}, {"num_or_size_splits", dims({2}, false)}}); },
      ErrorKind::kInvalidArgument,
      "Number of ways to split should evenly divide the split dimension, but got split_dim 0 (size "
      "= 7) "
      "and num_split 2");
  expect_error([&] { call("unstack", {{"value", arg(x)}, {"num", arg(int64_t(5))}}); },
               ErrorKind::kInvalidArgument, "got num=5");
  expect_tensor(call("stack", {{"values", arg(Tensors{num(1), num(2)})}})[0], {1, 2}, {2});
  Tensor three = vec({1, 2, 3}), two_one = ints({2, 1}, {1, 2});
  expect_tensor(
      call("pad",
           {{"tensor", arg(three)}, {"paddings", arg(two_one)}, {"mode", str("reflect")}})[0],
      {3, 2, 1, 2, 3, 2}, {6});
  expect_tensor(call("pad", {{"tensor", arg(three)},
                             {"paddings", arg(two_one)},
                             {"mode", str("CONSTANT")},
                             {"constant_values", arg(num(9))}})[0],
                {9, 9, 1, 2, 3, 9}, {6});
  expect_error(
      [&] {
        call("pad", {{"tensor", arg(three)}, {"paddings", arg(two_one)}, {"mode", str("WRAP")}});
      },
      ErrorKind::kValue, "got 'WRAP'");
  expect_error(
      [&] {
        call(
            "pad",
            {{"tensor", arg(iota({1, 1}))}, {"paddings", arg(two_one)}, {"mode", str("CONSTANT")}});
      },
      ErrorKind::kInvalidArgument, "The first dimension of paddings must be the rank of inputs");
}

TEST(Functions, TheRestByName) {
  Tensor x = iota({2, 3});
  expect_tensor(call("gather", {{"params", arg(x)}, {"indices", arg(ints({1}, {1}))}})[0],
                {3, 4, 5}, {1, 3});
  expect_tensor(
      call("reduce_sum", {{"input_tensor", arg(x)}, {"axis", dims({0})}, {"keepdims", yes()}})[0],
      {3, 5, 7}, {1, 3});
  expect_tensor(call("reduce_sum", {{"input_tensor", arg(x)}, {"axis", dims({})}})[0], values_of(x),
                {2, 3});
  expect_tensor(call("argmax", {{"input", arg(x)}, {"output_type", arg(DType::kInt64)}})[0],
                {1, 1, 1}, {3});
  expect_tensor(call("sort", {{"values", arg(vec({1, 3, 2}))},
                              {"axis", arg(int64_t(-1))},
                              {"direction", str("DESCENDING")}})[0],
                {3, 2, 1}, {3});
  expect_error([] { call("argsort", {{"values", arg(vec({1}))}, {"direction", str("UP")}}); },
               ErrorKind::kValue, "got 'UP'");
  Tensor a = iota({2, 2});
  expect_same(call("matmul", {{"a", arg(a)}, {"b", arg(a)}, {"adjoint_b", yes()}})[0],
              matmul(a, a, false, true));
  EXPECT_EQ(call("matmul", {{"a", arg(a)}, {"b", arg(a)}, {"output_type", arg(DType::kFloat32)}})[0]
                .dtype(),
            DType::kFloat32);
  expect_error(
      [&] {
        call("matmul",
             {{"a", arg(a)}, {"b", arg(a)}, {"adjoint_a", yes()}, {"transpose_a", yes()}});
      },
      ErrorKind::kInvalidArgument, "Only one of `transpose_a` and `adjoint_a` can be True");
  expect_tensor(call("matvec", {{"a", arg(a)}, {"b", arg(vec({1, 1}))}})[0], {1, 5}, {2});
  expect_tensor(call("softmax", {{"logits", arg(vec({0, 0}))}})[0], {0.5, 0.5}, {2});
  expect_error([&] { call("sigmoid_cross_entropy_with_logits", {{"labels", arg(x)}}); },
               ErrorKind::kValue, "must both be given");
}

}  // namespace
}  // namespace pyten

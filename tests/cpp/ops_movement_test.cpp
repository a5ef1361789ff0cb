// Creation, movement, slicing and joining.
#include "ops_testing.h"

namespace pyten {
namespace {

TEST(Creation, ZerosOnesFill) {
  expect_tensor(zeros({2, 2}, DType::kInt16), {0, 0, 0, 0}, {2, 2});
  expect_tensor(ones({3}, DType::kBFloat16), {1, 1, 1}, {3});
  expect_tensor(ones({}, DType::kComplex64), {1}, {});
  expect_tensor(ones({0, 3}, DType::kFloat32), {}, {0, 3});
  Tensor f = fill({2, 3}, num(7, DType::kInt32));
  expect_tensor(f, {7, 7, 7, 7, 7, 7}, {2, 3});
  EXPECT_EQ(f.strides()[0], 0);
  expect_error([] { zeros({-1, 2}, DType::kFloat32); }, ErrorKind::kInvalidArgument,
               "zeros: Dimension -1 must be >= 0, got shape=(-1, 2)");
  expect_error([] { fill({2}, ones({1}, DType::kFloat32)); }, ErrorKind::kInvalidArgument,
               "fill: value must be a scalar, got value.shape=(1,)");
  check_gradient([](const Tensors& x) { return fill({2, 3}, x[0] * x[0]); }, {num(1.5)});
}

TEST(Creation, Scalars) {
  EXPECT_EQ(number(scalar(-3, DType::kInt8)), -3);
  EXPECT_EQ(number(scalar(0.5, DType::kFloat16)), 0.5);
  EXPECT_EQ(number(scalar(2, DType::kBool)), 1);
  EXPECT_EQ(number(scalar(2.5, DType::kComplex128)), 2.5);
}

TEST(Creation, Range) {
  auto i32 = [](double v) { return num(v, DType::kInt32); };
  expect_tensor(range(i32(0), i32(10), i32(3)), {0, 3, 6, 9}, {4});
  expect_tensor(range(i32(5), i32(0), i32(-2)), {5, 3, 1}, {3});
  expect_tensor(range(i32(3), i32(3), i32(1)), {}, {0});
  expect_tensor(range(num(1), num(0), num(-0.25)), {1, 0.75, 0.5, 0.25}, {4});
  DType half = DType::kFloat16;
  expect_tensor(range(num(0, half), num(2, half), num(0.5, half)), {0, 0.5, 1, 1.5}, {4});
  expect_error([&] { range(i32(0), i32(5), i32(0)); }, ErrorKind::kInvalidArgument,
               "range: Requires delta != 0: 0");
  expect_error([&] { range(i32(5), i32(0), i32(1)); }, ErrorKind::kInvalidArgument,
               "Requires start <= limit when delta > 0: 5/0");
  expect_error([&] { range(num(0), num(INFINITY), num(1)); }, ErrorKind::kInvalidArgument,
               "finite");
  expect_error([&] { range(i32(0), num(1), num(1)); }, ErrorKind::kInvalidDType, "range");
}

TEST(Creation, Eye) {
  expect_tensor(eye(2, 3, {}, DType::kInt32), {1, 0, 0, 0, 1, 0}, {2, 3});
  expect_tensor(eye(2, 2, {2}, DType::kFloat32), {1, 0, 0, 1, 1, 0, 0, 1}, {2, 2, 2});
  expect_tensor(eye(0, 2, {}, DType::kFloat32), {}, {0, 2});
  expect_tensor(eye(3, 1, {}, DType::kComplex64), {1, 0, 0}, {3, 1});
}

TEST(Creation, OneHot) {
  Tensor i = ints({0, 2, 3, -1}, {4});
  expect_tensor(one_hot(i, 3, num(1), num(0), -1), {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, {4, 3});
  expect_tensor(one_hot(ints({0, 1}, {2}), 3, num(5), num(-1), 0), {5, -1, -1, 5, -1, -1}, {3, 2});
  Tensor pair = ints({0, 1, 1, 0}, {2, 2});
  expect_tensor(one_hot(pair, 2, num(1), num(0), 1), {1, 0, 0, 1, 0, 1, 1, 0}, {2, 2, 2});
  expect_tensor(one_hot(num(1, DType::kInt64), 2, num(1), num(0), -1), {0, 1}, {2});
  check_gradient([&](const Tensors& x) { return one_hot(i, 3, x[0] * x[0], x[1] * x[1], 0); },
                 {num(2), num(-0.5)});
  expect_error([&] { one_hot(i, -1, num(1), num(0), -1); }, ErrorKind::kInvalidArgument,
               "depth=-1");
  expect_error([&] { one_hot(vec({1}), 2, num(1), num(0), -1); }, ErrorKind::kInvalidDType,
               "one_hot");
}

TEST(Movement, ReshapeShares) {
  Tensor x = iota({2, 3});
  Tensor y = reshape(x, {3, -1});
  expect_tensor(y, {0, 1, 2, 3, 4, 5}, {3, 2});
  EXPECT_EQ(y.data(), x.data());
  EXPECT_FALSE(reshape(x, {2, 3}).same(x));
  expect_tensor(reshape(num(5), {1, 1}), {5}, {1, 1});
  expect_tensor(reshape(zeros({0, 2}, DType::kFloat32), {2, -1}), {}, {2, 0});

  Tensor t = transpose(x);
  Tensor flat = reshape(t, {6});
  expect_tensor(flat, {0, 3, 1, 4, 2, 5}, {6});
  EXPECT_NE(flat.data(), t.data());
  EXPECT_EQ(reshape(t, {3, 1, 2}).data(), t.data());                 // strides can say it
  EXPECT_EQ(reshape(fill({4, 3}, num(1)), {2, 6}).strides()[1], 0);  // a broadcast scalar
  Tensor part = slice(iota({4, 6}), {0, 0}, {4, 4}, {1, 1});
  expect_tensor(reshape(part, {4, 2, 2}), values_of(part), {4, 2, 2});
  EXPECT_EQ(reshape(part, {2, 2, 4}).data(), part.data());
  expect_tensor(reshape(part, {2, 8}), values_of(part), {2, 8});
}

TEST(Movement, ReshapeErrors) {
  Tensor x = iota({6});
  auto fails = [&](Shape shape, const char* part) {
    expect_error([&] { reshape(x, shape); }, ErrorKind::kInvalidArgument, part);
  };
  fails({4, 2},
        "reshape: Input to reshape is a tensor with 6 values, but the requested shape has 8, "
        "got tensor.shape=(6,) and shape=(4, 2)");
  fails({4, -1}, "requires a multiple of 4");
  fails({-1, -1}, "Only one input size may be -1, not both 0 and 1");
  fails({-2, 3}, "Size 0 must be non-negative, not -2");
  fails({0, -1}, "cannot infer the missing input size for an empty tensor");
}

TEST(Movement, Transpose) {
  Tensor x = iota({1, 2, 3});
  expect_tensor(transpose(x, {2, 0, 1}), {0, 3, 1, 4, 2, 5}, {3, 1, 2});
  expect_tensor(transpose(x, {-1, 0, 1}), {0, 3, 1, 4, 2, 5}, {3, 1, 2});
  expect_tensor(transpose(x), {0, 3, 1, 4, 2, 5}, {1, 3, 2});
  expect_error([&] { transpose(iota({2, 3}), {0, 0}); }, ErrorKind::kInvalidArgument,
               "1 is missing from perm=(0, 0)");
  expect_error([&] { transpose(iota({2, 3}), {0}); }, ErrorKind::kInvalidArgument,
               "transpose expects a vector of size 2. But input(1) is a vector of size 1");
  expect_error([&] { transpose(iota({2, 3}), {0, 2}); }, ErrorKind::kInvalidArgument,
               "2 is out of range [0 .. 2)");
}

TEST(Movement, ExpandSqueeze) {
  Tensor x = iota({2, 3});
  EXPECT_EQ(tuple_text(expand_dims(x, 0).shape()), "(1, 2, 3)");
  EXPECT_EQ(tuple_text(expand_dims(x, -1).shape()), "(2, 3, 1)");
  EXPECT_TRUE(expand_dims(x, 1).is_contiguous());
  expect_error([&] { expand_dims(x, 5); }, ErrorKind::kInvalidIndex,
               "Tried to expand dim index 5 for tensor with 2 dimensions");
  Tensor y = iota({1, 2, 1});
  EXPECT_EQ(tuple_text(squeeze(y, {}).shape()), "(2,)");
  EXPECT_EQ(tuple_text(squeeze(y, {-1}).shape()), "(1, 2)");
  expect_error([&] { squeeze(x, {0}); }, ErrorKind::kInvalidArgument,
               "Can not squeeze dim[0], expected a dimension of 1, got 2");
  expect_error([&] { squeeze(y, {3}); }, ErrorKind::kInvalidIndex, "range [-3, 3)");
}

TEST(Movement, Broadcast) {
  expect_tensor(broadcast_to(vec({1, 2}), {2, 2}), {1, 2, 1, 2}, {2, 2});
  expect_tensor(broadcast_to(make({1, 2}, {2, 1}), {2, 3}), {1, 1, 1, 2, 2, 2}, {2, 3});
  expect_tensor(broadcast_to(num(1), {0}), {}, {0});
  expect_error([] { broadcast_to(iota({3}), {2, 4}); }, ErrorKind::kInvalidArgument,
               "Incompatible shapes: [3] vs. [2,4]");
  Tensor x = iota({2, 3});
  expect_tensor(sum_to(x, {3}), {3, 5, 7}, {3});
  expect_tensor(sum_to(x, {2, 1}), {3, 12}, {2, 1});
  expect_tensor(sum_to(x, {}), {15}, {});
  expect_tensor(sum_to(zeros({0, 3}, DType::kFloat32), {1, 3}), {0, 0, 0}, {1, 3});
  EXPECT_TRUE(sum_to(x, {2, 3}).same(x));
}

TEST(Movement, Gradients) {
  Tensor x = sample({2, 3});
  check_gradient([](const Tensors& t) { return identity(t[0] * t[0]); }, {x});
  check_gradient([](const Tensors& t) { return contiguous(transpose(t[0] * t[0])); }, {x});
  check_gradient(
      [](const Tensors& t) { return reshape(t[0], {3, 2}) * reshape(t[0] * t[0], {3, 2}); }, {x});
  check_gradient([](const Tensors& t) { return transpose(t[0]) * transpose(t[0] * t[0], {1, 0}); },
                 {x});
  check_gradient([](const Tensors& t) { return squeeze(expand_dims(t[0] * t[0], 1), {}); }, {x});
  check_gradient([](const Tensors& t) { return broadcast_to(t[0] * t[0], {2, 2, 3}); }, {x});
  check_gradient([](const Tensors& t) { return sum_to(t[0] * t[0], {3}); }, {x});
  check_gradient([](const Tensors& t) { return t[0] * stop_gradient(num(2)); }, {x});
}

TEST(Slicing, Views) {
  Tensor x = iota({2, 3, 4});
  expect_tensor(slice(x, {0, 1, 3}, {2, 2, 2}, {1, 1, -2}), {7, 5, 11, 9, 19, 17, 23, 21},
                {2, 2, 2});
  expect_tensor(slice(x, {1, 0, 0}, {0, 3, 4}, {1, 1, 1}), {}, {0, 3, 4});
  expect_tensor(slice_scatter(vec({1, 2}), {5}, {4}, {-3}), {0, 2, 0, 0, 1}, {5});
  expect_tensor(reverse(iota({2, 2}), {1}), {1, 0, 3, 2}, {2, 2});
  expect_tensor(reverse(iota({2, 2}), {0, -1}), {3, 2, 1, 0}, {2, 2});
  expect_tensor(reverse(zeros({0}, DType::kInt32), {0}), {}, {0});
  expect_error([&] { reverse(x, {0, -3}); }, ErrorKind::kInvalidArgument,
               "specified more than once");
  expect_tensor(roll(iota({4}), {1}, {0}), {3, 0, 1, 2}, {4});
  expect_tensor(roll(iota({4}), {-5}, {0}), {1, 2, 3, 0}, {4});
  expect_tensor(roll(iota({2, 2}), {1, 1}, {0, 1}), {3, 2, 1, 0}, {2, 2});
  expect_tensor(roll(transpose(iota({2, 2})), {1}, {1}), {2, 0, 3, 1}, {2, 2});
  expect_error([&] { roll(x, {1}, {0, 1}); }, ErrorKind::kInvalidArgument, "same size");
}

TEST(Slicing, Strided) {
  Tensor x = iota({2, 3, 4});
  expect_tensor(strided_slice(iota({4}), {0}, {4}, {2}, {}), {0, 2}, {2});
  expect_tensor(strided_slice(iota({5}), {4}, {0}, {-2}, {}), {4, 2}, {2});
  expect_tensor(strided_slice(iota({5}), {-100}, {100}, {}, {}), {0, 1, 2, 3, 4}, {5});
  expect_tensor(strided_slice(iota({5}), {0}, {0}, {-1}, {.begin = 1, .end = 1}), {4, 3, 2, 1, 0},
                {5});
  expect_tensor(strided_slice(iota({5}), {3}, {1}, {}, {}), {}, {0});
  expect_tensor(strided_slice(x, {1, 0, 1}, {2, 0, 2}, {}, {.ellipsis = 2, .shrink_axis = 1}),
                {13, 17, 21}, {3, 1});
  expect_tensor(
      strided_slice(x, {0, 0, -1}, {0, 0, 0}, {}, {.ellipsis = 1, .new_axis = 2, .shrink_axis = 4}),
      {3, 7, 11, 15, 19, 23}, {2, 3, 1});
  expect_error([&] { strided_slice(x, {5}, {6}, {}, {.shrink_axis = 1}); },
               ErrorKind::kInvalidIndex, "slice index 5 of dimension 0 out of bounds");
  expect_error([&] { strided_slice(x, {-3}, {6}, {}, {.shrink_axis = 1}); },
               ErrorKind::kInvalidIndex, "slice index -3 of dimension 0");
  expect_error([&] { strided_slice(x, {0}, {1}, {0}, {}); }, ErrorKind::kInvalidArgument,
               "strides[0] must be non-zero");
  expect_error([&] { strided_slice(x, {0, 0, 0, 0}, {1, 1, 1, 1}, {}, {}); },
               ErrorKind::kInvalidIndex,
               "Index out of range using input dim 3; input has only 3 dims");
}

TEST(Slicing, Gradients) {
  Tensor x = sample({3, 4});
  check_gradient([](const Tensors& t) { return slice(t[0] * t[0], {0, 3}, {2, 2}, {1, -2}); }, {x});
  check_gradient(
      [](const Tensors& t) { return slice_scatter(t[0] * t[0], {5, 9}, {1, 8}, {1, -2}); }, {x});
  check_gradient([](const Tensors& t) { return reverse(t[0], {1}) * roll(t[0], {1, -1}, {0, 1}); },
                 {x});
  check_gradient(
      [](const Tensors& t) {
        return strided_slice(t[0] * t[0], {1, 0}, {2, 3}, {}, {.shrink_axis = 1});
      },
      {x});
}

TEST(Join, Values) {
  Tensor a = iota({2, 2}), b = transpose(iota({1, 2}));
  expect_tensor(concat({a, b}, 1), {0, 1, 0, 2, 3, 1}, {2, 3});
  expect_tensor(concat({a, a}, -2), {0, 1, 2, 3, 0, 1, 2, 3}, {4, 2});
  expect_tensor(concat({vec({}), vec({1})}, 0), {1}, {1});
  expect_tensor(stack({vec({1, 2}), vec({3, 4})}, 1), {1, 3, 2, 4}, {2, 2});
  expect_tensor(stack({num(1), num(2)}, -1), {1, 2}, {2});
  Tensors parts = unstack(a, 1);
  ASSERT_EQ(parts.size(), 2u);
  expect_tensor(parts[1], {1, 3}, {2});
  parts = split(iota({6}), {1, 2, -1}, 0);
  ASSERT_EQ(parts.size(), 3u);
  expect_tensor(parts[2], {3, 4, 5}, {3});
  expect_tensor(split(iota({2, 2}), {1, 1}, 1)[1], {1, 3}, {2, 1});
  expect_tensor(tile(make({1, 2}, {1, 2}), {2, 2}), {1, 2, 1, 2, 1, 2, 1, 2}, {2, 4});
  expect_tensor(tile(vec({1, 2}), {0}), {}, {0});
  expect_tensor(tile(num(3), {}), {3}, {});
  expect_tensor(pad(make({1, 2}, {1, 2}), {1, 0}, {0, 2}, num(9)), {9, 9, 9, 9, 1, 2, 9, 9},
                {2, 4});
  expect_tensor(pad(vec({}), {1}, {1}, num(0)), {0, 0}, {2});
  expect_tensor(mirror_pad(vec({1, 2, 3}), {2}, {1}, false), {3, 2, 1, 2, 3, 2}, {6});
  expect_tensor(mirror_pad(vec({1, 2, 3}), {2}, {1}, true), {2, 1, 1, 2, 3, 3}, {6});
}

TEST(Join, Errors) {
  Tensor a = iota({2, 3});
  auto wrong = [](const std::function<void()>& f, const char* part) {
    expect_error(f, ErrorKind::kInvalidArgument, part);
  };
  wrong([&] { concat({a, iota({3, 2})}, 0); },
        "concat: Dimension 1 in both shapes must be equal: shape[0] = [2,3] vs. shape[1] = [3,2]");
  wrong([&] { concat({a, iota({3})}, 0); }, "Ranks of all input tensors should match");
  wrong([&] { concat({num(1), num(2)}, 0); }, "Can't concatenate scalars (use tf.stack instead)");
  wrong([&] { concat({}, 0); }, "at least one tensor");
  expect_error([&] { concat({a, a}, 2); }, ErrorKind::kInvalidIndex, "range [-2, 2)");
  expect_error([&] { concat({a, cast(a, DType::kInt32)}, 0); }, ErrorKind::kInvalidDType, "concat");
  wrong([&] { stack({iota({2}), iota({3})}, 0); },
        "Shapes of all inputs must match: values[0].shape = [2] != values[1].shape = [3]");
  expect_error([&] { stack({iota({2})}, 5); }, ErrorKind::kInvalidIndex, "not in range [-2, 2)");
  wrong([&] { split(iota({7}), {3, 3}, 0); }, "num_or_size_splits=(3, 3)");
  wrong([&] { split(iota({7}), {9, -1}, 0); }, "split");
  wrong([&] { unstack(num(1), 0); }, "unstack");
  wrong([&] { tile(iota({2}), {2, 2}); }, "Expected multiples argument to be a vector of length 1");
  wrong([&] { pad(a, {1}, {1}, num(0)); }, "The first dimension of paddings must be the rank");
  wrong([&] { pad(a, {1, -1}, {1, 0}, num(0)); }, "Paddings must be non-negative");
  wrong([&] { mirror_pad(iota({3}), {3}, {0}, false); }, "not less than 3");
}

TEST(Join, Gradients) {
  Tensor x = sample({2, 3}), y = sample({2, 2}, 2);
  check_gradient([](const Tensors& t) { return concat({t[0] * t[0], t[1], t[0]}, 1); }, {x, y});
  check_gradient([](const Tensors& t) { return stack({t[0] * t[0], t[0]}, 1); }, {x});
  check_gradient(
      [](const Tensors& t) {
        Tensors parts = unstack(t[0], 1);
        return parts[0] * parts[0] * parts[2];
      },
      {x});
  check_gradient(
      [](const Tensors& t) {
        Tensors parts = split(t[0], {1, 2}, 1);
        return parts[0] * parts[1];
      },
      {x});
  check_gradient([](const Tensors& t) { return tile(t[0] * t[0], {2, 3}); }, {x});
  check_gradient([](const Tensors& t) { return pad(t[0] * t[0], {1, 0}, {2, 1}, t[1] * t[1]); },
                 {x, num(0.7)});
  check_gradient([](const Tensors& t) { return mirror_pad(t[0] * t[0], {1, 2}, {0, 1}, false); },
                 {x});
  check_gradient([](const Tensors& t) { return mirror_pad(t[0] * t[0], {2, 1}, {1, 3}, true); },
                 {x});
}

}  // namespace
}  // namespace pyten

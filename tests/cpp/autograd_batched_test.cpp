// Jacobians and vectorized calls: one batched pass against a loop.
#include "autograd/jacobian.h"
#include "autograd/trace.h"
#include "ops/batch.h"
#include "ops/conv.h"
#include "ops/pool.h"
#include "ops_testing.h"

namespace pyten {
namespace {

using F = std::function<Tensor(const Tensors&)>;

// Gradients from each one-hot seed, stacked; undefined where there is none.
Tensors jacobian_by_rows(Tape& tape, const Tensor& y, const std::vector<Source>& sources) {
  std::vector<Tensors> rows(sources.size());
  for (int64_t i = 0; i < y.size(); ++i) {
    Tensor seed =
        reshape(one_hot(scalar(double(i), DType::kInt64), y.size(), num(1), num(0), -1), y.shape());
    Tensors found = tape.gradient({y}, sources, {seed}, {.keep = true});
    for (size_t s = 0; s < sources.size(); ++s) {
      if (found[s].defined()) rows[s].push_back(found[s]);
    }
  }
  Tensors out(sources.size());
  for (size_t s = 0; s < sources.size(); ++s) {
    if (!rows[s].empty()) out[s] = stack(rows[s], 0);
  }
  return out;
}

void check_jacobian(const F& f, const Tensors& x) {
  Ref<Tape> tape = Tape::create(true);
  std::vector<Source> sources;
  for (const Tensor& t : x) {
    tape->watch(t);
    sources.emplace_back(t);
  }
  tape->start();
  Tensor y = f(x);
  tape->stop();
  Tensors want = jacobian_by_rows(*tape, y, sources);
  std::optional<Tensors> got = batched_gradients(*tape, y, sources, y.size(), false);
  ASSERT_TRUE(got.has_value());
  for (size_t s = 0; s < want.size(); ++s) {
    ASSERT_EQ((*got)[s].defined(), want[s].defined());
    if (want[s].defined()) expect_same((*got)[s], want[s]);
  }
}

Tensor network(const Tensors& in) {
  Tensor hidden = relu(matmul(in[0], in[1]) + in[2]);
  return tanh(matmul(hidden, in[3]));
}

struct Named {
  const char* name;
  F f;
  Tensors x;
};

std::vector<Named> functions() {
  ConvGeometry g{{2, 1}, {1, 1}, {1, 0}, {2, 2}}, groups{{1, 1}, {1, 1}, {0, 0}, {2, 2}, 2};
  PoolGeometry pool{{2, 2}, {1, 1}, {1, 1}, {0, 1}, {2, 2}};
  return {
      {"network", network, {sample({4, 3}), sample({3, 5}, 2), sample({5}, 3), sample({5, 2}, 4)}},
      {"one row", network, {sample({1, 3}), sample({3, 5}, 2), sample({5}, 3), sample({5, 6}, 4)}},
      {"one output", network, {sample({4, 3}), sample({3, 5}, 2), sample({5}, 3), sample({5, 1})}},
      {"elementwise",
       [](const Tensors& x) { return exp(x[0]) * x[1]; },
       {sample({3}), sample({2, 1})}},
      {"reductions",
       [](const Tensors& x) { return reduce_prod(x[0], Dims{1}) / reduce_sum(square(x[0])); },
       {sample({3, 4})}},
      {"softmax",
       [](const Tensors& x) { return softmax(x[0]) * log_softmax(x[0]); },
       {sample({2, 3})}},
      {"movement",
       [](const Tensors& x) { return concat({transpose(x[0]), reshape(x[0], {3, 2})}, 1); },
       {sample({2, 3})}},
      {"gather",
       [](const Tensors& x) { return gather(x[0] * x[0], ints({2, 0}, {2}), 1, 0); },
       {sample({2, 3})}},
      {"sort",
       [](const Tensors& x) { return sort(x[0], -1, false) * cumsum(x[0], 1); },
       {sample({2, 3})}},
      {"convolution",
       [g](const Tensors& x) { return square(conv(x[0], x[1], g)); },
       {sample({2, 3, 3, 2}), sample({2, 2, 2, 3}, 2)}},
      {"groups",
       [groups](const Tensors& x) { return square(conv(x[0], x[1], groups)); },
       {sample({2, 3, 3, 4}), sample({2, 2, 2, 6}, 2)}},
      {"max_pool",
       [pool](const Tensors& x) { return square(max_pool(x[0], pool)[0]); },
       {sample({2, 3, 2, 2})}},
      {"average_pool",
       [pool](const Tensors& x) { return square(average_pool(x[0], pool)); },
       {sample({2, 3, 2, 2})}},
      {"unconnected", [](const Tensors& x) { return x[0] * num(2); }, {sample({2}), sample({2})}},
  };
}

TEST(Jacobian, EqualsOneGradientPerRow) {
  for (const Named& n : functions()) {
    SCOPED_TRACE(n.name);
    check_jacobian(n.f, n.x);
  }
}

// The gradient of a Jacobian, which differentiates the batching rules.
TEST(Jacobian, IsDifferentiable) {
  for (const Named& n : functions()) {
    SCOPED_TRACE(n.name);
    auto jacobian = [&](const Tensors& x) {
      Ref<Tape> tape = Tape::create();
      tape->watch(x[0]);
      tape->start();
      Tensor y = n.f(x);
      tape->stop();
      return batched_gradients(*tape, y, {x[0]}, y.size(), false).value()[0];
    };
    check_gradient(jacobian, n.x, 1);
  }
}

TEST(Jacobian, OfABatchGivesEachExamplesOwn) {
  Tensor x = sample({4, 3}), w = sample({3, 2}, 2);
  Ref<Tape> tape = Tape::create(true);
  tape->watch(x);
  tape->start();
  Tensor y = tanh(matmul(x, w));
  tape->stop();
  Tensor full = jacobian_by_rows(*tape, y, {x})[0];                   // [4 * 2, 4, 3]
  Tensor got = batched_gradients(*tape, y, {x}, 2, true).value()[0];  // [2, 4, 3]
  for (int64_t example = 0; example < 4; ++example) {
    Tensor want = slice(full, {example * 2, example, 0}, {2, 1, 3}, {1, 1, 1});
    expect_same(slice(got, {0, example, 0}, {2, 1, 3}, {1, 1, 1}), want);
  }
}

TEST(Jacobian, EndsATapeThatIsNotPersistentAndLeavesTheOther) {
  for (bool persistent : {false, true}) {
    Tensor x = vec({1, 2});
    Ref<Tape> tape = Tape::create(persistent);
    tape->watch(x);
    tape->start();
    Tensor y = x * x;
    tape->stop();
    expect_tensor(batched_gradients(*tape, y, {x}, 2, false).value()[0], {2, 0, 0, 4}, {2, 2});
    EXPECT_EQ(tape->released(), !persistent);
  }
}

// -- Batching rules -------------------------------------------------------------------------------

// f of all slices at once against f of each one.
void check_vectorized(const std::function<Tensors(const Tensors&)>& f, const Tensors& batches) {
  int64_t n = batches[0].dim(0);
  std::string why;
  std::optional<Tensors> got = vectorized(f, batches, n, why);
  ASSERT_TRUE(got.has_value()) << why;
  std::vector<Tensors> slices, columns;
  for (const Tensor& b : batches) slices.push_back(unstack(b, 0));
  for (int64_t i = 0; i < n; ++i) {
    Tensors one;
    for (const Tensors& s : slices) one.push_back(s[size_t(i)]);
    Tensors y = f(one);
    columns.resize(y.size());
    for (size_t k = 0; k < y.size(); ++k) columns[k].push_back(y[k]);
  }
  ASSERT_EQ(got->size(), columns.size());
  for (size_t k = 0; k < columns.size(); ++k) expect_same((*got)[k], stack(columns[k], 0));
}

// With the axis on each operand alone and on all of them.
void check_rule(const char* name, const std::function<Tensors(const Tensors&)>& f,
                const Tensors& operands) {
  SCOPED_TRACE(name);
  for (unsigned chosen = 1; chosen < 1u << operands.size(); ++chosen) {
    SCOPED_TRACE(chosen);
    Tensors batches;
    std::vector<size_t> places;
    for (size_t i = 0; i < operands.size(); ++i) {
      if (!(chosen >> i & 1)) continue;
      const Tensor& x = operands[i];
      // Three operands like x, with other elements in other places.
      Tensor flat = reshape(x, {x.size()});
      Tensor turned = reshape(roll(flat, {1}, {0}), x.shape());
      Tensor mirrored = reshape(reverse(flat, {0}), x.shape());
      batches.push_back(stack({x, turned, mirrored}, 0));
      places.push_back(i);
    }
    check_vectorized(
        [&](const Tensors& in) {
          Tensors all = operands;
          for (size_t k = 0; k < in.size(); ++k) all[places[k]] = in[k];
          return f(all);
        },
        batches);
  }
}

template <Tensor (*kConv)(const Tensor&, const Tensor&, const ConvGeometry&)>
std::function<Tensors(const Tensors&)> with(ConvGeometry g) {
  return [g](const Tensors& x) -> Tensors { return {kConv(x[0], x[1], g)}; };
}

TEST(Batching, Convolutions) {
  for (int64_t groups : {1, 2, 4}) {
    SCOPED_TRACE(groups);
    Tensor x = sample({2, 4, 3, 4}), filter = sample({2, 2, 4 / groups, 8}, 2);
    ConvGeometry g{{2, 1}, {1, 2}, {1, 1}, {2, 3}, groups};
    Tensor dy = sample({2, 2, 3, 8}, 3);
    ConvGeometry image = g, window = g;
    image.sizes = {4, 3}, window.sizes = {2, 2};
    check_rule("conv", with<conv>(g), {x, filter});
    check_rule("conv_input_gradient", with<conv_input_gradient>(image), {dy, filter});
    check_rule("conv_filter_gradient", with<conv_filter_gradient>(window), {x, dy});
  }
  ConvGeometry line{{1}, {1}, {0}, {3}};
  check_rule("conv of a line", with<conv>(line), {sample({1, 4, 1}), sample({2, 1, 2}, 2)});
}

TEST(Batching, Pooling) {
  PoolGeometry g{{2, 2}, {2, 1}, {1, 1}, {0, 1}, {2, 3}}, back = g;
  back.sizes = {4, 3};
  Tensor x = sample({2, 4, 3, 2}), y = sample({2, 2, 3, 2}, 2), places = max_pool(x, g)[1];
  check_rule("max_pool", [&](const Tensors& in) { return max_pool(in[0], g); }, {x});
  check_rule("average_pool", [&](const Tensors& in) -> Tensors { return {average_pool(in[0], g)}; },
             {x});
  check_rule("average_pool_gradient",
             [&](const Tensors& in) -> Tensors { return {average_pool_gradient(in[0], back)}; },
             {y});
  check_rule("take_places",
             [](const Tensors& in) -> Tensors { return {take_places(in[0], in[1])}; }, {x, places});
  check_rule("put_places",
             [](const Tensors& in) -> Tensors { return {put_places(in[0], in[1], {4, 3})}; },
             {y, places});
}

TEST(Batching, OtherOps) {
  Tensor x = sample({2, 3}), index = ints({1, 0, 1, 1}, {2, 2});
  auto rule = [](const char* name, Tensor (*f)(const Tensors&), const Tensors& operands) {
    check_rule(name, [f](const Tensors& in) -> Tensors { return {f(in)}; }, operands);
  };
  rule("add", [](const Tensors& in) { return in[0] + in[1]; }, {x, sample({3}, 2)});
  rule("less", [](const Tensors& in) { return less(in[0], in[1]); }, {x, sample({2, 1}, 2)});
  rule("cast", [](const Tensors& in) { return cast(in[0], DType::kInt32); }, {x});
  rule("select", [](const Tensors& in) { return select(greater(in[0], num(0)), in[1], in[2]); },
       {x, sample({3}, 2), sample({2, 1}, 3)});
  rule("matmul", [](const Tensors& in) { return matmul(in[0], in[1]); }, {x, sample({3, 2}, 2)});
  rule("matmul of batches", [](const Tensors& in) { return matmul(in[0], in[1], true, true); },
       {sample({2, 3, 2}), sample({4, 3}, 2)});
  rule("reduce_sum", [](const Tensors& in) { return reduce_sum(in[0], Dims{-1}); }, {x});
  rule("argmax", [](const Tensors& in) { return argmax(in[0], 1); }, {x});
  rule("top_k", [](const Tensors& in) { return top_k(in[0], 2)[1]; }, {x});
  rule("transpose", [](const Tensors& in) { return transpose(in[0]); }, {x});
  rule("broadcast_to", [](const Tensors& in) { return broadcast_to(in[0], {2, 2, 3}); }, {x});
  rule("sum_to", [](const Tensors& in) { return sum_to(in[0], {1, 3}); }, {x});
  rule("tile", [](const Tensors& in) { return tile(in[0], {2, 3}); }, {x});
  rule("pad", [](const Tensors& in) { return pad(in[0], {1, 0}, {0, 2}, num(7)); }, {x});
  rule("concat", [](const Tensors& in) { return concat({in[0], in[1]}, -1); },
       {x, sample({2, 1}, 2)});
  rule("gather", [](const Tensors& in) { return gather(in[0], in[1], 1, 0); }, {x, index});
  rule("gather, batch_dims", [](const Tensors& in) { return gather(in[0], in[1], 1, 1); },
       {x, index});
  rule("gather_nd", [](const Tensors& in) { return gather_nd(in[0], in[1], 0); }, {x, index});
  rule("scatter_nd", [](const Tensors& in) { return scatter_nd(in[0], in[1], {2, 3}); },
       {index, sample({2}, 2)});
  rule("one_hot", [](const Tensors& in) { return one_hot(in[0], 3, in[1], in[2], 0); },
       {index, num(2), num(-1)});
  rule("slice", [](const Tensors& in) { return slice(in[0], {1, 2}, {1, 2}, {1, -2}); }, {x});
  rule("cumsum", [](const Tensors& in) { return cumsum(in[0], 0, true, true); }, {x});
  rule("diag_part", [](const Tensors& in) { return diag_part(in[0]); }, {x});
}

TEST(Vectorized, GivesUpWhereTheRecordingDoesNotShowAll) {
  Tensor x = sample({3, 4});
  Variable v(num(0));
  struct Given {
    std::function<Tensor(const Tensor&)> f;
    const char* why;
  };
  const Given given[] = {
      {[](const Tensor& t) { return nonzero(greater(t, num(0))); }, "decides a shape"},
      {[](const Tensor& t) { return range(num(0), reduce_sum(t), num(1)); }, "decides a shape"},
      {[&](const Tensor& t) {
         v.assign_add(num(1));
         return t;
       },
       "assigned"},
      {[](const Tensor& t) {
         note_exit(t, "was read");
         return t;
       },
       "was read"},
  };
  for (const Given& g : given) {
    std::string why;
    std::optional<Tensors> got =
        vectorized([&](const Tensors& in) -> Tensors { return {g.f(in[0])}; }, {x}, 3, why);
    EXPECT_FALSE(got.has_value());
    EXPECT_NE(why.find(g.why), std::string::npos) << why;
  }
  EXPECT_EQ(number(v.read()), 0);
  EXPECT_FALSE(any_tape_active());
  EXPECT_EQ(t_function_traces, 0);
}

TEST(Vectorized, TapesInsideSeeEachSlice) {
  auto gradient = [](const Tensors& in) -> Tensors {
    GradientTape tape;
    tape.watch(in[0]);
    Tensor y = reduce_sum(softmax(in[0]) * sin(in[0]));
    return {tape.gradient(y, in[0])};
  };
  check_vectorized(gradient, {sample({5, 3})});
  // What a rule keeps beside operands and results is known for the first slice alone.
  auto sorted = [](const Tensors& in) -> Tensors {
    GradientTape tape;
    tape.watch(in[0]);
    Tensor y = reduce_sum(sort(in[0], 0, false) * iota({3}));
    return {tape.gradient(y, in[0])};
  };
  std::string why;
  EXPECT_FALSE(vectorized(sorted, {sample({5, 3})}, 5, why).has_value());
}

TEST(Vectorized, TapesOutsideSeeTheBatch) {
  Tensor w = sample({3}, 2);
  check_gradient(
      [&](const Tensors& in) {
        std::string why;
        auto f = [&](const Tensors& row) -> Tensors { return {exp(row[0]) * in[1]}; };
        return vectorized(f, {in[0]}, 4, why).value()[0];
      },
      {sample({4, 3}), w});
}

TEST(Vectorized, OfNoSlicesAndOfConstants) {
  std::string why;
  auto f = [](const Tensors& in) -> Tensors { return {in[0] * num(2), num(7)}; };
  Tensors none = vectorized(f, {zeros({0, 3}, DType::kFloat64)}, 0, why).value();
  EXPECT_EQ(tuple_text(none[0].shape()), "(0, 3)");
  EXPECT_EQ(tuple_text(none[1].shape()), "(0,)");
  Tensors two = vectorized(f, {vec({1, 2})}, 2, why).value();
  expect_tensor(two[0], {2, 4}, {2});
  expect_tensor(two[1], {7, 7}, {2});
}

}  // namespace
}  // namespace pyten

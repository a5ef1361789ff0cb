// Convolution and pooling kernels of every level against loops over the definition in windows.h.
// Elements are small whole numbers, so that sums are exact in any order and must be equal.
#include "kernels/windows.h"

#include <gtest/gtest.h>

#include "kernels/threads.h"
#include "kernels_testing.h"

namespace pyten::kernels {
namespace {

struct Case {
  int64_t batch, groups, in_channels, out_channels;
  Window window;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  out << "batch=" << c.batch << " groups=" << c.groups << " channels=" << c.in_channels << "->"
      << c.out_channels;
  for (int d = 0; d < 3; ++d) {
    const Window& w = c.window;
    out << " (in=" << w.in[d] << " kernel=" << w.kernel[d] << " out=" << w.out[d]
        << " stride=" << w.stride[d] << " dilation=" << w.dilation[d] << " pad=" << w.pad[d] << ")";
  }
  return out;
}

// Along one axis: as many places as lie within the padded input.
struct Axis {
  int64_t in, kernel, stride = 1, dilation = 1, before = 0, after = 0;
};
void set_axis(Window& w, int d, const Axis& a) {
  int64_t span = (a.kernel - 1) * a.dilation + 1, room = a.before + a.in + a.after - span;
  w.in[d] = a.in, w.kernel[d] = a.kernel, w.stride[d] = a.stride, w.dilation[d] = a.dilation;
  w.pad[d] = a.before, w.out[d] = room < 0 ? 0 : room / a.stride + 1;
}
Case make_case(int64_t batch, int64_t groups, int64_t in, int64_t out, std::vector<Axis> axes) {
  Case c{batch, groups, in, out, {}};
  while (axes.size() < 3) axes.insert(axes.begin(), {1, 1});
  for (int d = 0; d < 3; ++d) set_axis(c.window, d, axes[size_t(d)]);
  return c;
}

int64_t volume(const int64_t* sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// f(input place, tap, output place), each flattened, for every tap that is inside the input.
template <typename F>
void each_read(const Window& w, F&& f) {
  for (int64_t o = 0; o < volume(w.out); ++o) {
    for (int64_t k = 0; k < volume(w.kernel); ++k) {
      int64_t at_o[3] = {o / w.out[2] / w.out[1], o / w.out[2] % w.out[1], o % w.out[2]};
      int64_t at_k[3] = {k / w.kernel[2] / w.kernel[1], k / w.kernel[2] % w.kernel[1],
                         k % w.kernel[2]};
      int64_t i = 0;
      bool inside = true;
      for (int d = 0; d < 3; ++d) {
        int64_t at = at_o[d] * w.stride[d] + at_k[d] * w.dilation[d] - w.pad[d];
        inside = inside && at >= 0 && at < w.in[d];
        i = i * w.in[d] + at;
      }
      if (inside) f(i, k, o);
    }
  }
}

// f(x, filter, y), the elements that meet, in every image and group.
template <typename F>
void each_product(const Case& c, F&& f) {
  int64_t part = c.in_channels / c.groups, outs = c.out_channels / c.groups;
  int64_t places_in = volume(c.window.in), places_out = volume(c.window.out);
  each_read(c.window, [&](int64_t i, int64_t k, int64_t o) {
    for (int64_t n = 0; n < c.batch; ++n) {
      for (int64_t y = 0; y < c.out_channels; ++y) {
        for (int64_t x = 0; x < part; ++x) {
          f((n * places_in + i) * c.in_channels + y / outs * part + x,
            (k * part + x) * c.out_channels + y, (n * places_out + o) * c.out_channels + y);
        }
      }
    }
  });
}

Buffer whole_numbers(DType d, int64_t n, uint64_t seed) {
  Dice random(seed);
  Buffer b(d, n);
  for (int64_t i = 0; i < n; ++i) b.set(i, double(random.below(9) - 4));
  return b;
}

// All three kinds of loop: each writes one of the three tensors, whose memory holds NaN before.
void check_conv(const Table& t, DType d, const Case& c) {
  int64_t sizes[] = {c.batch * volume(c.window.in) * c.in_channels,
                     volume(c.window.kernel) * c.in_channels / c.groups * c.out_channels,
                     c.batch * volume(c.window.out) * c.out_channels};
  constexpr int kWritten[] = {2, 0, 1};  // by forward, input_gradient, filter_gradient
  for (int kind = 0; kind < int(Conv::kCount); ++kind) {
    SCOPED_TRACE(testing::Message() << t.name << " " << name_of(d) << " kind=" << kind << " " << c);
    std::vector<Buffer> operands;
    for (int i = 0; i < 3; ++i) operands.push_back(whole_numbers(d, sizes[i], uint64_t(i) + 1));
    Buffer& result = operands[size_t(kWritten[kind])];
    std::vector<double> want(size_t(result.size()), 0.0);
    each_product(c, [&](int64_t x, int64_t filter, int64_t y) {
      int64_t at[] = {x, filter, y};
      double product = 1;
      for (int i = 0; i < 3; ++i) {
        if (i != kWritten[kind]) product *= operands[size_t(i)].get(at[i]);
      }
      want[size_t(at[kWritten[kind]])] += product;
    });
    for (int64_t i = 0; i < result.size(); ++i) result.set(i, std::nan(""));
    ConvArgs args{operands[0].data(), operands[1].data(), operands[2].data(), c.batch,
                  c.groups,           c.in_channels,      c.out_channels,     c.window};
    t.conv[kind][int(d)](args);
    int wrong = 0;
    for (int64_t i = 0; i < result.size(); ++i) {
      if (result.get(i) != want[size_t(i)] && ++wrong < 4) {
        ADD_FAILURE() << "at " << i << ": " << result.get(i) << ", not " << want[size_t(i)];
      }
    }
    EXPECT_EQ(wrong, 0);
  }
}

class Windows : public testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { set_thread_count(0); }
  const Table& t = *cpu_level(GetParam());
  const std::vector<DType> floats = {DType::kFloat32, DType::kFloat64};
};

TEST_P(Windows, ConvolutionsOfEveryGeometry) {
  std::vector<Axis> axes = {{7, 3},
                            {7, 3, 1, 1, 1, 1},  // SAME
                            {8, 3, 2, 1, 0, 1},  // SAME with stride, uneven
                            {9, 2, 3},           // places that no window reads
                            {9, 3, 1, 2, 2, 2},  // dilation
                            {9, 3, 2, 3, 1, 4},  // dilation and stride
                            {4, 1, 2},           // taps fewer than the stride
                            {2, 5, 1, 1, 4, 4},  // a window greater than the input
                            {3, 2, 1, 1, 3, 3},  // windows wholly outside
                            {5, 5},              // one place
                            {1, 1}};
  for (DType d : floats) {
    for (size_t i = 0; i < axes.size(); ++i) {
      const Axis &a = axes[i], &b = axes[(i + 3) % axes.size()], &e = axes[(i + 7) % axes.size()];
      check_conv(t, d, make_case(2, 1, 3, 5, {a}));
      check_conv(t, d, make_case(2, 1, 3, 5, {a, b}));
      check_conv(t, d, make_case(1, 1, 2, 3, {a, b, e}));
      check_conv(t, d, make_case(2, 2, 4, 6, {b, a}));
      check_conv(t, d, make_case(2, 5, 5, 5, {a, b}));  // depthwise
      check_conv(t, d, make_case(1, 3, 3, 3, {e, a, b}));
    }
  }
}

// Around the sizes of vectors and tiles, on both sides of them.
TEST_P(Windows, ConvolutionsOfEveryNumberOfChannels) {
  for (DType d : floats) {
    for (int64_t n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 65}) {
      std::vector<Axis> axes = {{5, 3, 1, 1, 1, 1}, {6, 2, 2}};
      check_conv(t, d, make_case(1, 1, n, 3, axes));
      check_conv(t, d, make_case(1, 1, 3, n, axes));
      check_conv(t, d, make_case(1, 1, n, n, {{4, 1}, {3, 1}}));  // a product of matrices
      check_conv(t, d, make_case(2, n, n, n, axes));              // depthwise (one group for n = 1)
      check_conv(t, d, make_case(1, 2, 2 * n, 4, axes));
      check_conv(t, d, make_case(1, 2, 4, 2 * n, axes));
      check_conv(t, d, make_case(1, n, n, 2 * n, axes));  // two outputs a group
    }
  }
}

// More places than one unit of work has, and sums over places in several parts.
TEST_P(Windows, LargeConvolutionsOnAnyNumberOfThreads) {
  for (int threads : {1, 3}) {
    set_thread_count(threads);
    check_conv(t, DType::kFloat32,
               make_case(3, 1, 8, 16, {{30, 3, 1, 1, 1, 1}, {41, 3, 1, 1, 1, 1}}));
    check_conv(t, DType::kFloat64, make_case(2, 2, 6, 8, {{25, 5, 2}, {700, 3, 1, 2, 2, 2}}));
    check_conv(t, DType::kFloat32, make_case(4, 1, 1, 7, {{2000, 9, 1, 1, 4, 4}}));
    check_conv(t, DType::kFloat32,
               make_case(2, 20, 20, 20, {{33, 3, 1, 1, 1, 1}, {40, 3, 2, 1, 1, 1}}));
    check_conv(t, DType::kFloat32,
               make_case(1, 1, 5, 6, {{9, 3}, {12, 3, 1, 1, 1, 1}, {14, 2, 2}}));
    // A slab of rows that is too large for one unit.
    check_conv(t, DType::kFloat32, make_case(1, 1, 130, 2, {{6, 5, 1, 1, 2, 2}, {300, 3}}));
  }
}

// -- Pooling --------------------------------------------------------------------------------------
bool beats(double x, double best) { return x > best || (std::isnan(x) && !std::isnan(best)); }

Buffer pool_numbers(DType d, int64_t n, uint64_t seed, bool ties) {
  Dice random(seed);
  Buffer b(d, n);
  for (int64_t i = 0; i < n; ++i) {
    int64_t v = random.below(ties ? 4 : 120);
    b.set(i, ties && random.below(20) == 0 ? std::nan("") : double(v - 60));
  }
  return b;
}

void check_max(const Table& t, DType d, const Case& c, bool ties) {
  SCOPED_TRACE(testing::Message() << t.name << " " << name_of(d) << " ties=" << ties << " " << c);
  const int64_t channels = c.in_channels, image = volume(c.window.in) * channels;
  Buffer x = pool_numbers(d, c.batch * image, 5, ties);
  int64_t size = c.batch * volume(c.window.out) * channels;
  std::vector<int32_t> want(size_t(size), -1);
  each_read(c.window, [&](int64_t i, int64_t, int64_t o) {
    for (int64_t n = 0; n < c.batch; ++n) {
      for (int64_t j = 0; j < channels; ++j) {
        int32_t& place = want[size_t((n * volume(c.window.out) + o) * channels + j)];
        int64_t at = i * channels + j;
        if (place < 0 || beats(x.get(n * image + at), x.get(n * image + place))) {
          place = int32_t(at);
        }
      }
    }
  });
  Buffer y(d, size), alone(d, size);
  std::vector<int32_t> places(size_t(size) + 1, 77);
  PoolArgs args{x.data(), y.data(), places.data(), c.batch, channels, c.window};
  t.pool[int(Pool::max)][int(d)](args);
  args.y = alone.data(), args.places = nullptr;
  t.pool[int(Pool::max)][int(d)](args);
  EXPECT_EQ(places.back(), 77);
  for (int64_t i = 0; i < size; ++i) {
    int32_t at = want[size_t(i)];
    ASSERT_EQ(places[size_t(i)], at) << "at " << i;
    if (at < 0) continue;
    double greatest = x.get(i / channels / volume(c.window.out) * image + at);
    ASSERT_TRUE(near(d, y.get(i), greatest, 0)) << "at " << i << ": " << y.get(i);
    ASSERT_TRUE(near(d, alone.get(i), greatest, 0)) << "at " << i << ": " << alone.get(i);
  }
}

// The mean, and its adjoint: sums of dy / count.
void check_average(const Table& t, DType d, const Case& c) {
  SCOPED_TRACE(testing::Message() << t.name << " " << name_of(d) << " " << c);
  const int64_t channels = c.in_channels, places = volume(c.window.out);
  Buffer x = whole_numbers(d, c.batch * volume(c.window.in) * channels, 6);
  Buffer dy = whole_numbers(d, c.batch * places * channels, 7);
  std::vector<double> count(size_t(places), 0), sum(size_t(dy.size()), 0.0);
  std::vector<double> back(size_t(x.size()), 0.0);
  auto each = [&](auto&& f) {
    each_read(c.window, [&](int64_t i, int64_t, int64_t o) {
      for (int64_t n = 0; n < c.batch; ++n) {
        for (int64_t j = 0; j < channels; ++j) {
          f((n * volume(c.window.in) + i) * channels + j, (n * places + o) * channels + j, o);
        }
      }
    });
  };
  each_read(c.window, [&](int64_t, int64_t, int64_t o) { count[size_t(o)] += 1; });
  each([&](int64_t i, int64_t j, int64_t o) {
    sum[size_t(j)] += x.get(i);
    back[size_t(i)] += dy.get(j) / count[size_t(o)];
  });
  Buffer y(d, dy.size()), dx(d, x.size());
  for (int64_t i = 0; i < y.size(); ++i) y.set(i, std::nan(""));
  for (int64_t i = 0; i < dx.size(); ++i) dx.set(i, std::nan(""));
  t.pool[int(Pool::average)][int(d)]({x.data(), y.data(), nullptr, c.batch, channels, c.window});
  t.pool[int(Pool::average_gradient)][int(d)](
      {dx.data(), dy.data(), nullptr, c.batch, channels, c.window});
  for (int64_t i = 0; i < y.size(); ++i) {
    double n = count[size_t(i / channels % places)];
    ASSERT_TRUE(near(d, y.get(i), n == 0 ? 0 : sum[size_t(i)] / n, 0.5 + 1e-6)) << "at " << i;
  }
  double tolerance = (d == DType::kFloat32 ? 1e-6 : 1e-15) * double(volume(c.window.kernel)) * 8;
  for (int64_t i = 0; i < dx.size(); ++i) {
    ASSERT_NEAR(dx.get(i), back[size_t(i)], tolerance) << "at " << i;
  }
}

std::vector<Case> pool_cases() {
  std::vector<Case> cases;
  for (int64_t channels : {1, 3, 8, 17, 33}) {
    cases.push_back(make_case(2, 1, channels, channels, {{7, 2, 2}}));
    cases.push_back(make_case(1, 1, channels, channels, {{7, 3, 2, 1, 1, 1}, {6, 2, 2}}));
    cases.push_back(make_case(2, 1, channels, channels, {{9, 3, 1, 2, 2, 2}, {5, 2, 3, 1, 0, 1}}));
    cases.push_back(make_case(1, 1, channels, channels, {{4, 2}, {5, 3, 1, 1, 1, 1}, {6, 2, 2}}));
    cases.push_back(make_case(1, 1, channels, channels, {{3, 2, 1, 1, 3, 3}}));  // some outside
  }
  cases.push_back(make_case(3, 1, 40, 40, {{40, 3, 1, 1, 1, 1}, {50, 3, 1, 1, 1, 1}}));
  return cases;
}

TEST_P(Windows, MaximaAndTheirPlaces) {
  for (const Case& c : pool_cases()) {
    for (DType d : floats) {
      check_max(t, d, c, false);
      check_max(t, d, c, true);
    }
  }
}

TEST_P(Windows, Means) {
  for (int threads : {1, 3}) {
    set_thread_count(threads);
    for (const Case& c : pool_cases()) {
      for (DType d : floats) check_average(t, d, c);
    }
  }
}

TEST_P(Windows, PlacesAreTakenAndPut) {
  for (DType d : floats) {
    const int64_t batch = 3, size_x = 11, size_y = 29;
    Buffer x = whole_numbers(d, batch * size_x, 8), dy = whole_numbers(d, batch * size_y, 9);
    Dice random(10);
    std::vector<int32_t> places;
    for (int64_t i = 0; i < batch * size_y; ++i) places.push_back(int32_t(random.below(12)) - 1);
    std::vector<double> taken(size_t(batch * size_y), 0.0), put(size_t(batch * size_x), 0.0);
    for (int64_t i = 0; i < batch * size_y; ++i) {
      int64_t at = i / size_y * size_x + places[size_t(i)];
      if (places[size_t(i)] < 0) continue;
      taken[size_t(i)] = x.get(at);
      put[size_t(at)] += dy.get(i);
    }
    Buffer y(d, batch * size_y), dx(d, batch * size_x);
    t.take_places[int(d)]({x.data(), y.data(), places.data(), batch, size_x, size_y});
    t.put_places[int(d)]({dx.data(), dy.data(), places.data(), batch, size_x, size_y});
    for (int64_t i = 0; i < y.size(); ++i) EXPECT_EQ(y.get(i), taken[size_t(i)]);
    for (int64_t i = 0; i < dx.size(); ++i) EXPECT_EQ(dx.get(i), put[size_t(i)]);
  }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Windows, testing::ValuesIn(levels_under_test()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace pyten::kernels

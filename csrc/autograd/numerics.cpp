#include "autograd/numerics.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "kernels/threads.h"
#include "kernels/watch.h"
#include "ops/function.h"
#include "ops/placement.h"

namespace pyten::numerics {

namespace {

std::shared_ptr<const Place> (*g_locate)() = nullptr;
PYTEN_THREAD_LOCAL BackwardStep* t_step = nullptr;
PYTEN_THREAD_LOCAL int t_path_limit = 50;

// -- Is it finite? --------------------------------------------------------------------------------

// An exponent of all ones, and nothing else, carries into the sign when one is added to it. So one
// 64-bit word tests one double, two floats or four halves, and `|` collects the answers.
struct Pattern {
  uint64_t magnitude, one, sign;
  uint64_t exponent() const { return sign - one; }
};

// Kept in memory and passed by reference: putting one together on the stack, only to read it back
// as a vector, took as long as looking at 2 KB.
constexpr Pattern kFloat16Pattern{0x7fff7fff7fff7fff, 0x0400040004000400, 0x8000800080008000};
constexpr Pattern kBFloat16Pattern{0x7fff7fff7fff7fff, 0x0080008000800080, 0x8000800080008000};
constexpr Pattern kFloat32Pattern{0x7fffffff7fffffff, 0x0080000000800000, 0x8000000080000000};
constexpr Pattern kFloat64Pattern{0x7fffffffffffffff, 0x0010000000000000, 0x8000000000000000};

const Pattern& pattern_of(DType dtype) {
  switch (real_of(dtype)) {
    case DType::kFloat16: return kFloat16Pattern;
    case DType::kBFloat16: return kBFloat16Pattern;
    case DType::kFloat32: return kFloat32Pattern;
    default: return kFloat64Pattern;
  }
}

bool finite_words(const char* data, int64_t bytes, const Pattern& p) {
  uint64_t found = 0;
  auto test = [&](uint64_t word) { found |= (word & p.magnitude) + p.one; };
  int64_t at = 0;
  for (; at + 8 <= bytes; at += 8) {
    uint64_t word;
    std::memcpy(&word, data + at, 8);
    test(word);
  }
  // What is left is less than a word: a float, or up to three halves.
  for (; at + 4 <= bytes; at += 4) {
    uint32_t word;
    std::memcpy(&word, data + at, 4);
    test(word);
  }
  for (; at < bytes; at += 2) {
    uint16_t word;
    std::memcpy(&word, data + at, 2);
    test(word);
  }
  return (found & p.sign) == 0;
}

#if defined(__x86_64__)
// Looks for the largest exponent instead, sixteen bits at a time, which hold any dtype's exponent
// whole: one instruction less for each vector.
__attribute__((target("avx2"))) bool finite_avx2(const char* data, int64_t bytes,
                                                 const Pattern& p) {
  if (bytes < 32) return finite_words(data, bytes, p);
  const __m256i exponent = _mm256_set1_epi64x(int64_t(p.exponent()));
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
  auto at = [&](int64_t i) __attribute__((target("avx2"), always_inline)) {
    return _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + i)),
                            exponent);
  };
  int64_t i = 0;
  for (; i + 128 <= bytes; i += 128) {
    a = _mm256_max_epu16(a, at(i));
    b = _mm256_max_epu16(b, at(i + 32));
    c = _mm256_max_epu16(c, at(i + 64));
    d = _mm256_max_epu16(d, at(i + 96));
  }
  for (; i + 32 <= bytes; i += 32) a = _mm256_max_epu16(a, at(i));
  a = _mm256_max_epu16(_mm256_max_epu16(a, b), _mm256_max_epu16(c, d));
  // Where the mask has no bits, 0 equals 0, and testz looks at none.
  bool finite = _mm256_testz_si256(_mm256_cmpeq_epi16(a, exponent), exponent);
  _mm256_zeroupper();  // else SSE code after this waits; GCC forgets it here
  return finite && finite_words(data + i, bytes - i, p);
}
#endif

using Finite = bool (*)(const char* data, int64_t bytes, const Pattern& p);

Finite fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return finite_avx2;
#endif
  return finite_words;
}

const Finite finite_bytes = fastest();

// -- The report -----------------------------------------------------------------------------------

struct Count {
  int64_t size = 0, nan = 0, infinite = 0;
  int64_t first = -1;  // the first that is not finite, in row-major order
  double first_value = 0;
  double low = std::numeric_limits<double>::infinity();  // of the finite ones
  double high = -low;
  int64_t bad() const { return nan + infinite; }
};

Count count_of(const Tensor& t) {
  Count c;
  c.size = t.size();
  if (t.dtype() == DType::kBool) return c;
  PauseRecording pause;
  Tensor wide = on_host(cast(contiguous(is_complex(t.dtype()) ? abs(t) : t), DType::kFloat64));
  const double* x = wide.data_as<double>();
  for (int64_t i = 0; i < c.size; ++i) {
    if (std::isfinite(x[i])) {
      c.low = std::min(c.low, x[i]);
      c.high = std::max(c.high, x[i]);
      continue;
    }
    (std::isnan(x[i]) ? c.nan : c.infinite)++;
    if (c.first < 0) {
      c.first = i;
      c.first_value = x[i];
    }
  }
  return c;
}

std::string number(double x) {
  if (std::isnan(x)) return "nan";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", x);
  return buffer;
}

// "1 NaN and 2 infinities".
std::string kinds(const Count& c) {
  std::string out;
  if (c.nan) out = text(c.nan, " NaN");
  if (c.infinite) {
    out += text(c.nan ? " and " : "", c.infinite, c.infinite == 1 ? " infinity" : " infinities");
  }
  return out;
}

std::string range(const Count& c, DType dtype) {
  if (c.size == 0) return "empty";
  if (dtype == DType::kBool) return "";
  if (c.low > c.high) return "no finite element";
  const char* what = is_complex(dtype) ? "absolute values " : "";
  if (c.low == c.high) return text(what, "all ", number(c.low));
  return text(what, "from ", number(c.low), " to ", number(c.high));
}

std::string index_text(int64_t flat, const Shape& shape) {
  std::vector<int64_t> at(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    at[d] = flat % shape[d];
    flat /= shape[d];
  }
  std::string out = "[";
  for (size_t d = 0; d < at.size(); ++d) out += text(d ? ", " : "", at[d]);
  return out + "]";
}

std::string line_of(const std::string& name, const Tensor& t, const Count& c) {
  std::string about = range(c, t.dtype());
  std::string out = text("\n  ", name, ": ", name_of(t.dtype()), " ", tuple_text(t.shape()));
  if (!c.bad()) return about.empty() ? out : text(out, ", ", about);
  out += text(", ", kinds(c));
  if (c.size > 1) {
    out += text(" in ", c.size, " elements, the first at ", index_text(c.first, t.shape()), " (",
                number(c.first_value), ")");
  } else {
    out += text(" (", number(c.first_value), ")");
  }
  return c.size == c.bad() ? out : text(out, ", the rest ", about);
}

std::string line_of(const Place& place, const char* what) {
  std::string file = place.file();
  if (t_path_limit > 0 && file.size() > size_t(t_path_limit)) {
    file = "..." + file.substr(file.size() - size_t(t_path_limit));
  }
  std::string source = place.source();
  if (source.size() > 80) source = source.substr(0, 77) + "...";
  return text("\n  ", what, file, ":", place.line(), source.empty() ? "" : ": ", source);
}

std::string name_of_call(const Op& op, const Attrs& attrs) {
  for (const auto& [key, value] : attrs) {
    if (std::string_view(key) == "function") {
      if (auto* name = std::get_if<std::string>(&value)) return *name;
    }
  }
  return op.name;
}

// What the op's own documentation calls its operands.
std::vector<std::string> operand_names(const std::string& op, size_t count) {
  std::vector<std::string> names;
  for (const Function& f : functions()) {
    if (op != f.name) continue;
    for (const Param& p : f.params) {
      if (p.kind == Kind::kTensors) {
        for (size_t i = 0; names.size() < count; ++i) names.push_back(text(p.name, "[", i, "]"));
      }
      bool is_tensor =
          p.kind == Kind::kTensor || p.kind == Kind::kIndices || p.kind == Kind::kAnyTensor;
      if (is_tensor) names.push_back(p.name);
    }
  }
  if (names.size() == count) return names;
  names.clear();
  for (size_t i = 0; i < count; ++i) names.push_back(text("operand ", i));
  return names;
}

// An op that hands elements on and computes none: what it shows was there before.
bool only_moves(const Op& op) {
  static constexpr std::string_view kMoves[] = {
      "broadcast_to",  "concat",        "copy",
      "contiguous",    "diag",          "diag_part",
      "expand_dims",   "fill",          "gather",
      "gather_nd",     "identity",      "index",
      "pad",           "repeat",        "reshape",
      "reverse",       "roll",          "scatter_nd",
      "set_diag",      "slice",         "sort",
      "split",         "squeeze",       "stack",
      "stop_gradient", "strided_slice", "tensor_scatter_nd_update",
      "tile",          "top_k",         "transpose",
      "unstack",       "where",
  };
  return std::find(std::begin(kMoves), std::end(kMoves), op.name) != std::end(kMoves);
}

// A place from which a gradient was asked for, for a call that a rule made.
class RulePlace final : public Place {
 public:
  RulePlace(std::shared_ptr<const Place> at, const char* rule_of,
            std::shared_ptr<const Place> forward)
      : at_(std::move(at)), rule_of_(rule_of), forward_(std::move(forward)) {}
  std::string file() const override { return at_->file(); }
  int line() const override { return at_->line(); }
  std::string source() const override { return at_->source(); }
  const char* rule_of() const override { return rule_of_; }
  const Place* forward() const override { return forward_.get(); }

 private:
  std::shared_ptr<const Place> at_;
  const char* rule_of_;
  std::shared_ptr<const Place> forward_;
};

// A call whose result was not finite. Tensors do not change, so that it can be judged later.
struct Found {
  std::string name;
  Tensors inputs;
  Tensor output;
  std::shared_ptr<const Place> place;

  Found(const Call& call, const Tensor& out)
      : name(name_of_call(call.op, call.attrs)),
        inputs(call.inputs.begin(), call.inputs.end()),
        output(out),
        place(here()) {}

  [[noreturn]] void raise(const Entry* rule_of) const {
    constexpr size_t kMost = 3;  // operands shown
    Count result = count_of(output);
    std::vector<std::string> names = operand_names(name, inputs.size());
    std::vector<std::pair<size_t, Count>> operands;
    for (size_t i = 0; i < inputs.size(); ++i) operands.emplace_back(i, count_of(inputs[i]));
    std::string culprits;
    for (const auto& [i, c] : operands) {
      if (c.bad()) culprits += text(culprits.empty() ? "" : " and ", names[i]);
    }
    if (operands.size() > kMost) {
      std::stable_sort(operands.begin(), operands.end(), [](const auto& a, const auto& b) {
        return (a.second.bad() > 0) > (b.second.bad() > 0);
      });
    }

    std::string message = name;
    if (rule_of)
      message += text(", in the gradient of ", name_of_call(*rule_of->op, rule_of->attrs));
    if (culprits.empty()) {
      message += text(": Detected Infinity or NaN: made ", kinds(result), " of finite operands");
    } else {
      message += text(": Detected Infinity or NaN: not made here, but came in from outside with ",
                      culprits);
    }
    message += line_of("result", output, result);
    for (size_t k = 0; k < operands.size() && k < kMost; ++k) {
      const auto& [i, c] = operands[k];
      message += line_of(names[i], inputs[i], c);
    }
    if (operands.size() > kMost) {
      message += text("\n  and ", operands.size() - kMost, " more operands");
    }
    if (rule_of && rule_of->place) {
      message += line_of(*rule_of->place, "recorded at ");
      const Place& recorded = *rule_of->place;
      if (recorded.forward()) {
        message += text(", in the gradient of ", recorded.rule_of());
        message += line_of(*recorded.forward(), "recorded at ");
      }
    }
    if (place) message += line_of(*place, rule_of ? "gradient at " : "at ");
    fail(ErrorKind::kInvalidArgument, message);
  }
};

bool watched_piece(const char* data, int64_t bytes, DType dtype) {
  return !is_inexact(dtype) || finite_bytes(data, bytes, pattern_of(dtype));
}

PYTEN_THREAD_LOCAL kernels::Watch t_own_watch{&watched_piece};

bool shares_memory(const Tensor& out, std::span<const Tensor> inputs) {
  const Storage* storage = out.impl()->storage.get();
  for (const Tensor& t : inputs) {
    if (t.defined() && t.impl()->storage.get() == storage) return true;
  }
  return false;
}

}  // namespace

bool all_finite(const Tensor& t) {
  if (!is_inexact(t.dtype()) || t.size() == 0) return true;
  if (!t.device().is_cpu()) [[unlikely]]
    return all_finite(on_host(t));
  if (!t.is_contiguous()) {
    PauseRecording pause;
    return all_finite(contiguous(t));
  }
  constexpr int64_t kTile = 1 << 18;  // bytes worth a thread's while
  const char* data = static_cast<const char*>(t.data());
  int64_t bytes = int64_t(t.nbytes());
  const Pattern& p = pattern_of(t.dtype());
  if (bytes <= kTile) return finite_bytes(data, bytes, p);
  std::atomic<bool> finite{true};
  parallel_for((bytes + kTile - 1) / kTile, 1, [&](int64_t begin, int64_t end) {
    int64_t stop = std::min(end * kTile, bytes);
    if (!finite_bytes(data + begin * kTile, stop - begin * kTile, p)) {
      finite.store(false, std::memory_order_relaxed);
    }
  });
  return finite.load();
}

void watch(bool on) { kernels::t_watch = on ? &t_own_watch : nullptr; }

struct BackwardStep::Suspect : Found {
  using Found::Found;
};

void check(const Call& call) {
  for (const Tensor& out : call.outputs) {
    if (!out.defined() || !is_inexact(out.dtype()) || shares_memory(out, call.inputs)) continue;
    if (all_finite(out)) [[likely]]
      continue;
    if (only_moves(call.op)) return;
    if (t_step == nullptr) Found(call, out).raise(nullptr);
    if (!t_step->suspect_) t_step->suspect_ = std::make_unique<BackwardStep::Suspect>(call, out);
    return;
  }
}

void check_assigned(const char* op, const std::string& variable, const Tensor& value,
                    const Tensor& given, const Tensor& before) {
  if (all_finite(value)) return;
  Count in = count_of(given), old = before.defined() ? count_of(before) : Count();
  std::string message = text(op, ": Detected Infinity or NaN: ");
  message += in.bad()    ? "the value came in from outside"
             : old.bad() ? "not made here: the variable held it already"
                         : text("made ", kinds(count_of(value)), " of finite operands");
  message += text("; variable ", variable, ":0 keeps its value");
  if (!value.same(given)) message += line_of("result", value, count_of(value));
  if (before.defined()) message += line_of("variable", before, old);
  message += line_of(before.defined() ? "delta" : "value", given, in);
  if (auto place = here()) message += line_of(*place, "at ");
  fail(ErrorKind::kInvalidArgument, message);
}

BackwardStep::BackwardStep(const Entry& entry) : entry_(entry), outer_(t_step) { t_step = this; }

BackwardStep::~BackwardStep() { t_step = outer_; }

void BackwardStep::check(const Tensor& gradient) {
  if (!suspect_ && !entry_.custom) return;
  if (all_finite(gradient)) return;
  if (suspect_) suspect_->raise(&entry_);
  // A rule of the user's that computed it where we do not see, in NumPy say.
  const Op op{"the result"};
  Attrs none;
  std::shared_ptr<CustomRule> no_rule;
  Found(Call{op, {}, {&gradient, 1}, {}, none, no_rule}, gradient).raise(&entry_);
}

std::shared_ptr<const Place> here() {
  if (g_locate == nullptr) return nullptr;
  std::shared_ptr<const Place> place = g_locate();
  if (!place || t_step == nullptr) return place;
  const Entry& entry = t_step->entry_;
  return std::make_shared<RulePlace>(std::move(place), entry.op->name, entry.place);
}

void set_locator(std::shared_ptr<const Place> (*locate)()) { g_locate = locate; }

void set_path_limit(int characters) { t_path_limit = characters; }

}  // namespace pyten::numerics

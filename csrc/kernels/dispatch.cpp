// Which instruction-set level runs here, and its table.
#include <cstdlib>

#include "core/error.h"
#include "kernels/fill.h"

namespace pyten::kernels {

#define PYTEN_DECLARE_LEVEL(level) \
  namespace level {                \
  void fill(Table& t, Parts& p);   \
  }
PYTEN_DECLARE_LEVEL(baseline)
#if PYTEN_HAVE_AVX2
PYTEN_DECLARE_LEVEL(avx2)
#endif
#if PYTEN_HAVE_AVX512
PYTEN_DECLARE_LEVEL(avx512)
#endif
#if PYTEN_HAVE_NEON
PYTEN_DECLARE_LEVEL(neon)
#endif

namespace {

#if defined(__x86_64__)
[[maybe_unused]] bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
[[maybe_unused]] bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512cd");
}
#endif

struct Level {
  const char* name;
  void (*fill)(Table&, Parts&);
  bool (*supported)();
};

// Best first.
constexpr Level kLevels[] = {
#if PYTEN_HAVE_AVX512
    {"avx512", avx512::fill, has_avx512},
#endif
#if PYTEN_HAVE_AVX2
    {"avx2", avx2::fill, has_avx2},
#endif
#if PYTEN_HAVE_NEON
    {"neon", neon::fill, [] { return true; }},
#endif
    {"baseline", baseline::fill, [] { return true; }},
};

struct Tables {
  Table table;
  Parts parts;
};

template <int i>
const Tables& tables_of() {
  static const Tables& tables = []() -> const Tables& {
    static Tables all{};
    Table& t = all.table;
    t.name = kLevels[i].name;
    common::fill_real(t);
    common::fill_complex(t);
    common::fill_scan(t);
    common::fill_scatter(t);
    common::fill_take(t);
    common::fill_special(t);
    common::fill_array_math(t);
    common::fill_reduce_rest(t);
    common::fill_windows_rest(t);
    kLevels[i].fill(t, all.parts);
    return all;
  }();
  return tables;
}

template <int i = 0>
const Tables* find(const std::string& name) {
  if constexpr (i < int(sizeof(kLevels) / sizeof(kLevels[0]))) {
    if (name != kLevels[i].name) return find<i + 1>(name);
    return kLevels[i].supported() ? &tables_of<i>() : nullptr;
  } else {
    return nullptr;
  }
}

const Tables& choose() {
  const char* wanted = std::getenv("PYTEN_CPU_CAPABILITY");
  if (!wanted || !*wanted) return *find(cpu_capabilities().front());
  if (const Tables* t = find(wanted)) return *t;
  std::string choices;
  for (const std::string& name : cpu_capabilities()) {
    choices += (choices.empty() ? "" : ", ") + name;
  }
  bool known = false;
  for (const char* name : {"baseline", "avx2", "avx512", "neon"})
    known = known || wanted == std::string(name);
  fail(ErrorKind::kValue, "PYTEN_CPU_CAPABILITY: must be one of ", choices,
       " on this machine, got ", wanted, known ? ", which it does not support" : "");
}

}  // namespace

std::vector<std::string> cpu_capabilities() {
  std::vector<std::string> names;
  for (const Level& level : kLevels) {
    if (level.supported()) names.push_back(level.name);
  }
  return names;
}

const Table* cpu_level(const std::string& name) {
  const Tables* t = find(name);
  return t ? &t->table : nullptr;
}

namespace {
const Tables& chosen() {
  static const Tables& tables = choose();
  return tables;
}
}  // namespace

const Table& cpu() { return chosen().table; }
const Parts& cpu_parts() { return chosen().parts; }

}  // namespace pyten::kernels

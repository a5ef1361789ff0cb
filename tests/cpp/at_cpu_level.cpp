// at_cpu_level LEVEL PROGRAM [ARGS...]: runs PROGRAM with PYTEN_CPU_CAPABILITY=LEVEL, or exits with
// kSkipped when this machine lacks the level. It asks the processor itself, so it also checks the
// library's own detection.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr int kSkipped = 77;
constexpr int kFailed = 1;

bool machine_has(const std::string& level) {
  if (level == "baseline") return true;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi2");
  if (level == "avx2") return avx2;
  if (level == "avx512") {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd");
  }
#elif defined(__aarch64__)
  if (level == "neon") return true;
#endif
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: at_cpu_level LEVEL PROGRAM [ARGS...]\n");
    return kFailed;
  }
  if (!machine_has(argv[1])) {
    std::fprintf(stderr, "skipped: this machine has no %s\n", argv[1]);
    return kSkipped;
  }
  setenv("PYTEN_CPU_CAPABILITY", argv[1], 1);
  execv(argv[2], argv + 2);
  std::perror(argv[2]);
  return kFailed;
}

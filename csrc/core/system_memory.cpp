#include "core/system_memory.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "core/control_groups.h"

namespace pyten {
namespace {

#ifdef __linux__

// The number after `key` in a file of lines `key number`; -1 without.
int64_t number_in(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    int64_t n;
    if (word == key && file >> n) return n;
  }
  return -1;
}

int64_t number_in(const std::string& path) {
  std::ifstream file(path);
  int64_t n;
  return file >> n ? n : -1;  // the word `max` is no number
}

// A control group's limit less what it uses; file pages that can be dropped do not count. -1
// without a limit.
int64_t left_in(const std::string& limit, const std::string& used, const std::string& statistics,
                const std::string& droppable) {
  int64_t most = number_in(limit), now = number_in(used);
  if (most < 0 || now < 0) return -1;
  return std::max<int64_t>(0, most - now + std::max<int64_t>(0, number_in(statistics, droppable)));
}

#endif

}  // namespace

int64_t available_memory() {
#ifdef __linux__
  int64_t free = number_in("/proc/meminfo", "MemAvailable:");
  if (free < 0) return -1;
  free = 1024 * (free + std::max<int64_t>(0, number_in("/proc/meminfo", "SwapFree:")));
  for (const std::string& group : control_group_folders("memory")) {
    for (int64_t left : {left_in(group + "/memory.max", group + "/memory.current",
                                 group + "/memory.stat", "inactive_file"),
                         left_in(group + "/memory.limit_in_bytes", group + "/memory.usage_in_bytes",
                                 group + "/memory.stat", "total_inactive_file")}) {
      if (left >= 0) free = std::min(free, left);
    }
  }
  return free;
#else
  return -1;
#endif
}

}  // namespace pyten

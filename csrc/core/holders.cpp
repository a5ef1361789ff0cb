#include "core/holders.h"

#include <algorithm>
#include <cstdio>

namespace pyten {

std::vector<Holder> Holders::largest(size_t count) const {
  std::unordered_map<std::string, Holder> groups;
  for (const auto& [block, held] : blocks_) {
    std::string what = std::string(name_of(held.dtype)) + " " + brackets(held.shape);
    Holder& group = groups.try_emplace(what, Holder{what, 0, 0}).first->second;
    ++group.count;
    group.bytes += held.bytes;
  }
  std::vector<Holder> all;
  for (auto& [what, group] : groups) all.push_back(std::move(group));
  std::sort(all.begin(), all.end(), [](const Holder& a, const Holder& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.what < b.what;
  });
  if (all.size() > count) all.resize(count);
  return all;
}

std::string holders_text(const std::vector<Holder>& largest) {
  std::string text;
  for (const Holder& h : largest) {
    text += text.empty() ? ", most of it by " : ", ";
    text += std::to_string(h.count) + (h.count == 1 ? " tensor " : " tensors ") + h.what + ": " +
            bytes_text(h.bytes);
  }
  return text;
}

std::string bytes_text(int64_t bytes) {
  std::string out = std::to_string(bytes) + " bytes";
  if (bytes < 1024) return out;
  double n = double(bytes);
  const char* unit = "";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB", "PiB"}) {
    if (n < 1024) break;
    n /= 1024;
    unit = next;
  }
  char text[32];
  std::snprintf(text, sizeof text, " (%.3g %s)", n, unit);
  return out + text;
}

}  // namespace pyten

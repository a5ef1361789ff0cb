#include "core/control_groups.h"

#include <fstream>

namespace pyten {

std::vector<std::string> control_group_folders(const std::string& controller) {
  const std::string mount = "/sys/fs/cgroup";
  // What a container sees of its own group is often mounted as if it were the root.
  std::vector<std::string> folders{mount, mount + "/" + controller};
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // number:controllers:path; no controllers in version 2.
    size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    bool listed = ("," + controllers + ",").find("," + controller + ",") != std::string::npos;
    if (!controllers.empty() && !listed) continue;
    std::string base = controllers.empty() ? mount : mount + "/" + controllers;
    std::string path = line.substr(second + 1);
    while (path.size() > 1) {
      folders.push_back(base + path);
      path.erase(path.rfind('/'));
    }
    if (listed) folders.push_back(base);
  }
  return folders;
}

}  // namespace pyten

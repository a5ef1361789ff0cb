// Linux control groups, versions 1 and 2: where the limits of this process are written.
#pragma once

#include <string>
#include <vector>

namespace pyten {

// The folders of this process's groups with that controller ("cpu", "memory") and of all above
// them.
std::vector<std::string> control_group_folders(const std::string& controller);

}  // namespace pyten

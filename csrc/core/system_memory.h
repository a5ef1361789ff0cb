// What the machine and this process's control group have left.
#pragma once

#include <cstdint>

namespace pyten {

// Bytes that can be taken before the system has to kill a process; -1 where it does not say.
int64_t available_memory();

}  // namespace pyten

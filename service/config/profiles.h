// The zygotes of a service: one that starts programs by exec, and warm Python interpreters, each with other modules
// imported ahead.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace skillrunner {

inline constexpr char kExecProfile[] = "exec";

struct PythonProfile {
  std::string name;                  // `python`, `python+asyncio`, ...
  std::vector<std::string> modules;  // imported ahead, in this order
};

// What `python_profiles` says.
std::vector<PythonProfile> PythonProfiles(const Config& config);

// The interpreter that skill-zygote-python has built in. Only programs for this one can be started warm.
inline constexpr char kEmbeddedPython[] = "/usr/bin/python3.11";

}  // namespace skillrunner

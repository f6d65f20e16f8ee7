// The zygotes of a service: one that starts programs by exec, and warm Python interpreters, each with other modules
// imported ahead.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "config/config.h"

namespace skillrunner {

inline constexpr char kExecProfile[] = "exec";

struct PythonProfile {
  std::string name;                  // `python`, `python+asyncio`, ...
  std::vector<std::string> modules;  // imported ahead, in this order
};

// Whether `text` is `bare`, or modules (identifiers joined by dots) joined by pluses.
bool IsPythonProfile(absl::string_view text);
// The profile that such a text names.
PythonProfile ParsePythonProfile(const std::string& text);
// What `python_profiles` says.
std::vector<PythonProfile> PythonProfiles(const Config& config);

// PYTHONPATH of every Python program; empty: it has none. `packages`: as in Config.
std::string PythonPath(const std::vector<std::string>& packages);

// The interpreter that skill-zygote-python has built in. Only programs for this one can be started warm.
inline constexpr char kEmbeddedPython[] = "/usr/bin/python3.11";

}  // namespace skillrunner

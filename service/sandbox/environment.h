// The environment every program gets: made from nothing, and the same for all but what a request adds.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace skillrunner::sandbox {

// Where interpreters and commands are found inside.
inline constexpr char kPath[] = "/usr/local/bin:/usr/bin:/bin";

inline const std::map<std::string, std::string>& DefaultVariables() {
  static const std::map<std::string, std::string> kVariables = {
      {"PATH", kPath}, {"HOME", "/work"}, {"LANG", "C.UTF-8"}, {"USER", "skill"}};
  return kVariables;
}

// As KEY=value, sorted by name.
inline std::vector<std::string> DefaultEnvironment() {
  std::vector<std::string> environment;
  for (const auto& [name, value] : DefaultVariables()) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace skillrunner::sandbox

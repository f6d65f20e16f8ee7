#include "config/profiles.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace skillrunner {

std::vector<PythonProfile> PythonProfiles(const Config& config) {
  std::vector<PythonProfile> profiles;
  for (const std::string& text : config.python_profiles) {
    if (text == "bare") {
      profiles.push_back({.name = "python", .modules = {}});
    } else {
      profiles.push_back({.name = absl::StrCat("python+", text), .modules = absl::StrSplit(text, '+')});
    }
  }
  return profiles;
}

}  // namespace skillrunner

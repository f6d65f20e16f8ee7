#include "config/profiles.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace skillrunner {

bool IsPythonProfile(absl::string_view text) {
  for (const absl::string_view module : absl::StrSplit(text, '+')) {
    for (const absl::string_view part : absl::StrSplit(module, '.')) {
      if (part.empty() || absl::ascii_isdigit(static_cast<unsigned char>(part[0]))) return false;
      for (const char c : part) {
        if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
      }
    }
  }
  return true;
}

PythonProfile ParsePythonProfile(const std::string& text) {
  if (text == "bare") return {.name = "python", .modules = {}};
  return {.name = absl::StrCat("python+", text), .modules = absl::StrSplit(text, '+')};
}

std::vector<PythonProfile> PythonProfiles(const Config& config) {
  std::vector<PythonProfile> profiles;
  for (const std::string& text : config.python_profiles) profiles.push_back(ParsePythonProfile(text));
  return profiles;
}

std::string PythonPath(const std::vector<std::string>& packages) {
  return absl::StrJoin(packages, ":");
}

}  // namespace skillrunner

#include "catalog/languages.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace skillrunner::catalog {
namespace {

struct Language {
  absl::string_view name;
  absl::string_view runtime;
};

constexpr Language kLanguages[] = {
    {"python", "python"}, {"py", "python"}, {"python3", "python"}, {"javascript", "node"},
    {"js", "node"},       {"node", "node"}, {"mjs", "node"},       {"cjs", "node"},
    {"bash", "bash"},     {"sh", "bash"},   {"shell", "bash"},
};

}  // namespace

std::string LanguageToRuntime(absl::string_view info) {
  info = absl::StripLeadingAsciiWhitespace(info);
  const absl::string_view word = info.substr(0, info.find_first_of(" \t\r\n\v\f,:;{"));
  for (const Language& language : kLanguages) {
    if (absl::EqualsIgnoreCase(word, language.name)) return std::string(language.runtime);
  }
  return "";
}

}  // namespace skillrunner::catalog

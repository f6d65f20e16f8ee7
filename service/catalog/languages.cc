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
    {"bash", "bash"},      {"sh", "bash"},
    {"shell", "bash"},     {"c", "c"},
    {"cpp", "cpp"},        {"c++", "cpp"},
    {"cc", "cpp"},         {"cxx", "cpp"},
    {"go", "go"},          {"golang", "go"},
    {"java", "java"},      {"kotlin", "kotlin"},
    {"kt", "kotlin"},      {"javascript", "node"},
    {"js", "node"},        {"node", "node"},
    {"mjs", "node"},       {"cjs", "node"},
    {"python", "python"},  {"py", "python"},
    {"python3", "python"}, {"typescript", "typescript"},
    {"ts", "typescript"},  {"mts", "typescript"},
    {"cts", "typescript"},
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

std::vector<std::string> LanguagesOf(absl::string_view runtime) {
  std::vector<std::string> languages;
  for (const Language& language : kLanguages) {
    if (language.runtime == runtime) languages.emplace_back(language.name);
  }
  return languages;
}

}  // namespace skillrunner::catalog

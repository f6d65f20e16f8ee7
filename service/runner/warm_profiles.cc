#include "runner/warm_profiles.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "sandbox/environment.h"

namespace skillrunner {
namespace {

using Variables = std::map<std::string, std::string>;

// Read once, when an interpreter or its C library starts.
bool IsReadAtStart(absl::string_view name) {
  for (const absl::string_view prefix : {"PYTHON", "LC_", "LD_", "MALLOC_", "OPENSSL_"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  for (const absl::string_view known : {"LANG", "LANGUAGE", "HOME", "PATH", "TZ", "GLIBC_TUNABLES"}) {
    if (name == known) return true;
  }
  return false;
}

bool EnvironmentIsThatOfTheStart(const sandbox::Program& program, const Variables& own) {
  return std::all_of(program.environment.begin(), program.environment.end(), [&own](const std::string& variable) {
    const std::string name = variable.substr(0, variable.find('='));
    if (!IsReadAtStart(name)) return true;
    for (const Variables* start : {&own, &sandbox::DefaultVariables()}) {
      const auto found = start->find(name);
      if (found != start->end()) return variable == found->first + "=" + found->second;
    }
    return false;
  });
}

// Modules of the program's own may have the name of one that is imported ahead, and must then win.
bool BringsModules(const sandbox::Program& program) {
  return std::any_of(std::next(program.files.begin()), program.files.end(),
                     [](const sandbox::InputFile& file) { return !absl::EndsWith(file.path, ".txt"); });
}

// Directories that `site` looks into at the start.
bool BringsUserSite(const sandbox::Program& program) {
  return std::any_of(program.files.begin(), program.files.end(),
                     [](const sandbox::InputFile& file) { return absl::StartsWith(file.path, ".local"); });
}

absl::string_view FirstWord(absl::string_view text) {
  text = absl::StripLeadingAsciiWhitespace(text);
  size_t end = 0;
  while (end < text.size() && !absl::ascii_isspace(static_cast<unsigned char>(text[end])) && text[end] != ',' &&
         text[end] != ';' && text[end] != '#') {
    ++end;
  }
  return text.substr(0, end);
}

void AddWithParents(absl::string_view module, std::set<std::string>* modules) {
  for (size_t dot = module.find('.'); dot != absl::string_view::npos; dot = module.find('.', dot + 1)) {
    modules->insert(std::string(module.substr(0, dot)));
  }
  if (!module.empty()) modules->insert(std::string(module));
}

void ReadStatement(absl::string_view statement, std::set<std::string>* modules) {
  statement = absl::StripAsciiWhitespace(statement);
  if (absl::ConsumePrefix(&statement, "import ")) {
    for (const absl::string_view part : absl::StrSplit(statement, ',')) AddWithParents(FirstWord(part), modules);
  } else if (absl::ConsumePrefix(&statement, "from ")) {
    const absl::string_view module = FirstWord(statement);
    if (!absl::StartsWith(module, ".")) AddWithParents(module, modules);
  }
}

// Whether a string in triple quotes is open after the line.
bool FollowsTripleQuotes(absl::string_view line, std::string* open) {
  size_t at = 0;
  while (at < line.size()) {
    if (!open->empty()) {
      const size_t end = line.find(*open, at);
      if (end == absl::string_view::npos) return true;
      at = end + 3;
      open->clear();
      continue;
    }
    const size_t doubled = line.find("\"\"\"", at);
    const size_t single = line.find("'''", at);
    const size_t begin = std::min(doubled, single);
    if (begin == absl::string_view::npos) return false;
    *open = std::string(line.substr(begin, 3));
    at = begin + 3;
  }
  return !open->empty();
}

}  // namespace

std::set<std::string> ImportedModules(absl::string_view source) {
  std::set<std::string> modules;
  std::string open;  // quotes of the string that the line begins in
  for (const absl::string_view line : absl::StrSplit(source, '\n')) {
    const bool in_string = !open.empty();
    FollowsTripleQuotes(line, &open);
    if (in_string) continue;
    for (const absl::string_view statement : absl::StrSplit(line, ';')) ReadStatement(statement, &modules);
  }
  return modules;
}

std::optional<std::set<std::string>> ModulesToHave(const Variables& environment, const sandbox::Program& program) {
  if (program.files.empty() || !EnvironmentIsThatOfTheStart(program, environment) || BringsUserSite(program)) {
    return std::nullopt;
  }
  const sandbox::InputFile& own = program.files.front();
  std::set<std::string> imports = ImportedModules(own.content);
  if (BringsModules(program) || imports.count(std::string(absl::StripSuffix(own.path, ".py"))) != 0) imports.clear();
  return imports;
}

bool Suits(const PythonProfile& profile, const std::set<std::string>& modules) {
  return std::all_of(profile.modules.begin(), profile.modules.end(),
                     [&modules](const std::string& module) { return modules.count(module) != 0; });
}

}  // namespace skillrunner

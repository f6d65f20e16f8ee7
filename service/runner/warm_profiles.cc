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

// Whether the variable is, with this value, also the warm interpreters'.
bool IsOfTheStart(const std::string& variable, const Variables& own) {
  const std::string name = variable.substr(0, variable.find('='));
  for (const Variables* start : {&own, &sandbox::DefaultVariables()}) {
    const auto found = start->find(name);
    if (found != start->end()) return variable == found->first + "=" + found->second;
  }
  return false;
}

bool HasNoVariablesOfItsOwn(const sandbox::Program& program, const Variables& own) {
  return std::all_of(program.environment.begin(), program.environment.end(),
                     [&own](const std::string& variable) { return IsOfTheStart(variable, own); });
}

bool EnvironmentIsThatOfTheStart(const sandbox::Program& program, const Variables& own) {
  return std::all_of(program.environment.begin(), program.environment.end(), [&own](const std::string& variable) {
    return !IsReadAtStart(variable.substr(0, variable.find('='))) || IsOfTheStart(variable, own);
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

// Programs are hostile: no more is remembered of them than this. What is left out only makes them start colder.
constexpr size_t kLongestModule = 128;
constexpr size_t kMostModules = 256;

void AddWithParents(absl::string_view module, std::set<std::string>* modules) {
  if (module.size() > kLongestModule || modules->size() >= kMostModules) return;
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

// Keeps track of strings in triple quotes: `open` are the quotes of the one that is open before the line, and after it.
void FollowTripleQuotes(absl::string_view line, std::string* open) {
  for (size_t at = line.find_first_of("\"'"); at != absl::string_view::npos; at = line.find_first_of("\"'", at)) {
    const absl::string_view quotes = line.substr(at, 3);
    if (quotes != "\"\"\"" && quotes != "'''") {
      ++at;
    } else if (open->empty()) {
      *open = std::string(quotes);
      at += 3;
    } else if (quotes == *open) {
      open->clear();
      at += 3;
    } else {
      ++at;
    }
  }
}

}  // namespace

std::set<std::string> ImportedModules(absl::string_view source) {
  std::set<std::string> modules;
  std::string open;  // quotes of the string that the line begins in
  for (const absl::string_view line : absl::StrSplit(source, '\n')) {
    const bool in_string = !open.empty();
    FollowTripleQuotes(line, &open);
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
  // Modules may read the environment when they are imported, and must then see the program's.
  if (!HasNoVariablesOfItsOwn(program, environment)) return std::set<std::string>();
  std::set<std::string> imports = ImportedModules(own.content);
  if (BringsModules(program) || imports.count(std::string(absl::StripSuffix(own.path, ".py"))) != 0) imports.clear();
  return imports;
}

bool Suits(const PythonProfile& profile, const std::set<std::string>& modules) {
  return std::all_of(profile.modules.begin(), profile.modules.end(),
                     [&modules](const std::string& module) { return modules.count(module) != 0; });
}

}  // namespace skillrunner

#include "runner/runtimes.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/command_output.h"
#include "sandbox/environment.h"

namespace skillrunner {
namespace {

struct Declaration {
  const char* name;
  const char* version_flag;
  const char* package;
  std::vector<std::string> languages;
};

const Declaration kPython = {"python", "--version", "python3", {"python", "py", "python3"}};
const Declaration kNode = {"node", "--version", "nodejs", {"javascript", "js", "node", "mjs", "cjs"}};
const Declaration kBash = {"bash", "--version", "bash", {"bash", "sh", "shell"}};

std::string FindExecutable(const std::string& name) {
  if (name.empty()) return "";
  if (name[0] == '/') return ::access(name.c_str(), X_OK) == 0 ? name : "";
  for (const absl::string_view directory : absl::StrSplit(sandbox::kPath, ':')) {
    const std::string path = absl::StrCat(directory, "/", name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

// The first number with a point in what it prints when asked for its version; empty on any failure.
std::string AskVersion(const std::string& executable, const char* flag) {
  const auto text = CommandOutput(
      {executable, flag},
      {.environment = {absl::StrCat("PATH=", sandbox::kPath)}, .with_stderr = true, .max_bytes = 64 << 10});
  static const std::regex number(R"((\d+\.\d+(\.\d+)?))");
  std::smatch match;
  return text.has_value() && std::regex_search(*text, match, number) ? match[1].str() : "";
}

Runtime Detect(const Declaration& declaration, const std::string& wanted, const std::string& executable) {
  Runtime runtime;
  runtime.name = declaration.name;
  runtime.languages = declaration.languages;
  runtime.executable = executable;
  if (!runtime.executable.empty()) runtime.version = AskVersion(runtime.executable, declaration.version_flag);
  if (!runtime.available()) {
    runtime.hint = wanted.empty()
                       ? absl::StrCat("switched off: set --", declaration.name)
                       : absl::StrCat("install the package ", declaration.package, ", or set --", declaration.name);
  }
  return runtime;
}

// An ES module has an import or export declaration at the start of a line (node's own rule is by file name).
bool IsEsModule(const std::string& source) {
  for (const absl::string_view line : absl::StrSplit(source, '\n')) {
    if (absl::StartsWith(line, "import ") || absl::StartsWith(line, "import{") || absl::StartsWith(line, "export "))
      return true;
  }
  return false;
}

const char* Extension(const Runtime& runtime, const std::string& source) {
  if (runtime.name == "node") return IsEsModule(source) ? ".mjs" : ".js";
  return runtime.name == "python" ? ".py" : ".sh";
}

}  // namespace

Runtimes::Runtimes(const RuntimePaths& paths) {
  const std::pair<const Declaration*, const std::string*> all[] = {
      {&kBash, &paths.bash}, {&kNode, &paths.node}, {&kPython, &paths.python}};
  for (const auto& [declaration, wanted] : all) {
    names_.push_back(declaration->name);
    std::string executable = FindExecutable(*wanted);
    auto look = [declaration = declaration, wanted = *wanted, executable] {
      return Detect(*declaration, wanted, executable);
    };
    slots_.push_back({std::move(executable), std::make_unique<Background<Runtime>>(std::move(look))});
  }
}

const Runtimes::Slot* Runtimes::Find(absl::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? nullptr : &slots_[static_cast<size_t>(found - names_.begin())];
}

std::string Runtimes::Executable(absl::string_view name) const {
  const Slot* slot = Find(name);
  return slot == nullptr ? "" : slot->executable;
}

void Runtimes::Begin(absl::string_view name) {
  if (const Slot* slot = Find(name)) slot->runtime->Begin();
}

Task<const Runtime*> Runtimes::Get(std::string name) {
  const Slot* slot = Find(name);
  if (slot == nullptr) co_return nullptr;
  const Runtime* runtime = co_await slot->runtime->Get();
  co_return runtime;
}

sandbox::Program MakeProgram(const Runtime& runtime, absl::string_view stem, std::string source,
                             std::vector<std::string> arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment) {
  sandbox::Program program;
  const std::string file = absl::StrCat(stem, Extension(runtime, source));
  program.executable = runtime.executable;
  program.arguments = {runtime.name == "python" ? "python3" : runtime.name};
  if (runtime.name == "python") program.arguments.push_back("-u");
  program.arguments.push_back(file);
  std::move(arguments.begin(), arguments.end(), std::back_inserter(program.arguments));
  std::map<std::string, std::string> variables = sandbox::DefaultVariables();
  for (const auto& [name, value] : environment) variables[name] = value;
  for (const auto& [name, value] : variables) program.environment.push_back(absl::StrCat(name, "=", value));
  program.files.push_back({.path = file, .content = std::move(source), .executable = false});
  return program;
}

}  // namespace skillrunner

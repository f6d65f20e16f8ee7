#include "runner/runtimes.h"

#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <regex>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/command_output.h"
#include "runner/runtime_declarations.h"
#include "sandbox/environment.h"

namespace skillrunner {
namespace {

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
std::string AskVersion(const std::string& executable, const char* argument) {
  const auto text = CommandOutput(
      {executable, argument},
      {.environment = {absl::StrCat("PATH=", sandbox::kPath)}, .with_stderr = true, .max_bytes = 64 << 10});
  static const std::regex number(R"((\d+\.\d+(\.\d+)?))");
  std::smatch match;
  return text.has_value() && std::regex_search(*text, match, number) ? match[1].str() : "";
}

struct Found {
  const RuntimeDeclaration* declaration;
  std::string wanted;      // as the operator says; empty: not wanted
  std::string executable;  // absolute
  std::string launcher;    // absolute
  std::map<std::string, std::string> environment;
};

Runtime Detect(const Found& found) {
  const RuntimeDeclaration& declaration = *found.declaration;
  Runtime runtime;
  runtime.name = declaration.name;
  runtime.executable = found.executable;
  runtime.launcher = found.launcher;
  runtime.environment = found.environment;
  const bool complete = !found.executable.empty() && (declaration.launcher[0] == '\0' || !found.launcher.empty());
  if (complete) runtime.version = AskVersion(found.executable, declaration.version_argument);
  if (runtime.available()) return runtime;
  if (found.wanted.empty()) {
    runtime.hint = absl::StrCat("switched off: set --", declaration.name);
  } else if (declaration.compile != nullptr) {
    runtime.hint = absl::StrCat("install the package ", declaration.package);
  } else {
    runtime.hint = absl::StrCat("install the package ", declaration.package, ", or set --", declaration.name);
  }
  return runtime;
}

// From 20.19 and 22.7 on, node itself tells ES modules from CommonJS by their syntax.
bool NodeTellsModules(const std::string& version) {
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &major) || !absl::SimpleAtoi(parts[1], &minor)) return false;
  return major > 22 || (major == 22 && minor >= 7) || (major == 20 && minor >= 19);
}

std::string Extension(const Runtime& runtime, const ProgramSource& source) {
  if (runtime.name == "python") return ".py";
  if (runtime.name == "bash") return ".sh";
  for (const char* kind : {"mjs", "cjs"}) {
    if (absl::EqualsIgnoreCase(source.language, kind)) return absl::StrCat(".", kind);
  }
  return !NodeTellsModules(runtime.version) && IsEsModule(source.text) ? ".mjs" : ".js";
}

void Interpret(const Runtime& runtime, const ProgramSource& source, sandbox::Program* program) {
  const std::string file = absl::StrCat(source.stem, Extension(runtime, source));
  program->executable = runtime.executable;
  std::vector<std::string> words = {runtime.name == "python" ? "python3" : runtime.name};
  if (runtime.name == "python") words.push_back("-u");
  words.push_back(file);
  program->arguments.insert(program->arguments.begin(), words.begin(), words.end());
  program->files.push_back({.path = file, .content = source.text, .executable = false});
}

// What the result of a step depends on.
std::string KeyOf(const Runtime& runtime, const CompileStep& step) {
  std::string all = absl::StrCat(runtime.name, "\n", runtime.version, "\n", step.file, "\n",
                                 absl::StrJoin(step.program.arguments, "\n"), "\n", step.program.files[0].content);
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), hash);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(hash), sizeof(hash)));
}

}  // namespace

Runtimes::Runtimes(const RuntimePaths& paths) {
  const std::map<std::string, std::string> given = {
      {"bash", paths.bash}, {"node", paths.node}, {"python", paths.python}};
  for (const RuntimeDeclaration& declaration : RuntimeDeclarations()) {
    const auto path = given.find(declaration.name);
    const std::string wanted = path == given.end() ? declaration.command : path->second;
    const std::string launcher = declaration.launcher == std::string("node") ? paths.node : declaration.launcher;
    Found found{&declaration, wanted, FindExecutable(wanted), FindExecutable(launcher), {}};
    if (declaration.name == std::string("python") && !paths.python_path.empty()) {
      found.environment["PYTHONPATH"] = paths.python_path;
    }
    names_.emplace_back(declaration.name);
    std::string executable = found.executable;
    slots_.push_back({std::move(executable), std::make_unique<Background<Runtime>>([found] { return Detect(found); })});
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

bool IsEsModule(absl::string_view source) {
  for (const absl::string_view line : absl::StrSplit(source, '\n')) {
    for (const char* start :
         {"import ", "import{", "import*", "import\"", "import'", "export ", "export{", "export*"}) {
      if (absl::StartsWith(line, start)) return true;
    }
  }
  return false;
}

PreparedProgram PrepareProgram(const Runtime& runtime, ProgramSource source) {
  PreparedProgram prepared;
  std::map<std::string, std::string> variables = sandbox::DefaultVariables();
  for (const auto& [name, value] : runtime.environment) variables[name] = value;
  for (const auto& [name, value] : source.environment) variables[name] = value;
  for (const auto& [name, value] : variables) prepared.program.environment.push_back(absl::StrCat(name, "=", value));
  prepared.program.arguments = std::move(source.arguments);
  const RuntimeDeclaration* declaration = FindDeclaration(runtime.name);
  if (declaration == nullptr || declaration->compile == nullptr) {
    Interpret(runtime, source, &prepared.program);
  } else {
    CompileStep step;
    declaration->compile(runtime, source, &step, &prepared.program);
    step.program.environment = sandbox::DefaultEnvironment();
    step.program.files.push_back({.path = step.file, .content = source.text, .executable = false});
    prepared.program.files.push_back(step.program.files[0]);
    // What lies beside the source may be part of it.
    if (source.files.empty()) step.key = KeyOf(runtime, step);
    step.program.files.insert(step.program.files.end(), source.files.begin(), source.files.end());
    prepared.compile = std::move(step);
  }
  std::move(source.files.begin(), source.files.end(), std::back_inserter(prepared.program.files));
  return prepared;
}

sandbox::SandboxLimits LeastCompileLimits(absl::string_view runtime) {
  const RuntimeDeclaration* declaration = FindDeclaration(runtime);
  return declaration == nullptr ? sandbox::SandboxLimits() : declaration->least;
}

}  // namespace skillrunner

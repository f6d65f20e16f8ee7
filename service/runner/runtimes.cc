#include "runner/runtimes.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/unique_fd.h"
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

// What it prints when asked for its version; empty on any failure.
std::string AskVersion(const std::string& executable, const char* flag) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) == -1) return "";
  const UniqueFd read_end(fds[0]);
  UniqueFd write_end(fds[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDERR_FILENO);
  const std::string path = absl::StrCat("PATH=", sandbox::kPath);
  char* const arguments[] = {const_cast<char*>(executable.c_str()), const_cast<char*>(flag), nullptr};
  char* const environment[] = {const_cast<char*>(path.c_str()), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, executable.c_str(), &actions, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  write_end.reset();
  if (error != 0) return "";
  std::string text;
  char buffer[512];
  for (ssize_t got; (got = ::read(read_end.get(), buffer, sizeof(buffer))) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0) text.append(buffer, static_cast<size_t>(got));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) {
  }
  if (status != 0) return "";
  static const std::regex number(R"((\d+\.\d+(\.\d+)?))");
  std::smatch match;
  return std::regex_search(text, match, number) ? match[1].str() : "";
}

Runtime Detect(const Declaration& declaration, const std::string& wanted) {
  Runtime runtime;
  runtime.name = declaration.name;
  runtime.languages = declaration.languages;
  runtime.executable = FindExecutable(wanted);
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

std::vector<Runtime> DetectRuntimes(const RuntimePaths& paths) {
  return {Detect(kBash, paths.bash), Detect(kNode, paths.node), Detect(kPython, paths.python)};
}

const Runtime* FindRuntime(const std::vector<Runtime>& runtimes, absl::string_view name) {
  const auto found =
      std::find_if(runtimes.begin(), runtimes.end(), [name](const Runtime& runtime) { return runtime.name == name; });
  return found == runtimes.end() ? nullptr : &*found;
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

#include "api/installed_modules.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "sandbox/environment.h"

namespace skillrunner::api {
namespace {

constexpr size_t kMaxAnswer = 4 << 20;

constexpr char kPythonList[] =
    "import pkgutil, sys\n"
    "names = set(sys.stdlib_module_names) | {m.name for m in pkgutil.iter_modules()}\n"
    "print('\\n'.join(sorted(names)))\n";
constexpr char kNodeList[] =
    "const fs = require('fs'), path = require('path'), module = require('module');\n"
    "const names = new Set(module.builtinModules);\n"
    "for (const dir of [...module.globalPaths, '/usr/share/nodejs', '/usr/lib/nodejs', '/usr/local/lib/node_modules']) "
    "{\n"
    "  try {\n"
    "    for (const name of fs.readdirSync(dir)) {\n"
    "      if (!name.startsWith('@')) { names.add(name); continue; }\n"
    "      for (const inner of fs.readdirSync(path.join(dir, name))) names.add(name + '/' + inner);\n"
    "    }\n"
    "  } catch {}\n"
    "}\n"
    "console.log([...names].sort().join('\\n'));\n";

// What the interpreter prints for a program; empty on any failure.
std::string Ask(const Runtime& runtime, const char* flag, const char* program) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) == -1) return "";
  const UniqueFd read_end(fds[0]);
  UniqueFd write_end(fds[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addchdir_np(&actions, "/");
  const std::string path = absl::StrCat("PATH=", sandbox::kPath);
  char* const arguments[] = {const_cast<char*>(runtime.executable.c_str()), const_cast<char*>(flag),
                             const_cast<char*>(program), nullptr};
  char* const environment[] = {const_cast<char*>(path.c_str()), nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, runtime.executable.c_str(), &actions, nullptr, arguments, environment);
  ::posix_spawn_file_actions_destroy(&actions);
  write_end.reset();
  if (error != 0) return "";
  std::string text;
  char buffer[16384];
  for (ssize_t got; (got = ::read(read_end.get(), buffer, sizeof(buffer))) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0 && text.size() < kMaxAnswer) text.append(buffer, static_cast<size_t>(got));
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) {
  }
  return status == 0 ? text : "";
}

}  // namespace

void InstalledModules::AskRuntimes(const std::vector<Runtime>& runtimes) {
  for (const Runtime& runtime : runtimes) {
    if (!runtime.available()) continue;
    if (runtime.name == "python") Set(runtime.name, Ask(runtime, "-Ic", kPythonList));
    if (runtime.name == "node") Set(runtime.name, Ask(runtime, "-e", kNodeList));
  }
}

}  // namespace skillrunner::api

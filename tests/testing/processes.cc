#include "testing/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/files.h"
#include "base/unique_fd.h"

namespace skillrunner::testing {
namespace {

std::string ReadProc(pid_t pid, const char* file) {
  return ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/", file)).value_or("");
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> pids;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    pid_t pid = 0;
    if (absl::SimpleAtoi(entry.path().filename().native().c_str(), &pid)) pids.push_back(pid);
  }
  return pids;
}

}  // namespace

std::vector<pid_t> Children(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"), ignored)) {
    const std::string text = ReadFileAt(AT_FDCWD, task.path() / "children").value_or("");
    for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
      pid_t child = 0;
      if (absl::SimpleAtoi(word, &child)) children.push_back(child);
    }
  }
  return children;
}

pid_t ChildNamed(pid_t parent, const std::string& name) {
  for (const pid_t child : Children(parent)) {
    // The command line, not comm: a program started by its descriptor is named after that by older kernels.
    const std::string command = ReadProc(child, "cmdline");
    // The supervisor also inherits the inits of sandboxes whose zygote died: they are in a pid namespace of their own.
    std::error_code ignored;
    const auto own = std::filesystem::read_symlink(absl::StrCat("/proc/", child, "/ns/pid_for_children"), ignored);
    if (own != std::filesystem::read_symlink("/proc/self/ns/pid", ignored)) continue;
    if (absl::EndsWith(command.substr(0, command.find('\0')), name)) return child;
  }
  return -1;
}

std::vector<pid_t> ProcessesWith(const std::string& text) {
  std::vector<pid_t> found;
  for (const pid_t pid : AllProcesses()) {
    if (pid != ::getpid() && absl::StrContains(ReadProc(pid, "cmdline"), text)) found.push_back(pid);
  }
  return found;
}

size_t OpenFileCount(pid_t pid) {
  std::error_code ignored;
  size_t count = 0;
  for (auto entry = std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"), ignored);
       !ignored && entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    ++count;
  }
  return count;
}

size_t ResidentBytes(pid_t pid) {
  const std::vector<std::string> fields = absl::StrSplit(ReadProc(pid, "statm"), ' ');
  size_t pages = 0;
  if (fields.size() > 1) (void)absl::SimpleAtoi(fields[1], &pages);
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

size_t ProcessCount() {
  size_t count = 0;
  for (const pid_t pid : AllProcesses()) {
    const std::string stat = ReadProc(pid, "stat");
    const size_t name_end = stat.rfind(')');
    if (name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] != 'Z') ++count;
  }
  return count;
}

bool Eventually(const std::function<bool()>& condition, double seconds) {
  const absl::Time deadline = absl::Now() + absl::Seconds(seconds);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

CommandResult RunCommand(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) ::abort();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (const std::string& variable : environment) envp.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable != nullptr; ++variable) envp.push_back(*variable);
  envp.push_back(nullptr);
  pid_t pid = -1;
  CommandResult result;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  pollfd ends[2] = {{.fd = out[0], .events = POLLIN, .revents = 0}, {.fd = err[0], .events = POLLIN, .revents = 0}};
  std::string* texts[2] = {&result.out, &result.err};
  while (error == 0 && (ends[0].fd >= 0 || ends[1].fd >= 0)) {
    if (::poll(ends, 2, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t got = ::read(ends[i].fd, buffer, sizeof(buffer));
      if (got > 0) texts[i]->append(buffer, static_cast<size_t>(got));
      if (got == 0) ends[i].fd = -1;
    }
  }
  ::close(out[0]);
  ::close(err[0]);
  int status = 0;
  if (error == 0) {
    ::waitpid(pid, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return result;
}

}  // namespace skillrunner::testing

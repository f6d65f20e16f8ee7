#include "base/command_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace skillrunner {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// A child in a process group of its own, without our descriptors, signal mask and ignored signals; -1: not started.
pid_t Spawn(const std::vector<std::string>& words, const CommandOptions& options, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (options.with_stderr) {
    ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  ::posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, words[0].c_str(), &actions, &attributes, Pointers(words).data(),
                                  Pointers(options.environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

// False: the deadline (MonotonicNanos) has passed.
bool ReadToEnd(int fd, size_t max_bytes, int64_t deadline, std::string* text) {
  char buffer[16384];
  while (true) {
    const int64_t left = deadline - MonotonicNanos();
    pollfd watched = {.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&watched, 1, static_cast<int>(left / 1'000'000) + 1) : 0;
    if (ready == 0) return false;
    const ssize_t got = ready > 0 ? ::read(fd, buffer, sizeof(buffer)) : -1;
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text->append(buffer, std::min(static_cast<size_t>(got), max_bytes - text->size()));
  }
}

}  // namespace

std::optional<std::string> CommandOutput(const std::vector<std::string>& words, const CommandOptions& options) {
  const int64_t deadline = MonotonicNanos() + absl::ToInt64Nanoseconds(options.patience);
  int fds[2];
  if (words.empty() || ::pipe2(fds, O_CLOEXEC) == -1) return std::nullopt;
  const UniqueFd read_end(fds[0]);
  UniqueFd write_end(fds[1]);
  const pid_t pid = Spawn(words, options, write_end.get());
  write_end.reset();
  if (pid == -1) return std::nullopt;
  std::string text;
  const bool read = ReadToEnd(read_end.get(), options.max_bytes, deadline, &text);
  // What it left running has had its chance to write; a child that closed its output and goes on has, too.
  siginfo_t ended{};
  while (read && ended.si_pid == 0 && MonotonicNanos() < deadline) {
    if (::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == -1 && errno != EINTR) break;
    if (ended.si_pid == 0) ::poll(nullptr, 0, 1);
  }
  ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) {
  }
  if (!read || status != 0) return std::nullopt;
  return text;
}

}  // namespace skillrunner

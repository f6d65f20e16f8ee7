// Looking at processes from outside.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace skillrunner::testing {

// Direct children of a process.
std::vector<pid_t> Children(pid_t pid);
// The child of `parent` whose argv[0] ends with `name`; -1: none.
pid_t ChildNamed(pid_t parent, const std::string& name);
// All processes whose command line contains `text`.
std::vector<pid_t> ProcessesWith(const std::string& text);
size_t OpenFileCount(pid_t pid);
// Resident memory, bytes.
size_t ResidentBytes(pid_t pid);
// Processes in the whole system that are not zombies.
size_t ProcessCount();

// Polls until `condition` holds; false after `seconds`.
bool Eventually(const std::function<bool()>& condition, double seconds = 10);

struct CommandResult {
  int exit_code = -1;  // 128 + n for signal n
  std::string out;
  std::string err;
};
// Runs a command to its end, with nothing on stdin.
CommandResult RunCommand(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

}  // namespace skillrunner::testing

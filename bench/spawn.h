// Child processes of the bench, each with the same small environment.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace skillrunner::bench {

struct Child {
  pid_t pid = -1;
  UniqueFd output;  // read end of a pipe with its stdout
};

// posix_spawn; argv[0] is looked up on PATH, stderr is inherited. `input` becomes stdin; -1: /dev/null.
// Error: NOT_FOUND where there is no such program, else what the system said.
absl::StatusOr<Child> Spawn(const std::vector<std::string>& arguments, int input = -1);

// Waits for its end: exit code, 128 + n for signal n.
int Wait(pid_t pid);

}  // namespace skillrunner::bench

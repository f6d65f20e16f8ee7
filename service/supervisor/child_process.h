// Starts a child process with nothing but what it is given.
//
// The child gets: a session of its own (Ctrl-C at a terminal reaches the supervisor only), /dev/null as stdin, stdout
// and stderr of the supervisor, the listed descriptors as 3, 4, 5, ... and no other, "/" as directory, umask 077,
// default signal dispositions and an empty mask, PATH and LANG as its whole environment, no capabilities, no_new_privs,
// and SIGKILL when the supervisor dies.
//
// Only for a single-threaded process: the child runs ordinary code between fork and exec.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace skillrunner {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
};

struct ChildSpec {
  std::string name;                  // argv[0], and what messages call it
  int executable = -1;               // open (O_PATH will do): the identity below may be unable to reach its path
  std::vector<std::string> args;     // argv[1] and on
  std::vector<int> fds;              // become 3, 4, 5, ... in the child; borrowed
  std::optional<Identity> identity;  // changed to, without supplementary groups; needs CAP_SETUID and CAP_SETGID
  bool killed_first = false;         // where the host runs out of memory, with all that it starts
};

// Starts the child and returns its pid once its program runs; the caller reaps it. Error: nothing was left behind; the
// message says which step failed.
absl::StatusOr<pid_t> StartChild(const ChildSpec& spec);

// "exited with code 3" or "was killed by signal 9 (Killed)", for a wait status.
std::string DescribeExit(int wait_status);

// The exit code, or 128 + the signal, as shells have it.
int ExitCodeOf(int wait_status);

}  // namespace skillrunner

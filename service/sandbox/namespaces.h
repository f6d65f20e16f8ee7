// Namespaces: user and group mapping, clone3 into new ones, and the little set-up each of them needs.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {

// User and group that programs see themselves as. Mapped to the service's (or, started as root, the sandbox's) own id.
inline constexpr int kInsideUid = 1000;
inline constexpr int kInsideGid = 1000;

// In a freshly cloned user namespace: maps `outside_uid` and `outside_gid` (ids of the parent namespace) to the inside
// ids.
StepResult MapIds(uid_t outside_uid, gid_t outside_gid);

// Moves this single-threaded process into a new user and mount namespace in which it is kInsideUid with all
// capabilities.
StepResult UnshareUserAndMounts();

struct CloneResult {
  pid_t pid = -1;  // 0 in the child
  UniqueFd pidfd;  // parent only
  StepResult failed;
};

// clone3(2) of this single-threaded process into new user, pid, mount, network, IPC and UTS namespaces; with
// `cgroup_fd` >= 0 straight into that cgroup (v2).
CloneResult CloneIntoNamespaces(int cgroup_fd);

// fork(2), with a pidfd.
CloneResult Fork();

// Names the host of a new UTS namespace. Refused by the seccomp profiles of container engines.
StepResult NameHost();

// Brings the loopback interface of a new network namespace up.
StepResult BringLoopbackUp();

}  // namespace skillrunner::sandbox

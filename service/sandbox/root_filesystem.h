// The file system a program sees. Built once by the zygote, then only a few fresh mounts are added per sandbox.
//
//   /            tmpfs, read-only: a skeleton
//   /usr         the host's, read-only (and /bin, /lib, ... as the host has them)
//   /etc         a copy of the few files programs need; users, hosts and resolver are our own
//   /dev         null, zero, full, random, urandom; own /dev/shm and /dev/pts
//   /proc        own (processes of the sandbox only); empty where the host's container masks its own
//   /tmp /work   own tmpfs, limited; /work is the current directory
//   and what the operator shows beside these, read-only
#pragma once

#include <string>
#include <vector>

#include "sandbox/step.h"

namespace skillrunner::sandbox {

// Once, in a process that has just entered its own user and mount namespace: builds the root and moves into it.
// `shown`: directories of the host, absolute and without links in their paths, that are seen in it at the same paths.
StepResult BuildAndEnterRoot(const std::vector<std::string>& shown);

// In a new pid and mount namespace: shows its processes only. Refused where the /proc around it is partly masked.
StepResult MountFreshProc();

// In the init of a new sandbox: the mounts that are its own. `fresh_proc`: whether /proc can be mounted.
StepResult MountSandboxOwn(const SandboxLimits& limits, bool fresh_proc);

}  // namespace skillrunner::sandbox

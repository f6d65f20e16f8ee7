// Giving up what a program must not have, for good: capabilities, new privileges, limits.
#pragma once

#include "sandbox/step.h"

namespace skillrunner::sandbox {

// Drops every capability from every set, locks securebits so that uid 0 means nothing, and sets no_new_privs.
StepResult DropPrivileges();

// The same where there is no namespace to have a capability in: nobody holds one, so what needs CAP_SETPCAP is left.
StepResult DropPrivilegesWithoutNamespace();

// Resource limits of each process: open files, core files (none), processor time as a backstop behind the tree's
// accounting, locked memory, message queues. `limit_processes`: also RLIMIT_NPROC, where no cgroup counts processes; it
// counts per user namespace, and each sandbox has its own. No RLIMIT_AS: node, the JVM and wasm reserve address space.
StepResult SetResourceLimits(const SandboxLimits& limits, bool limit_processes);

// All signals to their default action and unblocked.
StepResult ResetSignals();

}  // namespace skillrunner::sandbox

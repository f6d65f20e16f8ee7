// Level RESTRICTED: a sandbox without namespaces, for hosts that refuse them (container engines' default seccomp
// profiles, AppArmor on Ubuntu).
//
// The program is a process of the host like any other of this user: Landlock decides which files it opens, seccomp
// which calls it makes, limits are per process and by accounting. Its init, which is neither restricted nor traceable,
// is its subreaper and ends the tree. docs/sandbox.md says what this level does not give.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "sandbox/init_protocol.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {

struct RestrictedPlan {
  std::string work;                // current and home directory
  std::string tmp;                 // TMPDIR
  std::vector<std::string> shown;  // further directories that can be read
  std::string preload_library;     // library that programs are started with; empty: none
  int landlock_version = 0;
};

// In the init. A parent's death is told by SIGTERM here: there is a tree to be ended.
StepResult SetUpRestricted();

// In the program's process: limits, files, calls. `broker`: a SOCK_SEQPACKET, to which a brokered filter's listener is
// sent.
StepResult RestrictProgram(const RestrictedPlan& plan, const SandboxLimits& limits, const SeccompFilter& filter,
                           int broker);

// What the program may do in its own directories.
LandlockPolicy OwnFiles(const RestrictedPlan& plan);

// What says /work says where that is; and what programs need to do without namespaces.
void AdaptEnvironment(const RestrictedPlan& plan, Program* program);

// As /proc lists them.
std::vector<pid_t> ChildrenOf(pid_t pid);
std::vector<pid_t> ThreadsOf(pid_t pid);

// Kills everything below this process, which must be a subreaper with one thread, and reaps it; spares the children
// in `keep` and what is below them.
void EndDescendants(const std::set<pid_t>& keep = {});

// Tries it in throw-away children. Where it fails: which call, or what does not hold.
StepResult ProbeRestricted(const RestrictedPlan& plan, const SeccompFilter& filter);

}  // namespace skillrunner::sandbox

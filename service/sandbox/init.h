// The init of a sandbox: pid 1 of its pid namespace. Sets the sandbox up, gives up all privileges, forks the process
// that waits for a job and becomes the program (program_process.h), reaps orphans, reports the end and exits, whereupon
// the kernel kills whatever is left (at level RESTRICTED: it does so itself). Holds the server's control socket: when
// the server is gone, it exits.
#pragma once

#include <sys/types.h>

#include "sandbox/cgroup.h"
#include "sandbox/init_protocol.h"
#include "sandbox/launcher.h"
#include "sandbox/restricted.h"
#include "sandbox/seccomp_filter.h"

namespace skillrunner::sandbox {

struct InitPlan {
  int control = -1;       // SOCK_SEQPACKET to the server
  int stdout_write = -1;  // what becomes the program's 1 and 2
  int stderr_write = -1;
  int ids_mapped = -1;  // gives a byte once the zygote has mapped ids of its own; -1: the zygote's are mapped here
  int zygote = -1;      // pidfd of the process that forked this one
  SandboxLimits limits;
  bool fresh_proc = false;
  bool own_host_name = false;
  bool limit_processes = false;  // by RLIMIT_NPROC, where no cgroup does
  Cgroup* cgroup = nullptr;
  int landlock_version = 0;  // 0: there is none
  const char* work_directory = "/work";
  const RestrictedPlan* restricted = nullptr;  // not null: level RESTRICTED, without namespaces
  const SeccompFilter* filter = nullptr;
  Launcher* launcher = nullptr;
};

// In a process fresh from CloneIntoNamespaces.
[[noreturn]] void RunInit(const InitPlan& plan);

}  // namespace skillrunner::sandbox

// The system calls a program may make. Built once (libseccomp), installed per sandbox.
//
// An allow-list: what is not on it, known or yet unknown, is answered ENOSYS, as by a kernel that does not have it;
// what programs would misread as "try another way" is answered EPERM. Never a kill: asyncio, node and the JVM probe.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {

struct SeccompPolicy {
  // No memfd and no System V IPC: their memory belongs to no process, so only a cgroup can count it.
  bool deny_uncounted_memory = false;
  // Level RESTRICTED: the program is a process of the host among others of its user. No sockets, no System V IPC or
  // message queues, no limits or priorities of others, and of files nothing by path that Landlock does not see.
  bool on_host = false;
  // On the host, where Landlock does not confine signals (before version 6): none to others, not even to children.
  bool deny_signals = false;
  // On the host: calls that a broker makes in the program's place (broker.h) wait for it instead of being refused.
  bool brokered = false;
};

class SeccompFilter {
 public:
  // Compiles the policy for this machine's architecture.
  static absl::StatusOr<SeccompFilter> Build(const SeccompPolicy& policy);

  // Installs it in the calling thread, for good, and for all that comes from it. Needs no_new_privs. `listener`, of a
  // brokered policy: where the calls of the broker arrive; without anybody there they are answered ENOSYS.
  StepResult Install(UniqueFd* listener = nullptr) const;
  bool brokered() const { return !brokered_.empty(); }

 private:
  std::vector<sock_filter> by_argument_;
  std::vector<sock_filter> by_number_;
  std::vector<sock_filter> brokered_;
};

}  // namespace skillrunner::sandbox

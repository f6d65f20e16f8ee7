// What differs from host to host in the set-up of a sandbox although its namespaces can be made: found out once, by
// doing it in a throw-away child, so that every sandbox is set up alike and says what it is.
#pragma once

#include "sandbox/step.h"

namespace skillrunner::sandbox {

// No value: works. Otherwise the call that is refused here.
struct HostSupport {
  StepResult fresh_proc;  // a procfs of the sandbox's own can be mounted
  StepResult host_name;   // the UTS namespace can be given a name of its own
};

// Forks a probe into new namespaces; in a zygote that has entered its root. Fails if that is refused.
StepResult ProbeHostSupport(HostSupport* support);

}  // namespace skillrunner::sandbox

// What a process tree uses, read from /proc: for hosts where no cgroup counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace skillrunner::sandbox {

struct TreeUsage {
  int64_t cpu_nanos = 0;  // of the living and of those they waited for; granularity 10 ms
  int64_t memory_bytes =
      0;              // proportional share of shared pages counted (Pss) once the plain sum passes `memory_limit`
  int64_t tasks = 0;  // processes and threads
};

// The tree below `init`, itself excluded. Processes that end while it is read may be missed until their parent waits.
TreeUsage ReadTreeUsage(pid_t init, int64_t memory_limit);

}  // namespace skillrunner::sandbox

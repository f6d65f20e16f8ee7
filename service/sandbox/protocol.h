// What server, zygote and sandbox say to each other. Messages travel over SOCK_SEQPACKET (base/seqpacket.h), encoded by
// base/wire.h.
//
//   server ◀─Loaded─── zygote          modules its interpreter has, in parts
//   server ◀─Hello──── zygote          what its sandboxes enforce
//   server ──Create──▶ zygote          the zygote forks a sandbox into its namespaces and cgroup
//   server ◀─Created── zygote          with three descriptors: control socket, stdout, stderr (read ends)
//   server ◀─Ready──── sandbox         over the control socket: everything is set up, it waits
//   server ──Job─────▶ sandbox         with two descriptors: the encoded Program and standard input
//   server ──Started─▶ zygote          the clock of processor time and memory accounting starts
//   server ◀─Exited─── sandbox         the program ended; the init ends too, and with it the whole process tree
//   server ◀─Gone───── zygote          the tree is reaped, its cgroup read and removed: nothing of the sandbox is left
//   server ──Ping────▶ zygote          where something is expected of it; Pong comes back at once
//
// The zygote kills a sandbox on Kill, on a limit (LimitReached comes first), and all of them when the server is gone;
// the kernel kills them when the zygote is gone.
#pragma once

#include <cstdint>
#include <string>

namespace skillrunner::sandbox {

enum class Tag : int64_t {
  kHello = 1,
  kCreate,
  kCreated,
  kCreateFailed,
  kStarted,
  kKill,
  kLimitReached,
  kGone,
  kReady,
  kSetupFailed,
  kJob,
  kExited,
  kLoaded,
  kPing,
  kPong,
};

// Higher is stronger. The values are those of the API's IsolationLevel.
enum class IsolationLevel : int64_t { kNone = 0, kRestricted = 1, kNamespaced = 2, kFull = 3 };

// Part of the sandbox, as it is on this host.
struct Mechanism {
  std::string name;
  bool active = false;
  std::string detail;  // what it is; or why it is not in force and what would change that
  template <class A>
  void Fields(A& a) {
    a(name, active, detail);
  }
};

// What the zygote, or the sandbox, enforces. Wall time and output belong to the server.
struct SandboxLimits {
  int64_t cpu_nanos = 0;     // processor time of the tree
  int64_t memory_bytes = 0;  // of the tree
  int64_t processes = 0;     // processes and threads at one time
  int64_t disk_bytes = 0;    // each of /work and /tmp
  int64_t open_files = 0;    // each process
  template <class A>
  void Fields(A& a) {
    a(cpu_nanos, memory_bytes, processes, disk_bytes, open_files);
  }
  bool operator==(const SandboxLimits&) const = default;
};

// A system call that failed where it must not.
struct FailedStep {
  std::string call;   // such as "mount tmpfs on /tmp"
  int64_t error = 0;  // errno
  template <class A>
  void Fields(A& a) {
    a(call, error);
  }
};

// What the kernel counted for a sandbox. -1: not measured on this host.
struct Counters {
  int64_t cpu_nanos = -1;
  int64_t memory_peak_bytes = -1;
  int64_t oom_kills = -1;
  int64_t pids_peak = -1;
  int64_t pids_refused = -1;  // forks the limit refused
  template <class A>
  void Fields(A& a) {
    a(cpu_nanos, memory_peak_bytes, oom_kills, pids_peak, pids_refused);
  }
};

}  // namespace skillrunner::sandbox

// What server, zygote and sandbox say to each other. Messages travel over SOCK_SEQPACKET (base/seqpacket.h), encoded by
// base/wire.h.
//
//   server ──Create──▶ zygote          the zygote forks a sandbox into its namespaces and cgroup
//   server ◀─Created── zygote          with three descriptors: control socket, stdout, stderr (read ends)
//   server ◀─Ready──── sandbox init    over the control socket: everything is set up, it waits
//   server ──Job─────▶ sandbox init    with two descriptors: the encoded Program and standard input
//   server ──Started─▶ zygote          the clock of processor time and memory accounting starts
//   server ◀─Running── sandbox init    the program was exec'd
//   server ◀─Exited─── sandbox init    the program ended; the init ends too, and with it the whole process tree
//   server ◀─Gone───── zygote          the tree is reaped, its cgroup read and removed: nothing of the sandbox is left
//
// The zygote kills a sandbox on Kill, on a limit (LimitReached comes first), and all of them when the server is gone;
// the kernel kills them when the zygote is gone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
  kRunning,
  kExited,
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

struct Hello {
  static constexpr Tag kTag = Tag::kHello;
  IsolationLevel level = IsolationLevel::kNone;
  std::vector<Mechanism> mechanisms;
  template <class A>
  void Fields(A& a) {
    a(level, mechanisms);
  }
};

struct Create {
  static constexpr Tag kTag = Tag::kCreate;
  uint64_t id = 0;
  SandboxLimits limits;
  template <class A>
  void Fields(A& a) {
    a(id, limits);
  }
};

struct Created {  // descriptors: control, stdout, stderr
  static constexpr Tag kTag = Tag::kCreated;
  uint64_t id = 0;
  template <class A>
  void Fields(A& a) {
    a(id);
  }
};

struct CreateFailed {
  static constexpr Tag kTag = Tag::kCreateFailed;
  uint64_t id = 0;
  FailedStep step;
  template <class A>
  void Fields(A& a) {
    a(id, step);
  }
};

struct Started {
  static constexpr Tag kTag = Tag::kStarted;
  uint64_t id = 0;
  template <class A>
  void Fields(A& a) {
    a(id);
  }
};

struct Kill {
  static constexpr Tag kTag = Tag::kKill;
  uint64_t id = 0;
  template <class A>
  void Fields(A& a) {
    a(id);
  }
};

enum class Limit : int64_t { kCpu = 1, kMemory = 2 };

struct LimitReached {
  static constexpr Tag kTag = Tag::kLimitReached;
  uint64_t id = 0;
  Limit limit = Limit::kCpu;
  int64_t used = 0;  // nanoseconds or bytes
  template <class A>
  void Fields(A& a) {
    a(id, limit, used);
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

struct Gone {
  static constexpr Tag kTag = Tag::kGone;
  uint64_t id = 0;
  int64_t init_wait_status = 0;  // as of waitpid(2)
  Counters counters;
  template <class A>
  void Fields(A& a) {
    a(id, init_wait_status, counters);
  }
};

struct Ready {
  static constexpr Tag kTag = Tag::kReady;
  template <class A>
  void Fields(A&) {}
};

struct SetupFailed {
  static constexpr Tag kTag = Tag::kSetupFailed;
  FailedStep step;
  template <class A>
  void Fields(A& a) {
    a(step);
  }
};

struct InputFile {
  std::string path;  // relative to the work directory, already validated
  std::string content;
  bool executable = false;
  template <class A>
  void Fields(A& a) {
    a(path, content, executable);
  }
};

// What runs in the sandbox.
struct Program {
  static constexpr Tag kTag = Tag::kJob;
  std::string executable;                // absolute path as seen in the sandbox
  std::vector<std::string> arguments;    // argv, argv[0] included
  std::vector<std::string> environment;  // KEY=value
  std::vector<InputFile> files;
  template <class A>
  void Fields(A& a) {
    a(executable, arguments, environment, files);
  }
};

struct Job {  // descriptors: memfd with the encoded Program, standard input
  static constexpr Tag kTag = Tag::kJob;
  template <class A>
  void Fields(A&) {}
};

struct Running {
  static constexpr Tag kTag = Tag::kRunning;
  template <class A>
  void Fields(A&) {}
};

struct Exited {
  static constexpr Tag kTag = Tag::kExited;
  int64_t wait_status = 0;  // of the program, as of waitpid(2)
  int64_t user_cpu_nanos = 0;
  int64_t system_cpu_nanos = 0;
  int64_t largest_rss_bytes = 0;  // of the largest process
  int64_t unreachable_sends =
      -1;  // packets and connections the kernel had no route for (snmp Ip OutNoRoutes); -1: unknown
  template <class A>
  void Fields(A& a) {
    a(wait_status, user_cpu_nanos, system_cpu_nanos, largest_rss_bytes, unreachable_sends);
  }
};

inline constexpr size_t kMaxProgramBytes = 16 * 1024 * 1024;

}  // namespace skillrunner::sandbox

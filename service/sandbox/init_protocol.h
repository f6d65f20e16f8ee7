// The messages between server and the init of a sandbox; see protocol.h for who says what when.
#pragma once

#include <vector>

#include "sandbox/protocol.h"

namespace skillrunner::sandbox {

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

struct Exited {
  static constexpr Tag kTag = Tag::kExited;
  int64_t wait_status = 0;  // of the program, as of waitpid(2)
  int64_t user_cpu_nanos = 0;
  int64_t system_cpu_nanos = 0;
  int64_t largest_rss_bytes = 0;  // of the largest process
  int64_t unreachable_sends =
      -1;  // packets and connections the kernel had no route for (snmp Ip OutNoRoutes); -1: unknown
  // No process of the program is left, and `counters` are all there will be: whoever waits for the end need not wait
  // for the namespaces to be taken apart.
  bool complete = false;
  Counters counters;
  template <class A>
  void Fields(A& a) {
    a(wait_status, user_cpu_nanos, system_cpu_nanos, largest_rss_bytes, unreachable_sends, complete, counters);
  }
};

inline constexpr size_t kMaxProgramBytes = 16 * 1024 * 1024;

}  // namespace skillrunner::sandbox

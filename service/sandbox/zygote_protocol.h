// The messages between server and zygote; see protocol.h for who says what when.
#pragma once

#include <string>
#include <vector>

#include "sandbox/protocol.h"

namespace skillrunner::sandbox {

struct Hello {
  static constexpr Tag kTag = Tag::kHello;
  IsolationLevel level = IsolationLevel::kNone;
  std::vector<Mechanism> mechanisms;
  template <class A>
  void Fields(A& a) {
    a(level, mechanisms);
  }
};

// A part of the modules that programs find imported; all parts come before Hello.
struct Loaded {
  static constexpr Tag kTag = Tag::kLoaded;
  std::vector<std::string> modules;
  template <class A>
  void Fields(A& a) {
    a(modules);
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

// Whether it is there; answered by Pong, at once.
struct Ping {
  static constexpr Tag kTag = Tag::kPing;
  template <class A>
  void Fields(A& /*a*/) {}
};

struct Pong {
  static constexpr Tag kTag = Tag::kPong;
  template <class A>
  void Fields(A& /*a*/) {}
};

struct Kill {
  static constexpr Tag kTag = Tag::kKill;
  uint64_t id = 0;
  template <class A>
  void Fields(A& a) {
    a(id);
  }
};

enum class Limit : int64_t { kCpu = 1, kMemory = 2, kProcesses = 3 };

struct LimitReached {
  static constexpr Tag kTag = Tag::kLimitReached;
  uint64_t id = 0;
  Limit limit = Limit::kCpu;
  int64_t used = 0;  // nanoseconds, bytes or tasks
  template <class A>
  void Fields(A& a) {
    a(id, limit, used);
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

}  // namespace skillrunner::sandbox

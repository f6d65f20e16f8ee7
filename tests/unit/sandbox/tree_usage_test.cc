#include "sandbox/tree_usage.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace skillrunner::sandbox {
namespace {

constexpr int64_t kMemoryLimit = int64_t{1} << 40;

void BurnForNanos(int64_t nanos) {
  timespec used{};
  do {
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  } while (used.tv_sec == 0 && used.tv_nsec < nanos);
}

// An init, which leads a group, with one process that has children which use 20 ms each, one after the other.
pid_t StartTree(int flags_of_handler) {
  const pid_t init = ::fork();
  if (init != 0) {
    ::setpgid(init, init);
    return init;
  }
  ::setpgid(0, 0);
  if (::fork() == 0) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = flags_of_handler;
    ::sigaction(SIGCHLD, &action, nullptr);
    while (true) {
      const pid_t child = ::fork();
      if (child == 0) {
        BurnForNanos(20'000'000);
        ::_exit(0);
      }
      while (::waitpid(child, nullptr, 0) == -1 && errno == EINTR) {
      }
    }
  }
  ::wait(nullptr);
  ::_exit(0);
}

// Whether a child was seen to be lost in so many looks.
bool LosesChildren(int flags_of_handler, int looks) {
  const pid_t init = StartTree(flags_of_handler);
  TreeAccount account(init);
  bool loses = false;
  for (int i = 0; i < looks && !loses; ++i) {
    ::usleep(13'000);
    loses = account.Look(kMemoryLimit).loses_children;
  }
  ::kill(-init, SIGKILL);
  ::waitpid(init, nullptr, 0);
  return loses;
}

TEST(TreeUsage, ChildThatTheKernelForgetsIsNoticedWithoutAFlagToRead) {
  EXPECT_TRUE(LosesChildren(SA_NOCLDWAIT, 1000));
  EXPECT_FALSE(LosesChildren(0, 50));
}

}  // namespace
}  // namespace skillrunner::sandbox

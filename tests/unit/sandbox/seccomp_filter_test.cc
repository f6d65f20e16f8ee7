#include "sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace skillrunner::sandbox {
namespace {

// Calls `body` under the filter in a child; its result.
int Under(const SeccompPolicy& policy, const std::function<int()>& body) {
  const auto filter = SeccompFilter::Build(policy);
  EXPECT_TRUE(filter.ok()) << filter.status();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || filter->Install()) ::_exit(255);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

// errno of a call, 0 for success.
int Errno(long result) {
  return result == -1 ? errno : 0;
}

constexpr SeccompPolicy kOldLandlock = {.deny_uncounted_memory = true, .on_host = true, .deny_signals = true};

TEST(SeccompFilter, OnAHostWithoutSignalScopesNobodyElseCanBeSignalled) {
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::kill(::getppid(), 0)); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::kill(-1, 0)); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0)); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::syscall(SYS_tkill, ::getppid(), 0)); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::fcntl(0, F_SETOWN, ::getppid())); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::fcntl(0, F_SETSIG, SIGKILL)); }), EPERM);
  EXPECT_EQ(Under(kOldLandlock, [] { return Errno(::kill(0, 0)); }), 0);
}

TEST(SeccompFilter, OnAHostWithThemSignalsAreLandlocksToConfine) {
  const SeccompPolicy policy = {.deny_uncounted_memory = true, .on_host = true};
  EXPECT_EQ(Under(policy, [] { return Errno(::kill(::getppid(), 0)); }), 0);
  EXPECT_EQ(Under(policy, [] { return Errno(::socket(AF_INET, SOCK_STREAM, 0)); }), EAFNOSUPPORT);
  int pair[2];
  EXPECT_EQ(Under(policy, [&] { return Errno(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)); }), 0);
  EXPECT_EQ(Under(policy, [&] { return Errno(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair)); }),
            EOPNOTSUPP);
}

TEST(SeccompFilter, MemoryThatNobodyCountsIsDeniedOnlyWhereNobodyCountsIt) {
  const auto memfd = [] { return Errno(::syscall(SYS_memfd_create, "x", 0)); };
  EXPECT_EQ(Under({.deny_uncounted_memory = true}, memfd), ENOSYS);
  EXPECT_EQ(Under({}, memfd), 0);
}

}  // namespace
}  // namespace skillrunner::sandbox

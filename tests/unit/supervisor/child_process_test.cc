#include "supervisor/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace skillrunner {
namespace {

using ::testing::HasSubstr;

int WaitStatus(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

std::string ReadAll(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof(buffer))) > 0;) text.append(buffer, got);
  return text;
}

ChildSpec Shell(const UniqueFd& shell, const std::string& script) {
  return ChildSpec{"sh", shell.get(), {"-c", script}, {}, std::nullopt};
}

TEST(StartChild, HandsDescriptorsOverFromThreeOnWhateverTheirNumbers) {
  const UniqueFd shell(::open("/bin/sh", O_PATH | O_CLOEXEC));
  int first[2];
  int second[2];
  ASSERT_EQ(::pipe2(first, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(second, O_CLOEXEC), 0);
  // The descriptor that shall become 3 is above the one that shall become 4, so each stands in the other's way.
  ChildSpec spec = Shell(shell, "echo one >&3; echo two >&4; test ! -e /proc/self/fd/5");
  spec.fds = {second[1], first[1]};
  const auto child = StartChild(spec);
  ASSERT_TRUE(child.ok()) << child.status();
  ::close(first[1]);
  ::close(second[1]);
  EXPECT_EQ(ReadAll(second[0]), "one\n");
  EXPECT_EQ(ReadAll(first[0]), "two\n");
  EXPECT_EQ(WaitStatus(*child), 0);
  ::close(first[0]);
  ::close(second[0]);
}

TEST(StartChild, ResetsSignalsThatTheParentIgnoresOrBlocks) {
  const UniqueFd shell(::open("/bin/sh", O_PATH | O_CLOEXEC));
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto child = StartChild(Shell(shell,
                                      "grep -q 'SigIgn:.0*$' /proc/self/status && "
                                      "grep -q 'SigBlk:.0*$' /proc/self/status && kill -TERM $$"));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(child.ok()) << child.status();
  const int status = WaitStatus(*child);
  EXPECT_EQ(DescribeExit(status), "was killed by signal 15 (Terminated)");
  EXPECT_EQ(ExitCodeOf(status), 143);
}

TEST(StartChild, SaysThatAFileCannotBeExecutedAndLeavesNoChild) {
  const UniqueFd text(::open("/etc/passwd", O_PATH | O_CLOEXEC));
  const auto child = StartChild(ChildSpec{"skill-server", text.get(), {}, {}, std::nullopt});
  ASSERT_FALSE(child.ok());
  EXPECT_THAT(std::string(child.status().message()), HasSubstr("skill-server cannot be executed as user"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(StartChild, SaysThatAnUnprivilegedUserCannotBecomeAnother) {
  const UniqueFd shell(::open("/bin/sh", O_PATH | O_CLOEXEC));
  const pid_t tester = ::fork();
  if (tester == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(3);
    ChildSpec spec = Shell(shell, "true");
    spec.identity = Identity{61400, 61400};
    const auto child = StartChild(spec);
    const bool told =
        !child.ok() && child.status().message().find("cannot run as user 61400") != absl::string_view::npos;
    ::_exit(told ? 0 : 1);
  }
  EXPECT_EQ(WaitStatus(tester), 0);
}

TEST(DescribeExit, TellsCodesFromSignals) {
  EXPECT_EQ(DescribeExit(3 << 8), "exited with code 3");
  EXPECT_EQ(ExitCodeOf(3 << 8), 3);
  EXPECT_EQ(DescribeExit(9), "was killed by signal 9 (Killed)");
}

}  // namespace
}  // namespace skillrunner

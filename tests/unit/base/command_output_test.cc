#include "base/command_output.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"

namespace skillrunner {
namespace {

std::optional<std::string> Shell(const std::string& script, CommandOptions options = {}) {
  return CommandOutput({"/bin/sh", "-c", script}, options);
}

TEST(CommandOutput, IsWhatItPrintsInAnEnvironmentOfItsOwn) {
  EXPECT_EQ(Shell("pwd; echo $GIVEN$HOME; cat; echo no >&2", {.environment = {"GIVEN=yes"}}), "/\nyes\n");
  EXPECT_EQ(Shell("echo out; echo err >&2", {.with_stderr = true}), "out\nerr\n");
  EXPECT_EQ(Shell("printf 123456", {.max_bytes = 4}), "1234");
}

TEST(CommandOutput, OfAFailureThereIsNone) {
  EXPECT_EQ(CommandOutput({"/nonexistent"}, {}), std::nullopt);
  EXPECT_EQ(CommandOutput({}, {}), std::nullopt);
  EXPECT_EQ(Shell("echo out; exit 3"), std::nullopt);
  EXPECT_EQ(Shell("echo out; kill -9 $$"), std::nullopt);
}

TEST(CommandOutput, EndsWhatTakesTooLongWithItsChildren) {
  const int64_t before = MonotonicNanos();
  EXPECT_EQ(Shell("sleep 3600 & sleep 3600", {.patience = absl::Milliseconds(50)}), std::nullopt);
  EXPECT_EQ(Shell("exec >&- 2>&-; sleep 3600", {.patience = absl::Milliseconds(50)}), std::nullopt);
  EXPECT_LT(MonotonicNanos() - before, 3600 * int64_t{1'000'000'000});
}

TEST(CommandOutput, GivesNeitherDescriptorsNorSignalMaskAway) {
  const int inherited = ::dup(STDERR_FILENO);  // not close-on-exec
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(Shell("ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status"), "4\nSigBlk:\t0000000000000000\n");
  // Bits from 1; 32 and 33 are the C library's own affair.
  EXPECT_THAT(*Shell("grep SigIgn /proc/self/status"), ::testing::EndsWith("0000000\n"));
  ::signal(SIGPIPE, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(inherited);
}

}  // namespace
}  // namespace skillrunner

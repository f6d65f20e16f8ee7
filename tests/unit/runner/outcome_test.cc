#include "runner/outcome.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <signal.h>

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using ::testing::HasSubstr;

RunFacts Facts() {
  RunFacts facts;
  facts.limits = {.wall_nanos = 30'000'000'000,
                  .output_bytes = 1 << 20,
                  .sandbox = {.cpu_nanos = 10'000'000'000,
                              .memory_bytes = 64 << 20,
                              .processes = 16,
                              .disk_bytes = 1 << 20,
                              .open_files = 64}};
  return facts;
}

RunFacts ExitedWith(int code) {
  RunFacts facts = Facts();
  facts.exited = sandbox::Exited{.wait_status = code << 8};
  return facts;
}

RunFacts KilledBy(int signal) {
  RunFacts facts = Facts();
  facts.exited = sandbox::Exited{.wait_status = signal};
  return facts;
}

TEST(Outcome, ExitCodeZeroSucceedsAndOthersFail) {
  EXPECT_EQ(JudgeOutcome(ExitedWith(0)).state(), v1::Run::STATE_SUCCEEDED);
  const auto failed = JudgeOutcome(ExitedWith(3));
  EXPECT_EQ(failed.state(), v1::Run::STATE_FAILED);
  EXPECT_EQ(failed.cause(), v1::TERMINATION_CAUSE_EXITED);
  EXPECT_EQ(failed.exit_code(), 3);
}

TEST(Outcome, WhatWeDidFirstIsTheCauseWhateverTheKernelSaysAfterwards) {
  RunFacts facts = KilledBy(SIGKILL);
  facts.stopped_by = v1::TERMINATION_CAUSE_WALL_TIME_LIMIT;
  facts.counters.oom_kills = 1;
  EXPECT_EQ(JudgeOutcome(facts).cause(), v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
}

TEST(Outcome, ProgramThatOutlivedAProcessKilledForMemoryIsNotSaidToHaveBeenEnded) {
  RunFacts facts = ExitedWith(3);
  facts.counters.oom_kills = 1;
  const auto finished = JudgeOutcome(facts);
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT);
  EXPECT_EQ(finished.message(),
            "The kernel killed a process of the program, whose processes together needed more than 64 MiB of memory "
            "(limits.memory_bytes); the program then failed with exit code 3.");
  facts.exited->wait_status = SIGKILL;
  EXPECT_THAT(JudgeOutcome(facts).message(), HasSubstr("and was ended"));
}

TEST(Outcome, ProgramThatNeverStartedHasNoExitOfItsOwn) {
  RunFacts facts = ExitedWith(1);
  facts.failed_step = sandbox::FailedStep{.call = "close_range", .error = EBADF};
  const auto finished = JudgeOutcome(facts);
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_START_FAILED);
  EXPECT_EQ(finished.exit_code(), 0);
  EXPECT_EQ(finished.evidence().count("wait.status"), 0U);
  EXPECT_EQ(finished.evidence().at("start.step"), "close_range");
  EXPECT_FALSE(finished.usage().has_user_cpu());
}

TEST(Outcome, KilledForMemoryIsAMemoryLimitButASurvivedKillIsNot) {
  RunFacts facts = KilledBy(SIGKILL);
  facts.counters.oom_kills = 1;
  EXPECT_EQ(JudgeOutcome(facts).cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT);
  EXPECT_THAT(JudgeOutcome(facts).message(), HasSubstr("64 MiB"));
  facts = ExitedWith(0);
  facts.counters.oom_kills = 1;
  EXPECT_EQ(JudgeOutcome(facts).state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_EQ(JudgeOutcome(facts).evidence().at("cgroup.oom_kills"), "1");
}

TEST(Outcome, SignalIsNamed) {
  const auto finished = JudgeOutcome(KilledBy(SIGSEGV));
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_SIGNALED);
  EXPECT_EQ(finished.signal(), SIGSEGV);
  EXPECT_THAT(finished.message(), HasSubstr("Segmentation fault"));
}

TEST(Outcome, KillByTheBackstopOfProcessorTimeIsTheCpuLimit) {
  RunFacts facts = KilledBy(SIGKILL);
  facts.exited->user_cpu_nanos = 10'500'000'000;
  EXPECT_EQ(JudgeOutcome(facts).cause(), v1::TERMINATION_CAUSE_CPU_TIME_LIMIT);
}

TEST(Outcome, FailureAfterRefusedForksIsTheProcessLimit) {
  RunFacts facts = ExitedWith(1);
  facts.counters.pids_refused = 4;
  EXPECT_EQ(JudgeOutcome(facts).cause(), v1::TERMINATION_CAUSE_PROCESS_LIMIT);
  EXPECT_EQ(JudgeOutcome(facts).exit_code(), 1);
}

TEST(Outcome, NoReportMeansTheSandboxWasLost) {
  RunFacts facts = Facts();
  facts.sandbox_lost = true;
  EXPECT_EQ(JudgeOutcome(facts).cause(), v1::TERMINATION_CAUSE_SANDBOX_LOST);
  EXPECT_EQ(JudgeOutcome(facts).state(), v1::Run::STATE_FAILED);
}

TEST(Outcome, FailedStartNamesItsStep) {
  RunFacts facts = Facts();
  facts.failed_step = sandbox::FailedStep{.call = "mount proc", .error = EPERM};
  const auto finished = JudgeOutcome(facts);
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_START_FAILED);
  EXPECT_THAT(finished.message(), HasSubstr("mount proc"));
  EXPECT_EQ(finished.evidence().at("start.step"), "mount proc");
}

TEST(Outcome, NetworkPolicyIsNamedOnEvidenceOfTheKernelOrTheTraceback) {
  RunFacts facts = ExitedWith(1);
  facts.exited->unreachable_sends = 2;
  EXPECT_THAT(JudgeOutcome(facts).message(), HasSubstr("network policy"));
  EXPECT_EQ(JudgeOutcome(facts).evidence().at("network.unreachable_sends"), "2");
  facts = ExitedWith(1);
  facts.exited->unreachable_sends = -1;
  facts.stderr_tail = "socket.gaierror: [Errno -3] Temporary failure in name resolution";
  EXPECT_THAT(JudgeOutcome(facts).message(), HasSubstr("network policy"));
  facts.stderr_tail = "ValueError: no";
  EXPECT_THAT(JudgeOutcome(facts).message(), ::testing::Not(HasSubstr("network policy")));
}

TEST(Outcome, CancellationsAreCancelled) {
  for (const auto cause : {v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT, v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED,
                           v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED, v1::TERMINATION_CAUSE_SERVER_SHUTDOWN}) {
    RunFacts facts = Facts();
    facts.stopped_by = cause;
    EXPECT_EQ(JudgeOutcome(facts).state(), v1::Run::STATE_CANCELLED);
    EXPECT_FALSE(JudgeOutcome(facts).message().empty());
  }
}

}  // namespace
}  // namespace skillrunner

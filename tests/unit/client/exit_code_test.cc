#include "skillctl/exit_code.h"

#include <gtest/gtest.h>

namespace skillrunner::skillctl {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

v1::RunFinished Ended(v1::TerminationCause cause, int exit_code = 0, int signal = 0) {
  v1::RunFinished finished;
  finished.set_cause(cause);
  finished.set_state(v1::Run::STATE_FAILED);
  finished.set_exit_code(exit_code);
  finished.set_signal(signal);
  return finished;
}

TEST(ExitCode, IsTheProgramsOwn) {
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_EXITED, 0)), 0);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_EXITED, 1)), 1);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_EXITED, 255)), 255);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_SIGNALED, 0, 11)), 139);
}

TEST(ExitCode, TellsWhyARunWasEnded) {
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT, 0, 9)), 124);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_CPU_TIME_LIMIT, 0, 9)), 124);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_MEMORY_LIMIT, 0, 9)), 137);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT)), 130);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_START_FAILED)), 126);
  EXPECT_EQ(ExitCodeFor(Ended(v1::TERMINATION_CAUSE_SANDBOX_LOST)), 125);
}

TEST(ExitCode, IsNeverZeroForARunThatDidNotSucceed) {
  for (int cause = v1::TerminationCause_MIN; cause <= v1::TerminationCause_MAX + 1; ++cause) {
    if (cause == v1::TERMINATION_CAUSE_EXITED) continue;  // there the program decides
    EXPECT_NE(ExitCodeFor(Ended(static_cast<v1::TerminationCause>(cause))), 0) << cause;
  }
}

TEST(ExitCode, OfAFailedCallIs64AndItsCode) {
  EXPECT_EQ(ExitCodeFor(grpc::Status::OK), 0);
  EXPECT_EQ(ExitCodeFor(grpc::Status(grpc::StatusCode::NOT_FOUND, "")), 69);
  EXPECT_EQ(ExitCodeFor(grpc::Status(grpc::StatusCode::UNAVAILABLE, "")), 78);
}

}  // namespace
}  // namespace skillrunner::skillctl

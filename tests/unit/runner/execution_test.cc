// What becomes of a run whose sandboxes do not live.
#include "runner/execution.h"

#include <gmock/gmock.h>

#include "async/nursery.h"
#include "async/reactor.h"
#include "base/clock.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "config/profiles.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr sandbox::SandboxLimits kLimits = {.cpu_nanos = 1'000'000'000, .memory_bytes = 1 << 20, .processes = 8};

class ExecutionTest : public ::testing::Test {
 protected:
  // A run, with a zygote all of whose sandboxes end before a program can start in them.
  v1::RunFinished RunWithoutLuck(const sandbox::Counters& counters, int64_t cancel_after_nanos) {
    RunPlan plan;
    plan.runtime = "bash";
    plan.limits = {.wall_nanos = 30'000'000'000, .output_bytes = 1000, .sandbox = kLimits};
    run_.emplace(std::move(plan));
    reactor_.Post([&] { tasks_.Start(Live(counters, MonotonicNanos() + cancel_after_nanos)); });
    reactor_.Run();
    const Journal::Batch batch = run_->journal().Read(0, 100, 1 << 20);
    return batch.events.empty() ? v1::RunFinished() : batch.events.back()->finished();
  }
  int asked() const { return asked_; }

 private:
  Task<void> Live(sandbox::Counters counters, int64_t cancel_at) {
    auto ends = *MakeSeqpacketPair();
    pools_.Adopt(kExecProfile, std::move(ends.first));
    const UniqueFd zygote = std::move(ends.second);
    EXPECT_TRUE(SendMessage(zygote.get(), Encode(sandbox::Hello{.level = sandbox::IsolationLevel::kFull})).ok());
    Execution execution(reactor_, admission_, pools_, compiles_, *run_);
    Nursery living;
    living.Start(execution.Live());
    while (!run_->finished()) {
      Event pause;
      (void)co_await pause.WaitUntil(MonotonicNanos() + 2'000'000);
      if (MonotonicNanos() > cancel_at) execution.Stop(v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT);
      while (true) {
        const auto message = ReceiveMessage(zygote.get(), /*dont_wait=*/true);
        if (!message.ok()) break;
        sandbox::Create create;
        if (!Decode(message->bytes, &create)) continue;
        ++asked_;
        EXPECT_TRUE(SendMessage(zygote.get(), Encode(sandbox::Gone{.id = create.id, .counters = counters})).ok());
      }
    }
    co_await living.Join();
    co_await pools_.Shutdown();
    reactor_.Stop();
  }

  Reactor reactor_;
  SandboxPools pools_{reactor_, {ParsePythonProfile("bare")}, {.least = 0, .most = 0}, kLimits};
  Admission admission_{1};
  Compiles compiles_;
  std::optional<skillrunner::Run> run_;
  Nursery tasks_;
  int asked_ = 0;
};

TEST_F(ExecutionTest, EndsWhereEverySandboxEndsBeforeItsProgramCanStart) {
  const v1::RunFinished finished = RunWithoutLuck({}, 50'000'000'000);
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_START_FAILED);
  EXPECT_THAT(finished.message(), ::testing::HasSubstr("whose init ended before the program could start"));
  EXPECT_EQ(asked(), 5);
}

TEST_F(ExecutionTest, SaysWhereThatWasForWantOfMemory) {
  const v1::RunFinished finished = RunWithoutLuck({.oom_kills = 1}, 50'000'000'000);
  EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_START_FAILED);
  EXPECT_THAT(finished.message(), ::testing::HasSubstr("Cannot allocate memory"));
}

TEST_F(ExecutionTest, CanBeCancelledMeanwhile) {
  EXPECT_EQ(RunWithoutLuck({}, 10'000'000).cause(), v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT);
  EXPECT_LT(asked(), 5);
}

}  // namespace
}  // namespace skillrunner

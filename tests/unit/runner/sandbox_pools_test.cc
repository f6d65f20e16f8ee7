#include "runner/sandbox_pools.h"

#include <gtest/gtest.h>

#include "async/nursery.h"
#include "async/reactor.h"
#include "base/clock.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "config/profiles.h"

namespace skillrunner {
namespace {

using sandbox::IsolationLevel;

constexpr sandbox::SandboxLimits kLimits = {.memory_bytes = 1 << 20, .processes = 8};

// The other end of a pool: what a zygote would say.
class SaidByZygote {
 public:
  explicit SaidByZygote(UniqueFd socket) : socket_(std::move(socket)) {}
  template <class M>
  void Say(const M& message) {
    EXPECT_TRUE(SendMessage(socket_.get(), Encode(message)).ok());
  }
  // The next sandbox that is asked for; 0: none is.
  uint64_t Asked() {
    while (true) {
      const auto message = ReceiveMessage(socket_.get(), /*dont_wait=*/true);
      sandbox::Ping ping;
      if (message.ok() && Decode(message->bytes, &ping)) continue;
      sandbox::Create create;
      return message.ok() && Decode(message->bytes, &create) ? create.id : 0;
    }
  }

 private:
  UniqueFd socket_;
};

class SandboxPoolsTest : public ::testing::Test {
 protected:
  // Runs `test` on the reactor, then shuts the pools down.
  template <class Test>
  void Run(const Test& test) {
    reactor_.Post([&] { tasks_.Start(Live(test)); });
    reactor_.Run();
  }
  SaidByZygote Adopt(const std::string& profile) {
    auto ends = *MakeSeqpacketPair();
    pools_.Adopt(profile, std::move(ends.first));
    return SaidByZygote(std::move(ends.second));
  }
  static Task<void> Pause(int64_t nanos) {
    Event pause;
    (void)co_await pause.WaitUntil(MonotonicNanos() + nanos);
  }

  Reactor reactor_;
  SandboxPools pools_{reactor_, {ParsePythonProfile("bare")}, {.least = 1, .most = 1}, kLimits};
  Nursery tasks_;

 private:
  template <class Test>
  Task<void> Live(const Test& test) {
    co_await test();
    co_await pools_.Shutdown();
    reactor_.Stop();
  }
};

constexpr int64_t kMoment = 50'000'000;

TEST_F(SandboxPoolsTest, RunIsNotGivenAWeakerSandboxThanItAsksFor) {
  Run([this]() -> Task<void> {
    SaidByZygote exec = Adopt(kExecProfile);
    SaidByZygote python = Adopt("python");
    exec.Say(sandbox::Hello{.level = IsolationLevel::kFull, .mechanisms = {}});
    python.Say(sandbox::Hello{.level = IsolationLevel::kRestricted, .mechanisms = {}});
    co_await Pause(kMoment);
    const std::set<std::string> none;
    EXPECT_EQ(pools_.Choose(none, IsolationLevel::kNone).profile.name, "python");
    EXPECT_EQ(pools_.Choose(none, IsolationLevel::kRestricted).profile.name, "python");
    EXPECT_EQ(pools_.Choose(none, IsolationLevel::kNamespaced).profile.name, kExecProfile);
  });
}

TEST_F(SandboxPoolsTest, NothingIsTakenFromAZygoteBeforeItHasSaidHowStrongItIs) {
  Run([this]() -> Task<void> {
    SaidByZygote first = Adopt(kExecProfile);
    first.Say(sandbox::Hello{.level = IsolationLevel::kFull, .mechanisms = {}});
    co_await Pause(kMoment);
    EXPECT_NE(pools_.exec().sandboxes->Take(kLimits), nullptr);
    SaidByZygote second = Adopt(kExecProfile);
    co_await Pause(kMoment);
    EXPECT_EQ(pools_.exec().sandboxes->Take(kLimits), nullptr);
    second.Say(sandbox::Hello{.level = IsolationLevel::kRestricted, .mechanisms = {}});
    co_await Pause(kMoment);
    EXPECT_NE(pools_.exec().sandboxes->Take(kLimits), nullptr);
    EXPECT_EQ(pools_.exec().sandboxes->capabilities()->level, IsolationLevel::kRestricted);
  });
}

TEST_F(SandboxPoolsTest, FailureOfYesterdayIsNotToldToday) {
  Run([this]() -> Task<void> {
    SaidByZygote exec = Adopt(kExecProfile);
    exec.Say(sandbox::Hello{.level = IsolationLevel::kFull, .mechanisms = {}});
    co_await Pause(kMoment);
    const uint64_t first = exec.Asked();
    EXPECT_NE(first, 0U);
    exec.Say(sandbox::CreateFailed{.id = first, .step = {.call = "fork", .error = 11}});
    co_await Pause(kMoment);
    EXPECT_EQ(exec.Asked(), 0U);  // not again at once
    const auto taken = pools_.exec().sandboxes->Take(kLimits);
    EXPECT_FALSE(taken->failed_step().has_value());
    EXPECT_NE(exec.Asked(), 0U);  // for whom it is wanted now
    co_await Pause(1'100'000'000);
    EXPECT_NE(exec.Asked(), 0U);  // and one to wait prepared
  });
}

}  // namespace
}  // namespace skillrunner

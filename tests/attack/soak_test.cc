// Many runs: cancelled at random moments, and left to end. SOAK_RUNS: how many of the latter; default
// 1000.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "host_state.h"
#include "testing/processes.h"
#include "testing/run_client.h"
#include "testing/service.h"

namespace skillrunner::testing {
namespace {

int SoakRuns() {
  const char* text = std::getenv("SOAK_RUNS");
  int runs = 0;
  return text != nullptr && absl::SimpleAtoi(text, &runs) ? runs : 1000;
}

// What a cancel may meet the run in, by how the service is set up and what is run. The pool must not grow under them:
// what it then keeps ready for a while would look left behind.
struct Phase {
  const char* name;
  std::vector<std::string> flags;
  const char* source;
  int latest_ms;  // cancels come up to so long after `accepted`
};
const Phase kPhases[] = {
    {"Queued", {"--max-running=1", "--max-ready-sandboxes=4"}, "sleep 0.02", 150},
    {"Preparing", {"--ready-sandboxes=1", "--max-ready-sandboxes=1"}, "sleep 0.02", 25},
    {"Running", {"--max-ready-sandboxes=4"}, "echo a; sleep 0.1; echo b", 100},
    {"Collecting", {"--max-ready-sandboxes=4"}, "head -c 300000 /dev/zero; echo end >&2", 60},
};

class Cancels : public ::testing::TestWithParam<std::tuple<Identity, int>> {};

// 250 in each phase: a thousand for each identity.
TEST_P(Cancels, AtAnyMomentMakeExactlyOneTerminalEvent) {
  const auto& [identity, phase_index] = GetParam();
  const Phase& phase = kPhases[phase_index];
  Service service({.identity = identity, .skills = {}, .flags = phase.flags});
  const auto channel = service.NewChannel();
  const auto runs = v1::RunService::NewStub(channel);
  (void)RunSource(*runs, BashSource("true"));
  absl::SleepFor(absl::Milliseconds(500));
  const HostState before = LookAtHost(service);

  constexpr int kClients = 5;
  constexpr int kEach = 50;
  std::atomic<int> cancelled = 0;
  std::atomic<int> ended = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      std::mt19937 random(static_cast<unsigned>(1000 * phase_index + c));
      std::uniform_int_distribution<int> delay(0, phase.latest_ms * 1000);
      for (int i = 0; i < kEach; ++i) {
        std::thread canceller;
        const absl::Duration after = absl::Microseconds(delay(random));
        const RunRecord record =
            RunSource(*runs, BashSource(phase.source), [&](const v1::RunEvent& event, grpc::ClientContext&) {
              if (!event.has_accepted()) return;
              canceller = std::thread([&runs, after, name = event.accepted().run().name()] {
                absl::SleepFor(after);
                grpc::ClientContext context;
                v1::CancelRunRequest request;
                request.set_name(name);
                v1::CancelRunResponse response;
                EXPECT_TRUE(runs->CancelRun(&context, request, &response).ok());
                // It is over when this returns, and stays what it is.
                EXPECT_GE(response.run().state(), v1::Run::STATE_SUCCEEDED);
              });
            });
        if (canceller.joinable()) canceller.join();
        EXPECT_EQ(record.Problem(), "");
        EXPECT_EQ(record.finished_count(), 1);
        const auto cause = record.finished().cause();
        EXPECT_TRUE(cause == v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT || cause == v1::TERMINATION_CAUSE_EXITED)
            << record.finished().ShortDebugString();
        ++(cause == v1::TERMINATION_CAUSE_EXITED ? ended : cancelled);
        const RunRecord again = WatchRun(*runs, record.name());
        EXPECT_EQ(again.Problem(), "");
        EXPECT_EQ(again.finished().cause(), cause);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(cancelled + ended, kClients * kEach);
  EXPECT_GT(cancelled, 0) << "every cancel came too late: the test shows nothing";
  std::string left;
  EXPECT_TRUE(Eventually([&] { return (left = LeftBehind(before, LookAtHost(service))).empty(); })) << left;
}

std::string CancelCase(const ::testing::TestParamInfo<std::tuple<Identity, int>>& info) {
  return absl::StrCat(IdentityName(std::get<0>(info.param)), kPhases[std::get<1>(info.param)].name);
}

INSTANTIATE_TEST_SUITE_P(As, Cancels,
                         ::testing::Combine(::testing::ValuesIn(PossibleIdentities()), ::testing::Range(0, 4)),
                         CancelCase);

class Soak : public ::testing::TestWithParam<Identity> {};

TEST_P(Soak, QuickRunsLeaveNothingBehind) {
  Service service({.identity = GetParam(), .skills = {}, .flags = {"--retained-runs=100", "--max-ready-sandboxes=4"}});
  const auto runs = v1::RunService::NewStub(service.NewChannel());
  std::atomic<int> bad = 0;
  const auto run_many = [&](int count) {
    std::atomic<int> next = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([&] {
        while (next++ < count) {
          const RunRecord record = RunSource(*runs, BashSource("echo hello"));
          if (record.Stdout() == "hello\n" && record.Problem().empty()) continue;
          ++bad;
          ADD_FAILURE() << record.status.error_message() << record.Problem() << record.finished().message()
                        << record.Stdout();
        }
      });
    }
    for (std::thread& client : clients) client.join();
  };
  run_many(500);  // what is made once, is made
  absl::SleepFor(absl::Seconds(1));
  const HostState before = LookAtHost(service);
  const size_t server_memory = ResidentBytes(service.server());
  const size_t zygote_memory = ResidentBytes(service.zygote());
  const pid_t zygote = service.zygote();
  run_many(SoakRuns());
  EXPECT_EQ(bad, 0);
  std::string left;
  EXPECT_TRUE(Eventually([&] { return (left = LeftBehind(before, LookAtHost(service))).empty(); })) << left;
  EXPECT_EQ(service.zygote(), zygote) << "the zygote was replaced";
  EXPECT_LE(ResidentBytes(service.server()), server_memory + (16 << 20));
  EXPECT_LE(ResidentBytes(service.zygote()), zygote_memory + (4 << 20));
}

std::string SoakCase(const ::testing::TestParamInfo<Identity>& info) {
  return IdentityName(info.param);
}

INSTANTIATE_TEST_SUITE_P(As, Soak, ::testing::ValuesIn(PossibleIdentities()), SoakCase);

}  // namespace
}  // namespace skillrunner::testing

// Many runs: at once, and one after another.
#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>

#include <atomic>
#include <thread>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

class Load : public ServiceCase {};

TEST_P(Load, FiveHundredRunsAtOnceAllSucceedWithTheirOwnOutput) {
  StartService();
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 500; ++i) {
    clients.emplace_back([&, i] {
      const RunRecord record =
          RunSource(runs(),
                    PythonSource(absl::StrCat("import asyncio\n"
                                              "async def fetch(n):\n  await asyncio.sleep(1)\n  return n\n"
                                              "async def main():\n  print(await asyncio.gather(*[fetch(",
                                              i,
                                              " * 10 + k) for k in range(3)]))\n"
                                              "asyncio.run(main())\n")),
                    nullptr, 400);
      const bool right = record.Problem().empty() && record.finished().exit_code() == 0 &&
                         record.Stdout() == absl::StrCat("[", i * 10, ", ", i * 10 + 1, ", ", i * 10 + 2, "]\n");
      if (right) {
        ++good;
      } else {
        ADD_FAILURE() << i << ": " << record.Problem() << record.Stdout() << record.Stderr()
                      << record.finished().ShortDebugString();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 500);
}

TEST_P(Load, TenThousandQuickRunsLeaveDescriptorsMemoryAndProcessesFlat) {
  StartService({.flags = {"--retained-runs=100", "--max-ready-sandboxes=4"}});
  struct Sizes {
    size_t server_files, zygote_files, server_memory, zygote_memory, processes;
  };
  const auto measure = [this] {
    absl::SleepFor(absl::Seconds(1));
    const pid_t server = service().server();
    const pid_t zygote = service().zygote();
    return Sizes{OpenFileCount(server), OpenFileCount(zygote), ResidentBytes(server), ResidentBytes(zygote),
                 ProcessCount()};
  };
  std::atomic<int> bad = 0;
  const auto run_many = [&](int count) {
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
      clients.emplace_back([&, count] {
        for (int i = 0; i < count / 4; ++i) {
          const RunRecord record = RunSource(
              runs(), i % 2 == 0 ? BashSource("echo hello") : PythonSource("import asyncio\nprint('hello')\n"));
          if (record.Stdout() != "hello\n" || !record.Problem().empty()) ++bad;
        }
      });
    }
    for (std::thread& client : clients) client.join();
  };
  run_many(1000);  // what is allocated once, is allocated
  const Sizes before = measure();
  run_many(10'000);
  const Sizes after = measure();
  EXPECT_EQ(bad, 0);
  EXPECT_LE(after.server_files, before.server_files + 4);
  EXPECT_LE(after.zygote_files, before.zygote_files + 2);
  EXPECT_LE(after.server_memory, before.server_memory + (8 << 20));
  EXPECT_LE(after.zygote_memory, before.zygote_memory + (2 << 20));
  EXPECT_LE(after.processes, before.processes + 5);
}

// A minute of it unless $ZYGOTE_KILL_SECONDS says otherwise.
absl::Duration KillingTime() {
  const char* seconds = ::getenv("ZYGOTE_KILL_SECONDS");
  int given = 0;
  return absl::Seconds(seconds != nullptr && absl::SimpleAtoi(seconds, &given) ? given : 60);
}

TEST_P(Load, ZygotesKilledAtRandomUnderLoadCostNoRunItsOutcomeAndTheServiceNothing) {
  StartService({.flags = {"--retained-runs=100", "--max-ready-sandboxes=4"}});
  const std::string program = "import asyncio\nasyncio.run(asyncio.sleep(0.05))\nprint('done')\n";
  const auto warm_run_succeeds = [&] {
    bool warm = false;
    const RunRecord record =
        RunSource(runs(), PythonSource(program), [&](const v1::RunEvent& event, grpc::ClientContext&) {
          if (event.has_started()) warm = event.started().warm();
        });
    return warm && record.Stdout() == "done\n";
  };
  ASSERT_TRUE(Eventually(warm_run_succeeds));
  absl::SleepFor(absl::Seconds(1));
  const pid_t server = service().server();
  const size_t files = OpenFileCount(server);
  const size_t processes = ProcessCount();

  const absl::Time until = absl::Now() + KillingTime();
  std::atomic<int> succeeded = 0;
  std::atomic<int> lost = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 6; ++c) {
    clients.emplace_back([&] {
      while (absl::Now() < until) {
        const RunRecord record = RunSource(runs(), PythonSource(program));
        EXPECT_EQ(record.Problem(), "");
        const v1::RunFinished finished = record.finished();
        if (finished.cause() == v1::TERMINATION_CAUSE_SANDBOX_LOST) {
          ++lost;
          continue;
        }
        ++succeeded;
        EXPECT_EQ(finished.state(), v1::Run::STATE_SUCCEEDED) << finished.ShortDebugString();
        EXPECT_EQ(record.Stdout(), "done\n");
      }
    });
  }
  absl::BitGen random;
  int killed = 0;
  while (absl::Now() < until) {
    absl::SleepFor(absl::Milliseconds(absl::Uniform(random, 100, 800)));
    std::vector<pid_t> zygotes;
    for (const pid_t child : Children(service().supervisor())) {
      if (child != server) zygotes.push_back(child);
    }
    if (zygotes.empty()) continue;
    ::kill(zygotes[absl::Uniform<size_t>(random, 0, zygotes.size())], SIGKILL);
    ++killed;
  }
  for (std::thread& client : clients) client.join();
  EXPECT_GT(killed, 0);
  EXPECT_GT(succeeded, lost) << killed << " zygotes were killed";

  EXPECT_TRUE(Eventually(warm_run_succeeds, 30));
  EXPECT_EQ(service().server(), server);
  EXPECT_TRUE(Eventually([&] { return OpenFileCount(server) <= files + 4 && ProcessCount() <= processes + 5; }, 30))
      << OpenFileCount(server) << " descriptors, " << files << " before; " << ProcessCount() << " processes, "
      << processes << " before";
}

FOR_EVERY_IDENTITY(Load);

}  // namespace
}  // namespace skillrunner::testing

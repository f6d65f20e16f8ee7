// Many runs: at once, and one after another.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

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
  StartService({.flags = {"--retained-runs=100"}});
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
          const RunRecord record = RunSource(runs(), BashSource("echo hello"));
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

FOR_EVERY_IDENTITY(Load);

}  // namespace
}  // namespace skillrunner::testing

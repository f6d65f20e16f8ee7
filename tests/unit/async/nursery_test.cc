#include "async/nursery.h"

#include <string>
#include <vector>

#include "base/clock.h"
#include "gmock/gmock.h"
#include "running_reactor.h"

namespace skillrunner {
namespace {

using ::testing::ElementsAre;
using ::testing::KilledBySignal;

Task<void> Append(std::vector<std::string>* log, std::string text, Event* go) {
  log->push_back("start " + text);
  co_await go->Wait();
  log->push_back("end " + text);
}

Task<void> StartBothThenJoin(std::vector<std::string>* log) {
  Nursery nursery;
  Event first;
  Event second;
  nursery.Start(Append(log, "one", &first));
  nursery.Start(Append(log, "two", &second));
  log->push_back("started");
  second.Set();
  first.Set();
  co_await nursery.Join();
  log->push_back("joined");
}

Task<void> StartFromWithin(Nursery* nursery, int left, int* started) {
  ++*started;
  if (left > 0) nursery->Start(StartFromWithin(nursery, left - 1, started));
  Event never;
  co_await never.WaitUntil(MonotonicNanos() + 1'000'000);
}

Task<void> JoinAll(int* started, size_t* running) {
  Nursery nursery;
  nursery.Start(StartFromWithin(&nursery, 9, started));
  co_await nursery.Join();
  *running = nursery.running();
  co_await nursery.Join();  // an empty nursery joins at once
}

TEST(Nursery, StartsAtOnceAndJoinsAll) {
  RunningReactor runner;
  std::vector<std::string> log;
  runner.Await([&] { return StartBothThenJoin(&log); });
  EXPECT_THAT(log, ElementsAre("start one", "start two", "started", "end two", "end one", "joined"));
}

TEST(Nursery, JoinsTasksThatItsTasksStarted) {
  RunningReactor runner;
  int started = 0;
  size_t running = 99;
  runner.Await([&] { return JoinAll(&started, &running); });
  EXPECT_EQ(started, 10);
  EXPECT_EQ(running, 0u);
}

Task<void> WaitForEver(Event* never) {
  co_await never->Wait();
}

TEST(NurseryDeathTest, EndsTheProcessWhenDestroyedWithTasks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Event never;
        Nursery nursery;
        nursery.Start(WaitForEver(&never));
      },
      KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace skillrunner

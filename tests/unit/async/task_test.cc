#include "async/task.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "running_reactor.h"

namespace skillrunner {
namespace {

Task<int> Give(int value) {
  co_return value;
}

Task<std::unique_ptr<std::string>> GiveOwned(std::string text) {
  co_return std::make_unique<std::string>(std::move(text));
}

Task<void> SumAwaits(int count, int64_t* sum) {
  for (int i = 0; i < count; ++i) {
    const int value = co_await Give(1);
    *sum += value;
  }
}

Task<int> Nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await Nested(depth - 1);
  co_return below + 1;
}

Task<void> TakeOwned(std::string* result) {
  std::unique_ptr<std::string> owned = co_await GiveOwned("a result that is only movable");
  *result = *owned;
}

Task<void> CountNested(int depth, int* result) {
  const int count = co_await Nested(depth);
  *result = count;
}

TEST(Task, MillionAwaitsInARowNeedNoStack) {
  RunningReactor runner;
  int64_t sum = 0;
  runner.Await([&] { return SumAwaits(1'000'000, &sum); });
  EXPECT_EQ(sum, 1'000'000);
}

TEST(Task, NestedTasksUnwindFromTheReadyList) {
  RunningReactor runner;
  int depth = 0;
  runner.Await([&] { return CountNested(1000, &depth); });
  EXPECT_EQ(depth, 1000);
}

TEST(Task, MovesItsResultOut) {
  RunningReactor runner;
  std::string result;
  runner.Await([&] { return TakeOwned(&result); });
  EXPECT_EQ(result, "a result that is only movable");
}

TEST(Task, NeverAwaitedNeverRuns) {
  int64_t sum = 0;
  { const Task<void> task = SumAwaits(1, &sum); }
  EXPECT_EQ(sum, 0);
}

}  // namespace
}  // namespace skillrunner

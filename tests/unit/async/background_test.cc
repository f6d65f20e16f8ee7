#include "async/background.h"

#include <atomic>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "running_reactor.h"

namespace skillrunner {
namespace {

Task<void> Get(Background<int>* value, int* result) {
  const int* made = co_await value->Get();
  *result = *made;
}

TEST(Background, NothingIsMadeThatNobodyWants) {
  std::atomic<int> made = 0;
  {
    Background<int> value([&] { return ++made; });
    EXPECT_EQ(value.Peek(), nullptr);
  }
  EXPECT_EQ(made, 0);
}

Task<void> GetTwice(Background<int>* value, absl::Notification* may_end, int* first, int* second) {
  Nursery nursery;
  nursery.Start(Get(value, first));
  nursery.Start(Get(value, second));
  may_end->Notify();  // the executor is not held up
  co_await nursery.Join();
}

TEST(Background, ManyWaitForOneThatIsMadeOnce) {
  std::atomic<int> made = 0;
  absl::Notification may_end;
  Background<int> value([&] {
    may_end.WaitForNotification();
    return ++made;
  });
  int first = 0;
  int second = 0;
  RunningReactor runner;
  runner.Await([&] { return GetTwice(&value, &may_end, &first, &second); });
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
  runner.Await([&] { return Get(&value, &second); });  // it is there already
  EXPECT_EQ(second, 1);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(*value.Peek(), 1);
}

TEST(Background, MayBeBegunAndLeft) {
  std::atomic<int> made = 0;
  {
    Background<int> value([&] { return ++made; });
    value.Begin();
    value.Begin();
  }
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace skillrunner

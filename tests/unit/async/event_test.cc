#include "async/event.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "gmock/gmock.h"
#include "running_reactor.h"

namespace skillrunner {
namespace {

Task<void> WaitUntil(Event* event, int64_t deadline, bool* result) {
  const bool set = co_await event->WaitUntil(deadline);
  *result = set;
}

TEST(Event, WaitGivesFalseWhenTheDeadlinePasses) {
  RunningReactor runner;
  Event event;
  bool set = true;
  const int64_t deadline = MonotonicNanos() + 5'000'000;
  runner.Await([&] { return WaitUntil(&event, deadline, &set); });
  EXPECT_FALSE(set);
  EXPECT_GE(MonotonicNanos(), deadline);
}

TEST(Event, DeadlineInThePastStillEnds) {
  RunningReactor runner;
  Event event;
  bool set = true;
  runner.Await([&] { return WaitUntil(&event, 1, &set); });
  EXPECT_FALSE(set);
}

Task<void> SetWhileOneWaits(bool* result) {
  Nursery nursery;
  Event event;
  nursery.Start(WaitUntil(&event, MonotonicNanos() + 3'600'000'000'000, result));
  event.Set();
  event.Set();  // twice is as good as once
  co_await nursery.Join();
}

TEST(Event, SetWakesTheWaiterAndCancelsItsTimer) {
  RunningReactor runner;
  bool set = false;
  runner.Await([&] { return SetWhileOneWaits(&set); });
  EXPECT_TRUE(set);
}

Task<void> WaitForSetEvent(Event* event, bool* result) {
  const bool set = co_await event->Wait();
  *result = set;
}

TEST(Event, WaitForASetEventReturnsAtOnce) {
  RunningReactor runner;
  Event event;
  event.Set();
  bool set = false;
  runner.Await([&] { return WaitForSetEvent(&event, &set); });
  EXPECT_TRUE(set);
}

Task<void> Sleep(int64_t deadline, int id, std::vector<int>* order) {
  Event never;
  co_await never.WaitUntil(deadline);
  order->push_back(id);
}

Task<void> SleepInReverse(int count, std::vector<int>* order) {
  Nursery nursery;
  const int64_t now = MonotonicNanos();
  for (int i = count; i > 0; --i) nursery.Start(Sleep(now + i * 100'000, i, order));
  co_await nursery.Join();
}

TEST(Timers, FireInTheOrderOfTheirDeadlines) {
  RunningReactor runner;
  std::vector<int> order;
  runner.Await([&] { return SleepInReverse(100, &order); });
  EXPECT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(ScopedTimer, CanBeSetAgainFromItsOwnFunction) {
  RunningReactor runner;
  ScopedTimer timer;
  absl::Notification done;
  int fired = 0;
  std::function<void()> again = [&] {
    if (++fired == 3) {
      done.Notify();
    } else {
      timer.Set(runner.reactor(), MonotonicNanos() + 1000, again);
    }
  };
  runner.reactor().Post([&] { again(); });
  done.WaitForNotification();
  runner.Settle();
  EXPECT_EQ(fired, 3);
}

TEST(ScopedTimer, DoesNotFireAfterItsEnd) {
  RunningReactor runner;
  bool fired = false;
  runner.reactor().Post([&] {
    ScopedTimer timer;
    timer.Set(runner.reactor(), MonotonicNanos(), [&fired] { fired = true; });
  });
  runner.Settle();
  runner.Settle();
  EXPECT_FALSE(fired);
}

// Waits until the counter that other threads raise has reached `target`.
Task<void> WaitForCount(Executor* executor, std::atomic<int>* count, int target, absl::Notification* ready,
                        std::optional<WakeUp::Notifier>* notifier) {
  WakeUp changed(*executor);
  notifier->emplace(changed.notifier());
  ready->Notify();
  while (true) {
    changed.event().Reset();
    if (count->load() >= target) co_return;
    co_await changed.event().Wait();
  }
}

TEST(WakeUp, LosesNoNotificationFromOtherThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  RunningReactor runner;
  std::atomic<int> count = 0;
  absl::Notification ready;
  std::optional<WakeUp::Notifier> notifier;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ready.WaitForNotification();
      const WakeUp::Notifier mine = *notifier;
      for (int k = 0; k < kEach; ++k) {
        count.fetch_add(1);
        mine.Notify();
      }
    });
  }
  runner.Await([&] { return WaitForCount(&runner.reactor(), &count, kThreads * kEach, &ready, &notifier); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count.load(), kThreads * kEach);
}

TEST(WakeUp, NotifierMayBeUsedAfterOwnerAndExecutorHaveGone) {
  std::optional<WakeUp::Notifier> notifier;
  std::atomic<bool> stop = false;
  absl::Notification ready;
  std::thread foreign([&] {
    ready.WaitForNotification();
    const WakeUp::Notifier mine = *notifier;
    while (!stop.load()) mine.Notify();
    mine.Notify();
  });
  {
    auto runner = std::make_unique<RunningReactor>();
    std::atomic<int> count = 1;
    runner->Await([&] { return WaitForCount(&runner->reactor(), &count, 1, &ready, &notifier); });
  }
  notifier->Notify();
  stop.store(true);
  foreign.join();
}

}  // namespace
}  // namespace skillrunner

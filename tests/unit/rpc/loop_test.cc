#include "rpc/loop.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "async/event.h"
#include "async/nursery.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_builder.h"

namespace skillrunner::rpc {
namespace {

// A loop on its own thread. A server queue exists only beside a server; this one listens nowhere.
class RunningLoop {
 public:
  RunningLoop() {
    grpc::ServerBuilder builder;
    builder.RegisterAsyncGenericService(&service_);
    auto queue = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    loop_ = std::make_unique<Loop>(std::move(queue));
    thread_ = std::thread([this] { loop_->Run([] {}); });
  }
  ~RunningLoop() { Stop(); }

  Loop& loop() { return *loop_; }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Shutdown();
    loop_->Post([this] { loop_->Close(); });
    thread_.join();
  }

 private:
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

TEST(Loop, RunsPostsFromManyThreadsEachInOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  std::vector<std::vector<int>> order(kThreads);
  {
    RunningLoop running;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&running, &order, i] {
        for (int k = 0; k < kEach; ++k) {
          EXPECT_TRUE(running.loop().Post([&order, i, k] { order[static_cast<size_t>(i)].push_back(k); }));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const std::vector<int>& each : order) {
    ASSERT_EQ(each.size(), static_cast<size_t>(kEach));
    EXPECT_TRUE(std::is_sorted(each.begin(), each.end()));
  }
}

TEST(Loop, RefusesPostsAfterClose) {
  RunningLoop running;
  running.Stop();
  bool ran = false;
  EXPECT_FALSE(running.loop().Post([&ran] { ran = true; }));
  EXPECT_FALSE(ran);
}

TEST(Loop, PostsRacingWithCloseRunOrAreRefused) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> accepted = 0;
    std::atomic<int> ran = 0;
    auto running = std::make_unique<RunningLoop>();
    std::thread poster([&] {
      while (running->loop().Post([&ran] { ran.fetch_add(1); })) accepted.fetch_add(1);
    });
    while (accepted.load() < 100) std::this_thread::yield();
    running->Stop();
    poster.join();
    EXPECT_EQ(ran.load(), accepted.load());
  }
}

Task<void> SleepAndRecord(int64_t deadline, int id, std::vector<int>* order, absl::Notification* last) {
  Event never;
  co_await never.WaitUntil(deadline);
  order->push_back(id);
  if (last != nullptr) last->Notify();
}

TEST(Loop, TimersFireInOrderWithoutAnyEvent) {
  RunningLoop running;
  Nursery nursery;
  std::vector<int> order;
  absl::Notification last;
  const int64_t now = MonotonicNanos();
  running.loop().Post([&] {
    for (int i = 50; i > 0; --i) {
      nursery.Start(SleepAndRecord(now + i * 1'000'000, i, &order, i == 50 ? &last : nullptr));
    }
  });
  last.WaitForNotification();
  EXPECT_GE(MonotonicNanos(), now + 50'000'000);
  running.Stop();
  ASSERT_EQ(order.size(), 50u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Loop, UnusedLoopCanBeAborted) {
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.RegisterAsyncGenericService(&service);
  Loop loop(builder.AddCompletionQueue());
  loop.Abort();
}

}  // namespace
}  // namespace skillrunner::rpc

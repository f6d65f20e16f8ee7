#include "async/reactor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "running_reactor.h"

namespace skillrunner {
namespace {

struct Pipe {
  Pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    read.reset(fds[0]);
    write.reset(fds[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

Task<void> ReadAll(Reactor* reactor, int fd, std::string* result) {
  FdWatch watch(*reactor, fd, EPOLLIN);
  std::vector<char> buffer(65536);
  while (true) {
    watch.ready().Reset();
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) co_return;
    if (count > 0) {
      result->append(buffer.data(), static_cast<size_t>(count));
      watch.ready().Set();
      continue;
    }
    if (errno != EAGAIN) co_return;
    co_await watch.ready().Wait();
  }
}

Task<void> WriteAllTo(Reactor* reactor, UniqueFd fd, std::string text) {
  FdWatch watch(*reactor, fd.get(), EPOLLOUT);
  size_t done = 0;
  while (done < text.size()) {
    watch.ready().Reset();
    const ssize_t count = ::write(fd.get(), text.data() + done, text.size() - done);
    if (count > 0) {
      done += static_cast<size_t>(count);
      continue;
    }
    co_await watch.ready().Wait();
  }
}

Task<void> Transfer(Reactor* reactor, Pipe* pipe, std::string text, std::string* result) {
  Nursery nursery;
  nursery.Start(ReadAll(reactor, pipe->read.get(), result));
  nursery.Start(WriteAllTo(reactor, std::move(pipe->write), std::move(text)));
  co_await nursery.Join();
}

TEST(Reactor, CarriesMoreThanAPipeHoldsBetweenTwoTasks) {
  RunningReactor runner;
  Pipe pipe;
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i);
  std::string result;
  runner.Await([&] { return Transfer(&runner.reactor(), &pipe, text, &result); });
  EXPECT_EQ(result, text);
}

TEST(Reactor, ReadsWhatOtherThreadsWriteUntilTheyClose) {
  RunningReactor runner;
  std::vector<Pipe> pipes(50);
  std::vector<std::string> results(pipes.size());
  std::thread writer([&] {
    for (int round = 0; round < 20; ++round) {
      for (Pipe& pipe : pipes) EXPECT_EQ(::write(pipe.write.get(), "0123456789", 10), 10);
    }
    for (Pipe& pipe : pipes) pipe.write.reset();
  });
  for (size_t i = 0; i < pipes.size(); ++i) {
    runner.Await([&] { return ReadAll(&runner.reactor(), pipes[i].read.get(), &results[i]); });
  }
  writer.join();
  for (const std::string& result : results) EXPECT_EQ(result.size(), 200u);
}

// Regular files cannot be watched: the one refusal that can be had without exhausting a limit of the whole machine.
TEST(Reactor, RefusalToWatchIsAnErrorAndNotTheEnd) {
  RunningReactor runner;
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  absl::Notification looked;
  int error = 0;
  runner.reactor().Post([&] {
    const FdWatch watch(runner.reactor(), file.get(), EPOLLIN);
    error = watch.error();
    looked.Notify();
  });
  looked.WaitForNotification();
  EXPECT_EQ(error, EPERM);
  Pipe pipe;
  std::string result;
  runner.Await([&] { return Transfer(&runner.reactor(), &pipe, "still there", &result); });
  EXPECT_EQ(result, "still there");
}

TEST(Executor, RunsPostsInOrderAndRefusesThemOnceClosed) {
  RunningReactor runner;
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(runner.reactor().Post([&order, i] { order.push_back(i); }));
  }
  runner.Settle();
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  runner.reactor().ClosePosts();
  EXPECT_FALSE(runner.reactor().Post([&order] { order.push_back(-1); }));
}

TEST(Reactor, RunsWhatWasPostedBeforeStop) {
  Reactor reactor;
  int ran = 0;
  for (int i = 0; i < 10; ++i) reactor.Post([&ran] { ++ran; });
  reactor.Stop();
  std::thread thread([&reactor] { reactor.Run(); });
  thread.join();
  EXPECT_EQ(ran, 10);
}

TEST(ExecutorDeathTest, CurrentEndsTheProcessOnAThreadWithoutExecutor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(Executor::Current(), ::testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace skillrunner

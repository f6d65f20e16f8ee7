// An executor over epoll: for pipes, sockets and pidfds. Everything but Post, ClosePosts and Stop belongs to its own
// thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/statusor.h"
#include "async/event.h"
#include "async/executor.h"
#include "base/unique_fd.h"

namespace skillrunner {

class Reactor : public Executor {
 public:
  // Opens the epoll and event descriptors; Run() may be called on any one thread afterwards.
  Reactor();
  ~Reactor() override;

  // Runs until Stop(). Functions posted before Stop() are run.
  void Run();
  // From any thread.
  void Stop();

 private:
  friend class FdWatch;
  void WakeUp() override;

  UniqueFd epoll_;
  UniqueFd event_fd_;
  std::atomic<bool> stopped_ = false;
};

// Readiness of one descriptor, edge-triggered: await ready(), reset it, then read (or write) until EAGAIN. The
// descriptor must be non-blocking and outlive the watch, and must not be watched twice.
class FdWatch {
 public:
  // `events`: EPOLLIN, EPOLLOUT. Hang-up and error count as ready.
  // The kernel may refuse to watch (ENOSPC: fs.epoll.max_user_watches, which counts per user): then error() says so,
  // and nothing will ever be ready.
  FdWatch(Reactor& reactor, int fd, uint32_t events);
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch();

  // errno of the refused epoll_ctl(EPOLL_CTL_ADD); 0: it is watched.
  int error() const { return error_; }

  // Set when the descriptor may be ready; starts set. Reset it before the call that may give EAGAIN.
  Event& ready() { return ready_; }

 private:
  friend class Reactor;
  Reactor& reactor_;
  const int fd_;
  int error_ = 0;
  Event ready_;
};

}  // namespace skillrunner

// A Reactor on its own thread, for tests.
#pragma once

#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "async/nursery.h"
#include "async/reactor.h"

namespace skillrunner {

class RunningReactor {
 public:
  RunningReactor() : thread_([this] { reactor_.Run(); }) {}
  ~RunningReactor() {
    reactor_.Stop();
    thread_.join();
  }

  Reactor& reactor() { return reactor_; }

  // Runs the task that `make` gives on the reactor's thread, and waits for its end.
  void Await(std::function<Task<void>()> make) {
    absl::Notification ended;
    Nursery nursery;
    Nursery joiner;
    reactor_.Post([&] {
      nursery.Start(make());
      joiner.Start(NotifyWhenEmpty(&nursery, &ended));
    });
    ended.WaitForNotification();
    Settle();  // the joiner itself has ended
  }

  // Returns when everything posted so far has run.
  void Settle() {
    absl::Notification settled;
    reactor_.Post([&settled] { settled.Notify(); });
    settled.WaitForNotification();
  }

 private:
  static Task<void> NotifyWhenEmpty(Nursery* nursery, absl::Notification* ended) {
    co_await nursery->Join();
    ended->Notify();
  }

  Reactor reactor_;
  std::thread thread_;
};

}  // namespace skillrunner

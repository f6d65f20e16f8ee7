// A set of tasks that run on their own and are all joined before the nursery goes: no task outlives what it works on.
// Belongs to one executor's thread. Destroying a nursery that is not empty ends the process.
#pragma once

#include <cstdlib>
#include <utility>

#include "async/event.h"
#include "async/task.h"

namespace skillrunner {

class Nursery {
 public:
  Nursery() = default;
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  ~Nursery() {
    if (running_ != 0) std::abort();
  }

  // Runs `task` up to its first suspension before it returns.
  void Start(Task<void> task) {
    ++running_;
    empty_.Reset();
    Drive(this, std::move(task));
  }

  // Waits until no task is running. One waiter at a time.
  Task<void> Join() {
    while (running_ != 0) {
      co_await empty_.Wait();
    }
  }

  size_t running() const { return running_; }

 private:
  struct Detached {
    struct promise_type {
      Detached get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
  };

  static Detached Drive(Nursery* nursery, Task<void> task) {
    {
      Task<void> owned = std::move(task);
      co_await std::move(owned);
    }
    if (--nursery->running_ == 0) nursery->empty_.Set();
  }

  size_t running_ = 0;
  Event empty_;
};

}  // namespace skillrunner

// A value that is made on a thread of its own, once, when it is first wanted.
//
//   Background<std::string> version([] { return AskForTheVersion(); });   // nothing happens yet
//   const std::string* known = co_await version.Get();                   // the executor does other things meanwhile
#pragma once

#include <functional>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "async/event.h"
#include "async/task.h"

namespace skillrunner {

// Thread-safe. What waits for it must have ended before it goes; it waits for its own thread.
template <class T>
class Background {
 public:
  explicit Background(std::function<T()> make) : make_(std::move(make)) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    if (thread_.joinable()) thread_.join();
  }

  // Begins to make it, if nobody has.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(begun_, true)) return;
      try {
        thread_ = std::thread([this] { Make(); });
        return;
      } catch (const std::system_error&) {
        // No thread to be had. Late is better than never.
      }
    }
    Make();
  }

  // Null: it is not made yet. What it points to never changes.
  const T* Peek() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return value_.has_value() ? &*value_ : nullptr;
  }

  // Begins to make it, and waits. Never null.
  Task<const T*> Get() {
    if (const T* made = Peek()) co_return made;
    WakeUp wake_up(Executor::Current());
    Await(wake_up.notifier());
    Begin();
    while (true) {
      wake_up.event().Reset();
      if (const T* made = Peek()) co_return made;
      co_await wake_up.event().Wait();
    }
  }

 private:
  void Await(WakeUp::Notifier notifier) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(notifier));
  }

  void Make() ABSL_LOCKS_EXCLUDED(mutex_) {
    T made = make_();
    std::vector<WakeUp::Notifier> waiting;
    {
      absl::MutexLock lock(&mutex_);
      value_.emplace(std::move(made));
      waiting.swap(waiting_);
    }
    for (const WakeUp::Notifier& notifier : waiting) notifier.Notify();
  }

  const std::function<T()> make_;
  std::thread thread_;  // written once, before begun_ is seen by others
  mutable absl::Mutex mutex_;
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
  std::vector<WakeUp::Notifier> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner

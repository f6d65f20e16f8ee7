// One thread that resumes coroutines, fires timers and runs functions posted to it. Two kinds exist: the Reactor
// (epoll) and the RPC loop (a gRPC completion queue). Coroutines never move between executors.
//
// Coroutines are resumed from a ready-list by the loop itself, never from inside each other: at -O0 g++ 12 makes no
// tail call for symmetric transfer, and a long chain of awaits would overflow the stack.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace skillrunner {

using PostedFunction = absl::AnyInvocable<void()>;

class Executor {
 public:
  // MonotonicNanos() value at which a timer fires, and what it runs.
  using Timers = std::multimap<int64_t, PostedFunction>;
  using TimerHandle = Timers::iterator;
  static constexpr int64_t kNever = INT64_MAX;

  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  // From any thread: runs `function` on the executor's thread, in the order posted. False: the executor is closed and
  // the function was dropped without being run.
  bool Post(PostedFunction function) ABSL_LOCKS_EXCLUDED(mutex_);

  // From any thread: every later Post is refused. What was posted before still runs.
  void ClosePosts() ABSL_LOCKS_EXCLUDED(mutex_);

  // The rest: on the executor's own thread only.

  // Resumes `handle` soon.
  void Resume(std::coroutine_handle<> handle) { ready_.push_back(handle); }

  // Runs `function` at `deadline` (MonotonicNanos). The handle is valid until it fires or is cancelled.
  TimerHandle AddTimer(int64_t deadline, PostedFunction function) {
    return timers_.emplace(deadline, std::move(function));
  }
  void CancelTimer(TimerHandle timer) { timers_.erase(timer); }

  // The executor that runs this thread.
  static Executor& Current();

 protected:
  // Makes the loop wake up and call RunPosted(). Called with the mutex held, once until RunPosted() takes the
  // functions.
  virtual void WakeUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  void MakeCurrent();
  void RunPosted() ABSL_LOCKS_EXCLUDED(mutex_);
  // Resumes all that is ready, until nothing is.
  void RunReady();
  // Fires what is due.
  void RunTimers();
  int64_t NextTimer() const { return timers_.empty() ? kNever : timers_.begin()->first; }

  absl::Mutex mutex_;

 private:
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<PostedFunction> posted_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::coroutine_handle<>> ready_;
  Timers timers_;
};

// A timer that is cancelled when it goes. Belongs to one executor's thread.
class ScopedTimer {
 public:
  ScopedTimer() = default;
  ScopedTimer(const ScopedTimer&) = delete;
  ScopedTimer& operator=(const ScopedTimer&) = delete;
  ~ScopedTimer() { Cancel(); }

  // Replaces what was set before.
  void Set(Executor& executor, int64_t deadline, PostedFunction function);
  void Cancel();
  bool armed() const { return executor_ != nullptr; }

 private:
  Executor* executor_ = nullptr;  // not null: armed
  Executor::TimerHandle timer_;
};

}  // namespace skillrunner

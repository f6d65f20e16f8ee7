// Events: what a coroutine waits for.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "async/executor.h"

namespace skillrunner {

// A flag with one waiter, on one executor's thread. Set() wakes the waiter and the flag stays up until Reset().
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void Set() {
    set_ = true;
    Wake();
  }
  void Reset() { set_ = false; }
  bool is_set() const { return set_; }

  class Awaiter {
   public:
    Awaiter(Event& event, int64_t deadline) : event_(event), deadline_(deadline) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    bool await_ready() const noexcept { return event_.set_; }
    void await_suspend(std::coroutine_handle<> handle) {
      if (event_.waiter_) std::abort();  // one waiter at a time
      event_.waiter_ = handle;
      if (deadline_ == Executor::kNever) return;
      timer_.Set(Executor::Current(), deadline_, [this] { event_.Wake(); });
    }
    // Whether the event is set; false: the deadline passed.
    bool await_resume() noexcept {
      timer_.Cancel();
      return event_.set_;
    }

   private:
    Event& event_;
    int64_t deadline_;
    ScopedTimer timer_;
  };

  Awaiter Wait() { return Awaiter(*this, Executor::kNever); }
  // Waits until the event is set or `deadline` (MonotonicNanos) has passed.
  Awaiter WaitUntil(int64_t deadline) { return Awaiter(*this, deadline); }

 private:
  void Wake() {
    if (waiter_) Executor::Current().Resume(std::exchange(waiter_, {}));
  }

  bool set_ = false;
  std::coroutine_handle<> waiter_;
};

// Wakes a coroutine from other threads. The coroutine side owns it and lives on `executor`; Notifier copies may be kept
// and used by any thread for as long as they like, also after the owner or its executor has gone.
class WakeUp {
 public:
  class Notifier {
   public:
    // From any thread. Calls are merged until the waiter has run.
    void Notify() const {
      if (state_->pending.exchange(true)) return;
      // Held while posting: the executor may go as soon as the owner has gone.
      absl::MutexLock lock(&state_->mutex);
      if (state_->executor == nullptr) return;
      // A closed executor drops the function: nobody waits there any more.
      state_->executor->Post([state = state_] {
        state->pending.store(false);
        if (state->event != nullptr) state->event->Set();
      });
    }

   private:
    friend class WakeUp;
    struct State {
      absl::Mutex mutex;
      Executor* executor ABSL_GUARDED_BY(mutex) = nullptr;  // null once the owner has gone
      Event* event = nullptr;                               // executor's thread only; null once the owner has gone
      std::atomic<bool> pending = false;
    };
    explicit Notifier(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  explicit WakeUp(Executor& executor) : state_(std::make_shared<Notifier::State>()) {
    absl::MutexLock lock(&state_->mutex);
    state_->executor = &executor;
    state_->event = &event_;
  }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp() {
    state_->event = nullptr;
    absl::MutexLock lock(&state_->mutex);
    state_->executor = nullptr;
  }

  Notifier notifier() const { return Notifier(state_); }
  // Reset it, look at the shared state, then wait: no notification is lost.
  Event& event() { return event_; }

 private:
  std::shared_ptr<Notifier::State> state_;
  Event event_;
};

}  // namespace skillrunner

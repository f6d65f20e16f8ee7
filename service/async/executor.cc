#include "async/executor.h"

#include <cstdlib>
#include <utility>

#include "base/clock.h"

namespace skillrunner {
namespace {

thread_local Executor* current = nullptr;

}  // namespace

Executor& Executor::Current() {
  if (current == nullptr) std::abort();  // a coroutine was started on a thread that runs no executor
  return *current;
}

void Executor::MakeCurrent() {
  current = this;
}

bool Executor::Post(PostedFunction function) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return false;
  const bool first = posted_.empty();
  posted_.push_back(std::move(function));
  if (first) WakeUp();
  return true;
}

void Executor::ClosePosts() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

void Executor::RunPosted() {
  std::vector<PostedFunction> functions;
  {
    absl::MutexLock lock(&mutex_);
    functions.swap(posted_);
  }
  for (PostedFunction& function : functions) {
    function();
    RunReady();
  }
}

void Executor::RunReady() {
  while (!ready_.empty()) {
    const std::coroutine_handle<> handle = ready_.front();
    ready_.pop_front();
    handle.resume();
  }
}

void Executor::RunTimers() {
  const int64_t now = timers_.empty() ? 0 : MonotonicNanos();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    PostedFunction function = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    function();
    RunReady();
  }
}

void ScopedTimer::Set(Executor& executor, int64_t deadline, PostedFunction function) {
  Cancel();
  executor_ = &executor;
  timer_ = executor.AddTimer(deadline, [this, run = std::move(function)]() mutable {
    executor_ = nullptr;
    run();
  });
}

void ScopedTimer::Cancel() {
  if (executor_ != nullptr) std::exchange(executor_, nullptr)->CancelTimer(timer_);
}

}  // namespace skillrunner

// The executor over one gRPC completion queue: one thread takes completed operations from the queue, resumes the
// coroutines that wait for them, fires timers and runs posted functions. It must never block: it also drives gRPC's
// network polling.
#pragma once

#include <coroutine>
#include <cstdlib>
#include <memory>
#include <utility>

#include "async/executor.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"

namespace skillrunner::rpc {

// What a tag on the queue points to. It must live until the queue has given the tag back, which happens exactly once.
class Tag {
 public:
  virtual void OnComplete(bool ok) = 0;

 protected:
  ~Tag() = default;
};

// One operation on the queue at a time, and the one coroutine that waits for it.
//
//   stream.Read(&buffer, read.Begin());
//   const bool ok = co_await read.Done();
class Operation final : public Tag {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() {
    if (pending_) std::abort();  // the queue would give back a tag that points to nothing
  }

  // The tag for an operation that starts now. The one before must have completed.
  void* Begin() {
    if (pending_) std::abort();
    begun_ = true;
    pending_ = true;
    ok_ = false;
    return static_cast<Tag*>(this);
  }
  bool pending() const { return pending_; }
  // The last operation completed with false.
  bool failed() const { return !pending_ && !ok_ && begun_; }

  // Wakes the coroutine that waits, with false, although the operation goes on.
  void Abandon() { Wake(); }

  class [[nodiscard]] Awaiter {
   public:
    // Null: an operation that was not even tried, because it must fail.
    explicit Awaiter(Operation* operation) : operation_(operation) {}
    bool await_ready() const noexcept { return operation_ == nullptr || !operation_->pending_; }
    void await_suspend(std::coroutine_handle<> handle) {
      if (operation_->waiter_) std::abort();  // one waiter at a time
      operation_->waiter_ = handle;
    }
    bool await_resume() const noexcept { return operation_ != nullptr && operation_->ok_; }

   private:
    Operation* operation_;
  };
  // Gives gRPC's `ok`; its meaning depends on the operation. At once, if the operation has completed already.
  Awaiter Done() { return Awaiter(this); }

 private:
  void OnComplete(bool ok) override {
    pending_ = false;
    ok_ = ok;
    Wake();
  }
  void Wake() {
    if (waiter_) Executor::Current().Resume(std::exchange(waiter_, {}));
  }

  bool begun_ = false;
  bool pending_ = false;
  bool ok_ = false;
  std::coroutine_handle<> waiter_;
};

class Loop final : public Executor {
 public:
  explicit Loop(std::unique_ptr<grpc::ServerCompletionQueue> queue) : queue_(std::move(queue)) {}

  grpc::ServerCompletionQueue* queue() { return queue_.get(); }

  // Makes the calling thread the loop's until Close() was called and every tag has come back. `start` runs first.
  void Run(PostedFunction start);

  // On the loop's thread, once nothing will be enqueued any more: refuses posts and shuts the queue down.
  void Close();
  // Instead of Run(), for a loop that was never used.
  void Abort();

 private:
  class PostTag final : public Tag {
   public:
    explicit PostTag(Loop& loop) : loop_(loop) {}
    void OnComplete(bool /*ok*/) override { loop_.RunPosted(); }

   private:
    Loop& loop_;
  };

  void WakeUp() override;

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  PostTag post_tag_{*this};
  grpc::Alarm post_alarm_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner::rpc

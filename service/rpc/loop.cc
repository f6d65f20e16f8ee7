#include "rpc/loop.h"

#include "grpc/support/time.h"

namespace skillrunner::rpc {

void Loop::Run(PostedFunction start) {
  MakeCurrent();
  start();
  while (true) {
    RunReady();
    RunTimers();
    gpr_timespec deadline = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    if (const int64_t next = NextTimer(); next != kNever) {
      deadline = gpr_time_from_nanos(next, GPR_TIMESPAN);
      deadline.clock_type = GPR_CLOCK_MONOTONIC;  // gRPC's monotonic clock is CLOCK_MONOTONIC, as ours is
    }
    void* tag = nullptr;
    bool ok = false;
    switch (queue_->AsyncNext(&tag, &ok, deadline)) {
      case grpc::CompletionQueue::GOT_EVENT:
        static_cast<Tag*>(tag)->OnComplete(ok);
        break;
      case grpc::CompletionQueue::TIMEOUT:
        break;
      case grpc::CompletionQueue::SHUTDOWN:
        return;
    }
  }
}

void Loop::Close() {
  ClosePosts();
  queue_->Shutdown();
}

void Loop::Abort() {
  Close();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) continue;
}

void Loop::WakeUp() {
  // The executor asks again only after RunPosted(), which runs only when this alarm's tag came back: so it is never set
  // twice. The closed gate keeps it from being set after the queue was shut down, which would end the process.
  post_alarm_.Set(queue_.get(), gpr_inf_past(GPR_CLOCK_MONOTONIC), static_cast<Tag*>(&post_tag_));
}

}  // namespace skillrunner::rpc

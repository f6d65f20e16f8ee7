#include "rpc/call.h"

#include <cstdlib>
#include <utility>

#include "base/clock.h"
#include "grpc/support/time.h"

namespace skillrunner::rpc {
namespace {

// How far before our idea of the deadline a client's own may lie: transmission rounds the time left up to two or three
// digits (at most 1 %), and the reset that tells us about it travels as fast as the request did, give or take some
// jitter.
int64_t DeadlineSlack(int64_t timeout) {
  return timeout / 100 + 20'000'000;
}

}  // namespace

Call::Call(Loop& loop, Drain& drain) : loop_(loop), drain_(drain) {}

Call::~Call() = default;

std::optional<std::string> Call::ClientMetadata(absl::string_view key) const {
  const auto& metadata = context_.client_metadata();
  const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
  if (found == metadata.end()) return std::nullopt;
  return std::string(found->second.data(), found->second.size());
}

int64_t Call::deadline() const {
  const gpr_timespec deadline = gpr_convert_clock_type(context_.raw_deadline(), GPR_CLOCK_MONOTONIC);
  if (deadline.tv_sec >= Executor::kNever / 1'000'000'000) return Executor::kNever;
  return deadline.tv_sec * 1'000'000'000 + deadline.tv_nsec;
}

void Call::OnCancel(PostedFunction hook) {
  if (cancelled_) {
    hook();
  } else {
    cancel_hooks_.push_back(std::move(hook));
  }
}

void Call::OnDrain(PostedFunction hook) {
  if (drain_.begun) {
    hook();
    return;
  }
  if (drain_hooks_.empty()) drain_.listeners.push_back(this);
  drain_hooks_.push_back(std::move(hook));
}

void Call::RunHooks(std::vector<PostedFunction>& hooks) {
  for (PostedFunction& hook : std::exchange(hooks, {})) hook();
}

Operation::Awaiter Call::Accept(grpc::AsyncGenericService& service) {
  // When the accept fails, this tag never comes (github.com/grpc/grpc/issues/10136), and nothing waits for it.
  context_.AsyncNotifyWhenDone(static_cast<Tag*>(&done_tag_));
  service.RequestCall(&context_, &stream_, loop_.queue(), loop_.queue(), accept_.Begin());
  return accept_.Done();
}

void Call::MarkAccepted() {
  accepted_at_ = MonotonicNanos();
}

Operation::Awaiter Call::SendInitialMetadata() {
  stream_.SendInitialMetadata(metadata_.Begin());
  return metadata_.Done();
}

Operation::Awaiter Call::Receive() {
  if (receiving_stopped_) return Operation::Awaiter(nullptr);
  stream_.Read(&received_, read_.Begin());
  return read_.Done();
}

void Call::StopReceiving() {
  receiving_stopped_ = true;
  read_.Abandon();
}

Operation::Awaiter Call::Send(const grpc::ByteBuffer& message, bool more_is_waiting) {
  if (!message.Valid()) unsendable_ = true;
  if (unsendable_ || done_.is_set() || write_.failed() || metadata_.failed()) return Operation::Awaiter(nullptr);
  grpc::WriteOptions options;
  if (more_is_waiting) options.set_buffer_hint();
  stream_.Write(message, options, write_.Begin());
  return write_.Done();
}

void Call::OnDone() {
  done_.Set();
  if (!context_.IsCancelled()) return;
  cancelled_ = true;
  if (const int64_t at = deadline(); at != Executor::kNever) {
    deadline_passed_ = MonotonicNanos() >= at - DeadlineSlack(at - accepted_at_);
  }
  RunHooks(cancel_hooks_);
}

Task<void> Call::Finish(grpc::Status status) {
  cancel_hooks_.clear();
  if (!drain_hooks_.empty()) {
    drain_hooks_.clear();
    drain_.listeners.remove(this);
  }
  if (write_.pending()) std::abort();  // the handler ended while another task of its was writing

  if (unsendable_) status = grpc::Status(grpc::StatusCode::INTERNAL, "a response could not be serialised");
  if (write_.failed() || metadata_.failed()) {
    // The call is dead, but gRPC lets go of it only when it was finished or cancelled.
    if (!done_.is_set()) context_.TryCancel();
  } else if (!done_.is_set()) {
    if (response_.Valid() && status.ok()) {
      stream_.WriteAndFinish(response_, grpc::WriteOptions(), status, finish_.Begin());
    } else {
      stream_.Finish(status, finish_.Begin());
    }
    co_await finish_.Done();
  }
  while (!done_.is_set()) {
    co_await done_.Wait();
  }
  // A Receive that was stopped, or headers that nobody waited for: both come back now that the call is over.
  co_await read_.Done();
  co_await metadata_.Done();
}

}  // namespace skillrunner::rpc

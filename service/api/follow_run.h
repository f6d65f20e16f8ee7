// Sends the events of a run to a client, from a place in its journal to its end, with a keep-alive where it is quiet.
#pragma once

#include <memory>

#include "absl/strings/str_cat.h"
#include "api/handlers.h"
#include "async/event.h"
#include "base/clock.h"
#include "rpc/errors.h"
#include "runner/run.h"

namespace skillrunner::api {

inline constexpr int64_t kKeepAliveNanos = 15'000'000'000;
inline constexpr size_t kEventsAtOnce = 64;
inline constexpr size_t kBytesAtOnce = 128 << 10;
// What writes to a client that is gone fails a little earlier than it is known why it is.
inline constexpr int64_t kGoneNanos = 1'000'000'000;

// OK once `finished` was sent; CANCELLED as soon as the client is gone; OUT_OF_RANGE where the client reads so slowly
// that the run was forgotten meanwhile.
template <class Response>
Task<grpc::Status> FollowRun(rpc::Call* call, std::shared_ptr<Run> run, int64_t after,
                             rpc::ResponseStream<Response>* responses) {
  const auto wake_up = std::make_shared<WakeUp>(call->executor());
  call->OnCancel([wake_up] { wake_up->event().Set(); });
  const Journal::Subscription subscription(run->journal(), wake_up->notifier());
  while (!call->cancelled()) {
    wake_up->event().Reset();
    const Journal::Batch batch = run->journal().Read(after, kEventsAtOnce, kBytesAtOnce);
    if (batch.dropped) {
      const std::string last = absl::StrCat(run->journal().last_sequence());
      co_return rpc::OutOfRange("the run was forgotten before all of its events were read", {{"last_sequence", last}});
    }
    for (size_t i = 0; i < batch.events.size(); ++i) {
      Response response;
      *response.mutable_event() = *batch.events[i];
      const bool alive = co_await responses->Write(response, /*more_is_waiting=*/i + 1 < batch.events.size());
      if (!alive) {
        const int64_t deadline = MonotonicNanos() + kGoneNanos;
        for (bool told = true; told && !call->cancelled();) {
          wake_up->event().Reset();
          told = co_await wake_up->event().WaitUntil(deadline);
        }
        co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
      }
      after = batch.events[i]->sequence();
    }
    if (batch.complete) co_return grpc::Status::OK;
    if (!batch.events.empty() || call->cancelled()) continue;
    const bool changed = co_await wake_up->event().WaitUntil(MonotonicNanos() + kKeepAliveNanos);
    if (changed) continue;
    const bool alive = co_await responses->Write(Response());
    if (!alive) break;
  }
  co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
}

}  // namespace skillrunner::api

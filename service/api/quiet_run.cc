#include "api/quiet_run.h"

#include "api/start_run.h"

namespace skillrunner::api {
namespace {

constexpr int64_t kQueueFullPauseNanos = 100'000'000;

void Collect(const v1::OutputChunk& chunk, QuietRun* quiet) {
  const std::string& bytes = chunk.payload_case() == v1::OutputChunk::kText ? chunk.text() : chunk.data();
  if (chunk.stream() == v1::OutputChunk::STREAM_STDERR) {
    quiet->err += bytes;
    if (quiet->err.size() > 2 * kMinQuietErrors) quiet->err.erase(0, quiet->err.size() - kMinQuietErrors);
  } else {
    const size_t room = kMaxQuietOutput - quiet->out.size();
    quiet->out.append(bytes, 0, room);
    quiet->out_cut = quiet->out_cut || bytes.size() > room;
  }
}

}  // namespace

Task<QuietRun> RunQuietly(Context* context, rpc::Call* call, PlannedRun planned) {
  QuietRun quiet;
  quiet.status = planned.status;
  if (!quiet.status.ok()) co_return quiet;
  const auto wake_up = std::make_shared<WakeUp>(call->executor());
  call->OnCancel([wake_up] { wake_up->event().Set(); });
  std::shared_ptr<Run> run;
  while (run == nullptr) {
    RunPlan plan = planned.plan;
    absl::StatusOr<std::shared_ptr<Run>> started = context->runner.Start(std::move(plan));
    if (started.ok()) {
      run = *std::move(started);
      break;
    }
    quiet.status = StartError(started.status(), "");
    if (started.status().code() != absl::StatusCode::kResourceExhausted || call->cancelled()) co_return quiet;
    wake_up->event().Reset();
    co_await wake_up->event().WaitUntil(MonotonicNanos() + kQueueFullPauseNanos);
    quiet.status = grpc::Status::OK;
  }
  quiet.name = run->name();
  int64_t after = 0;
  {
    const Journal::Subscription subscription(run->journal(), wake_up->notifier());
    bool complete = false;
    while (!complete && !call->cancelled()) {
      wake_up->event().Reset();
      const Journal::Batch batch = run->journal().Read(after, kEventsAtOnce, kBytesAtOnce);
      for (const Journal::EventPtr& event : batch.events) {
        after = event->sequence();
        if (event->has_output()) Collect(event->output(), &quiet);
        if (event->has_diagnostic()) quiet.diagnostics.push_back(event->diagnostic());
        if (event->has_finished()) quiet.finished = event->finished();
      }
      complete = batch.complete;
      if (batch.dropped) break;
      if (complete || !batch.events.empty() || call->cancelled()) continue;
      co_await wake_up->event().Wait();
    }
    if (!complete) {
      quiet.status = call->cancelled()
                         ? grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone")
                         : rpc::Unavailable("the run was forgotten before its end was read", absl::Seconds(1));
    }
  }
  context->runner.StarterGone(run, v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED);
  co_return quiet;
}

}  // namespace skillrunner::api

// Following a run to its end: the part of Client that deals with streams.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "skillrunner_client/client.h"
#include "skillrunner_client/errors.h"

namespace skillrunner::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);

// False: asked to stop, or the deadline came first.
bool Pause(absl::Duration time, const RunOptions& options) {
  const absl::Duration left = options.deadline - absl::Now();
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock<std::mutex> lock(mutex);
  wake.wait_for(lock, options.stop, absl::ToChronoNanoseconds(std::min(time, left)), [] { return false; });
  return !options.stop.stop_requested() && left > time;
}

enum class Took { kEvent, kRepetition, kSkip };

// Enters an event into the outcome. kSkip: events before it are missing, and no `gap` said so.
Took Take(const v1::RunEvent& event, RunOutcome* outcome) {
  if (event.has_gap()) {
    // Stands for the missing events; what comes next is earliest_sequence.
    outcome->last_sequence = std::max(outcome->last_sequence, event.gap().earliest_sequence() - 1);
    outcome->gap = true;
    return Took::kEvent;
  }
  if (event.sequence() <= outcome->last_sequence) return Took::kRepetition;
  if (event.sequence() != outcome->last_sequence + 1) return Took::kSkip;
  outcome->last_sequence = event.sequence();
  if (event.has_accepted()) outcome->run = event.accepted().run().name();
  if (event.has_finished()) outcome->finished = event.finished();
  return Took::kEvent;
}

}  // namespace

// A stream of responses with an event each, whichever call it belongs to.
class Client::EventStream {
 public:
  virtual ~EventStream() = default;
  // The next event, keep-alives skipped; nullptr at the end. Valid until the next call.
  virtual const v1::RunEvent* Next() = 0;
  virtual grpc::Status Finish() = 0;
};

template <typename Response>
class Client::EventStreamOf final : public EventStream {
 public:
  explicit EventStreamOf(std::unique_ptr<grpc::ClientReaderInterface<Response>> reader) : reader_(std::move(reader)) {}

  const v1::RunEvent* Next() override {
    while (reader_->Read(&response_)) {
      if (response_.has_event()) return &response_.event();
    }
    return nullptr;
  }
  grpc::Status Finish() override { return reader_->Finish(); }

 private:
  const std::unique_ptr<grpc::ClientReaderInterface<Response>> reader_;
  Response response_;
};

std::unique_ptr<Client::EventStream> Client::OpenWatch(grpc::ClientContext* context, const std::string& run,
                                                       int64_t after_sequence) {
  v1::WatchRunRequest request;
  request.set_name(run);
  request.set_after_sequence(after_sequence);
  return std::make_unique<EventStreamOf<v1::WatchRunResponse>>(runs_->WatchRun(context, request));
}

RunOutcome Client::RunExample(const v1::RunExampleRequest& request, const EventCallback& on_event,
                              const RunOptions& options) {
  const auto open = [&](grpc::ClientContext* context) {
    return std::make_unique<EventStreamOf<v1::RunExampleResponse>>(runs_->RunExample(context, request));
  };
  return Follow({}, request.validate_only(), open, on_event, options);
}

RunOutcome Client::RunSource(const v1::RunSourceRequest& request, const EventCallback& on_event,
                             const RunOptions& options) {
  const auto open = [&](grpc::ClientContext* context) {
    return std::make_unique<EventStreamOf<v1::RunSourceResponse>>(runs_->RunSource(context, request));
  };
  return Follow({}, request.validate_only(), open, on_event, options);
}

RunOutcome Client::WatchRun(const v1::WatchRunRequest& request, const EventCallback& on_event,
                            const RunOptions& options) {
  RunOutcome outcome;
  outcome.run = request.name();
  outcome.last_sequence = request.after_sequence();
  const auto open = [&](grpc::ClientContext* context) {
    return OpenWatch(context, request.name(), request.after_sequence());
  };
  return Follow(std::move(outcome), false, open, on_event, options);
}

RunOutcome Client::Follow(RunOutcome outcome, bool validate_only, Opener open, const EventCallback& on_event,
                          const RunOptions& options) {
  int attempts_left = options.max_reattach;
  absl::Duration pause = kFirstPause;
  while (true) {
    const int64_t before = outcome.last_sequence;
    grpc::ClientContext context;
    if (options.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(options.deadline));
    const std::stop_callback cancel(options.stop, [&context] { context.TryCancel(); });
    const std::unique_ptr<EventStream> stream = open(&context);
    bool skipped = false;
    while (const v1::RunEvent* event = stream->Next()) {
      const Took took = Take(*event, &outcome);
      if (took == Took::kEvent) on_event(*event);
      if (took == Took::kSkip) {
        skipped = true;
        context.TryCancel();
        break;
      }
    }
    outcome.status = stream->Finish();

    if (outcome.finished) {
      outcome.status = grpc::Status::OK;
      return outcome;
    }
    if (options.stop.stop_requested()) {
      outcome.status = grpc::Status(grpc::StatusCode::CANCELLED, "stopped by this client");
      return outcome;
    }
    if (validate_only && outcome.status.ok() && outcome.run.empty()) return outcome;
    const bool broken = skipped || outcome.status.ok() || outcome.status.error_code() == grpc::StatusCode::UNAVAILABLE;
    // Nobody there to begin with is no broken stream.
    if (!broken || (outcome.reattached == 0 && outcome.last_sequence == before && IsUnreachable(outcome.status))) {
      return outcome;
    }
    if (skipped) {
      outcome.status = grpc::Status(grpc::StatusCode::DATA_LOSS,
                                    absl::StrCat("the events after ", outcome.last_sequence, " did not arrive"));
    } else if (outcome.status.ok()) {
      outcome.status = grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                    outcome.run.empty() ? "the stream ended before the run was accepted"
                                                        : "the stream ended before the run was finished");
    }
    if (outcome.run.empty()) return outcome;
    if (outcome.last_sequence > before) {
      attempts_left = options.max_reattach;
      pause = kFirstPause;
    }
    if (attempts_left == 0) return outcome;
    --attempts_left;
    if (!Pause(pause, options)) {
      outcome.status = options.stop.stop_requested()
                           ? grpc::Status(grpc::StatusCode::CANCELLED, "stopped by this client")
                           : grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline passed");
      return outcome;
    }
    pause *= 2;
    ++outcome.reattached;
    open = [this, &outcome](grpc::ClientContext* next) { return OpenWatch(next, outcome.run, outcome.last_sequence); };
  }
}

}  // namespace skillrunner::client

#include "skillctl/follow_run.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "skillctl/exit_code.h"
#include "skillctl/interrupts.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

// How long a cancelled run may take to be over, and its `finished` to arrive, before we leave.
constexpr absl::Duration kCancelTimeout = absl::Seconds(10);
// How long Ctrl-C waits for the name of a run that would survive us.
constexpr absl::Duration kNameTimeout = absl::Seconds(2);

// The name of the run, once it is known. Thread-safe.
class KnownRun {
 public:
  void Set(const std::string& name) {
    const absl::MutexLock lock(&mutex_);
    name_ = name;
  }
  // Empty: still unknown after `patience`.
  std::string Get(absl::Duration patience) {
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(
                                +[](std::string* name) { return !name->empty(); }, &name_),
                            patience);
    return name_;
  }

 private:
  absl::Mutex mutex_;
  std::string name_;
};

// Writes events to our stdout and stderr. One thread.
class EventPrinter {
 public:
  EventPrinter(bool json, bool events) : json_(json), events_(events) {}

  // False: our output cannot be written; see error().
  bool Print(const v1::RunEvent& event) {
    if (!seen_any_) first_time_ = event.event_time();
    seen_any_ = true;
    if (events_) Write(STDERR_FILENO, RenderEvent(event, first_time_) + "\n");
    if (json_) {
      Write(STDOUT_FILENO, JsonLine(event));
    } else if (event.has_output()) {
      const v1::OutputChunk& output = event.output();
      Write(output.stream() == v1::OutputChunk::STREAM_STDERR ? STDERR_FILENO : STDOUT_FILENO,
            output.payload_case() == v1::OutputChunk::kText ? output.text() : output.data());
    } else if (event.has_gap() && !events_) {
      Complain("a part of the run's events, and maybe of its output, is no longer there");
    }
    return error_ == 0;
  }
  int error() const { return error_; }

 private:
  void Write(int fd, const std::string& bytes) {
    if (error_ == 0) error_ = WriteFully(fd, bytes);
  }

  const bool json_;
  const bool events_;
  bool seen_any_ = false;
  google::protobuf::Timestamp first_time_;
  int error_ = 0;
};

int ReportOutputError(int error) {
  if (error == EPIPE) return kExitOutputClosed;
  Complain(absl::StrCat("cannot write the run's output: ", std::strerror(error)));
  return kExitTrouble;
}

int ReportOutcome(const Globals& globals, const FollowSettings& settings, const client::RunOutcome& outcome) {
  if (outcome.finished) {
    const int code = ExitCodeFor(*outcome.finished);
    if (code != 0) Complain(RenderFailure(*outcome.finished));
    return code;
  }
  if (outcome.status.ok() && settings.validate_only) {
    return PrintAnswer(globals.json ? "{\"valid\":true}\n" : "valid: the service would run this\n");
  }
  const grpc::StatusCode error = outcome.status.error_code();
  if (error == grpc::StatusCode::DEADLINE_EXCEEDED && outcome.last_sequence > 0) {
    Complain(absl::StrCat(
        "DEADLINE_EXCEEDED: the time of --timeout is over",
        settings.continues
            ? ""
            : absl::StrCat(", and with it that of ", client::EscapeForTerminal(outcome.run), ", which is cancelled")));
  } else {
    ReportCall(globals, outcome.status);
  }
  const int code = ExitCodeFor(outcome.status);
  const bool broke_off = error == grpc::StatusCode::DEADLINE_EXCEEDED || error == grpc::StatusCode::UNAVAILABLE ||
                         error == grpc::StatusCode::CANCELLED || error == grpc::StatusCode::OK;
  if (outcome.last_sequence > 0 && settings.continues && broke_off) {
    Complain(absl::StrCat("the run may still go on: skillctl watch ", client::EscapeForTerminal(outcome.run),
                          " --after ", outcome.last_sequence));
  }
  return code;
}

}  // namespace

int FollowRun(const Globals& globals, const FollowSettings& settings, const RunStarter& start) {
  Interrupts interrupts;
  client::Client client = Connect(globals);
  std::stop_source leave;
  KnownRun known;
  absl::Notification over;
  std::atomic<bool> interrupted = false;

  interrupts.Handle([&] {
    interrupted = true;
    const std::string run = settings.cancels ? known.Get(settings.continues ? kNameTimeout : absl::ZeroDuration()) : "";
    v1::Run cancelled;
    // The stream tells the rest: what the run still wrote, and its `finished`.
    if (run.empty() || !client.CancelRun(run, &cancelled, {absl::Now() + kCancelTimeout, leave.get_token()}).ok() ||
        !over.WaitForNotificationWithTimeout(kCancelTimeout)) {
      leave.request_stop();
    }
  });

  EventPrinter printer(globals.json, settings.events);
  const auto on_event = [&](const v1::RunEvent& event) {
    if (event.has_accepted()) known.Set(event.accepted().run().name());
    if (!printer.Print(event)) leave.request_stop();
  };
  const client::RunOutcome outcome =
      start(&client, on_event, {.deadline = Deadline(globals, absl::InfiniteDuration()), .stop = leave.get_token()});
  over.Notify();
  interrupts.Stop();

  if (printer.error() != 0 && !outcome.finished && settings.cancels && !outcome.run.empty()) {
    v1::Run cancelled;
    // Whether it works makes no difference to how we end.
    client.CancelRun(outcome.run, &cancelled, {absl::Now() + kCancelTimeout});
  }
  if (interrupted) {
    if (outcome.finished && ExitCodeFor(*outcome.finished) != 0) Complain(RenderFailure(*outcome.finished));
    return kExitCancelled;
  }
  if (printer.error() != 0) return ReportOutputError(printer.error());
  return ReportOutcome(globals, settings, outcome);
}

}  // namespace skillrunner::skillctl

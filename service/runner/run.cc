#include "runner/run.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/ids.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

google::protobuf::Timestamp Now() {
  const int64_t nanos = absl::ToUnixNanos(absl::Now());
  google::protobuf::Timestamp time;
  time.set_seconds(nanos / 1'000'000'000);
  time.set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  return time;
}

}  // namespace

Run::Run(RunPlan plan)
    : name_(absl::StrCat("runs/", NewSortableId())), plan_(std::move(plan)), program_bytes_(plan_.program_bytes()) {
  v1::RunEvent event;
  {
    absl::MutexLock lock(&mutex_);
    described_.set_name(name_);
    described_.set_state(v1::Run::STATE_QUEUED);
    described_.set_example(plan_.example);
    described_.set_skill_revision(plan_.skill_revision);
    described_.set_runtime(plan_.runtime);
    described_.mutable_labels()->insert(plan_.labels.begin(), plan_.labels.end());
    *described_.mutable_create_time() = Now();
    *event.mutable_accepted()->mutable_run() = described_;
    *event.mutable_event_time() = described_.create_time();
  }
  journal_.Append(std::move(event));
}

void Run::DropProgram() {
  plan_.program = {};
  plan_.compile.reset();
  plan_.stdin_bytes = {};
  plan_.imports.reset();
}

v1::Run Run::Describe() const {
  absl::MutexLock lock(&mutex_);
  return described_;
}

void Run::Queued(int position) {
  v1::RunEvent event;
  event.mutable_queued()->set_position(position);
  journal_.Append(std::move(event));
}

void Run::Started(v1::RunStarted started) {
  v1::RunEvent event;
  *event.mutable_event_time() = Now();
  *event.mutable_started() = std::move(started);
  {
    absl::MutexLock lock(&mutex_);
    described_.set_state(v1::Run::STATE_RUNNING);
    *described_.mutable_start_time() = event.event_time();
  }
  journal_.Append(std::move(event));
}

void Run::Output(v1::OutputChunk chunk) {
  v1::RunEvent event;
  *event.mutable_output() = std::move(chunk);
  journal_.Append(std::move(event));
}

void Run::Diagnostic(v1::RunDiagnostic diagnostic) {
  v1::RunEvent event;
  *event.mutable_diagnostic() = std::move(diagnostic);
  journal_.Append(std::move(event));
}

void Run::Finished(v1::RunFinished finished) {
  v1::RunEvent event;
  *event.mutable_event_time() = Now();
  *event.mutable_finished() = std::move(finished);
  {
    absl::MutexLock lock(&mutex_);
    described_.set_state(event.finished().state());
    described_.set_cause(event.finished().cause());
    described_.set_exit_code(event.finished().exit_code());
    *described_.mutable_end_time() = event.event_time();
    *described_.mutable_usage() = event.finished().usage();
  }
  journal_.Append(std::move(event));
}

}  // namespace skillrunner

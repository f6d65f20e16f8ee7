#include "runner/execution.h"

#include <errno.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "config/profiles.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

// While a dead zygote is replaced, runs wait so long for the next one.
constexpr int64_t kZygotePatienceNanos = 10'000'000'000;
constexpr int64_t kZygoteRetryNanos = 20'000'000;
// And no longer in all, whatever becomes of those.
constexpr int64_t kPatienceNanos = 60'000'000'000;
// Sandboxes that end by themselves before the program starts, while their zygote lives: no more are tried.
constexpr int kMostDied = 5;

void SetDuration(int64_t nanos, google::protobuf::Duration* duration) {
  duration->set_seconds(nanos / 1'000'000'000);
  duration->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

v1::Limits ToProto(const PlanLimits& limits) {
  v1::Limits proto;
  SetDuration(limits.wall_nanos, proto.mutable_wall_time());
  SetDuration(limits.sandbox.cpu_nanos, proto.mutable_cpu_time());
  proto.set_memory_bytes(limits.sandbox.memory_bytes);
  proto.set_processes(static_cast<int32_t>(limits.sandbox.processes));
  proto.set_output_bytes(limits.output_bytes);
  proto.set_disk_bytes(limits.sandbox.disk_bytes);
  proto.set_open_files(static_cast<int32_t>(limits.sandbox.open_files));
  return proto;
}

v1::TerminationCause CauseOf(sandbox::Limit limit) {
  switch (limit) {
    case sandbox::Limit::kCpu:
      return v1::TERMINATION_CAUSE_CPU_TIME_LIMIT;
    case sandbox::Limit::kProcesses:
      return v1::TERMINATION_CAUSE_PROCESS_LIMIT;
    default:
      return v1::TERMINATION_CAUSE_MEMORY_LIMIT;
  }
}

}  // namespace

Execution::Execution(Reactor& reactor, Admission& admission, SandboxPools& pools, Compiles& compiles, Run& run)
    : reactor_(reactor),
      pools_(pools),
      run_(run),
      compiles_(compiles),
      ticket_(admission, changed_),
      accepted_at_(MonotonicNanos()) {
  facts_.limits = run.plan().limits;
  facts_.runtime = run.plan().runtime;
  if (!ticket_.admitted()) run.Queued(static_cast<int>(admission.waiting()) - 1);
}

Task<void> Execution::Live() {
  co_await WaitForTurn();
  if (!stopped() && run_.plan().compile) co_await Compile();
  // What could not be compiled is not run, whatever kept it from being.
  const bool can_run = !run_.plan().compile || made_ != nullptr;
  if (!ends() && can_run) co_await FindSandbox();
  if (!ends() && can_run && sandbox_ != nullptr && sandbox_->ready()) co_await RunProgram();
  if (sandbox_ != nullptr) co_await CollectRest();
  Finish();
}

Task<void> Execution::Change() {
  co_await changed_.Wait();
  changed_.Reset();
}

void Execution::Stop(TerminationCause cause) {
  if (stopped() || program_over_) return;
  facts_.stopped_by = cause;
  if (sandbox_ != nullptr) sandbox_->Kill();
  changed_.Set();
}

Task<void> Execution::WaitForTurn() {
  while (!ticket_.admitted() && !stopped()) co_await Change();
}

// Until a sandbox is ready, or has failed. One that was lost before the program started harmed nobody: another is
// taken.
Task<void> Execution::FindSandbox() {
  const int64_t last = MonotonicNanos() + kPatienceNanos;
  int64_t give_up = MonotonicNanos() + kZygotePatienceNanos;
  int died = 0;
  while (!stopped()) {
    const SandboxPools::Pool& chosen = pools_.Choose(run_.plan().imports, run_.plan().min_level);
    profile_ = chosen.profile;
    pool_ = chosen.sandboxes;
    // That of the zygote the sandbox is then taken from; it may be another than when the run was accepted.
    if (pool_->capabilities() && pool_->capabilities()->level < run_.plan().min_level) {
      facts_.failed_step = {.call = "min_isolation, which this host no longer gives", .error = EOPNOTSUPP};
      co_return;
    }
    if (MonotonicNanos() > give_up) {
      facts_.stopped_by = v1::TERMINATION_CAUSE_START_FAILED;
      co_return;
    }
    sandbox_ = pool_->Take(facts_.limits.sandbox);
    if (sandbox_ == nullptr) {
      (void)co_await changed_.WaitUntil(MonotonicNanos() + kZygoteRetryNanos);
      changed_.Reset();
      continue;
    }
    sandbox_->Observe(&changed_);
    while (!sandbox_->ready() && !sandbox_->over() && !sandbox_->failed_step() && !stopped()) co_await Change();
    if (stopped() || sandbox_->failed_step() || !sandbox_->over()) co_return;
    if (!sandbox_->lost() && ++died == kMostDied) {
      facts_.failed_step = {.call = "set-up of the sandbox, whose init ended before the program could start",
                            .error = sandbox_->counters().oom_kills > 0 ? ENOMEM : ECHILD};
      co_return;
    }
    give_up = std::min(last, MonotonicNanos() + kZygotePatienceNanos);
    (void)co_await changed_.WaitUntil(MonotonicNanos() + kZygoteRetryNanos);
    changed_.Reset();
  }
}

Task<void> Execution::RunProgram() {
  output_.emplace(reactor_, run_, sandbox_->stdout_fd(), sandbox_->stderr_fd(), changed_);
  if (output_->failed_step()) {
    facts_.failed_step = output_->failed_step();
    co_return;
  }
  StartClock();
  const auto failed = made_ == nullptr ? sandbox_->SendJob(run_.plan().program, run_.plan().stdin_bytes)
                                       : sandbox_->SendJob(TakeProgram(), run_.plan().stdin_bytes);
  run_.DropProgram();
  made_ = nullptr;
  compile_ticket_.reset();
  if (failed && !sandbox_->over()) {
    facts_.failed_step = failed;
    co_return;
  }
  co_await AwaitEnd();
}

void Execution::StartClock() {
  if (started_at_ != 0) return;
  started_at_ = MonotonicNanos();
  wall_timer_.Set(reactor_, started_at_ + facts_.limits.wall_nanos,
                  [this] { Stop(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT); });
  AnnounceStart();
}

// The program with what was compiled.
sandbox::Program Execution::TakeProgram() const {
  sandbox::Program program = run_.plan().program;
  const CompileStep& step = *run_.plan().compile;
  program.files.push_back({.path = step.artifact, .content = *made_, .executable = step.executable});
  return program;
}

Task<void> Execution::AwaitEnd() {
  while (!stopped() && !sandbox_->over() && !sandbox_->exited() && !sandbox_->failed_step()) {
    co_await Change();
    if (output_ && output_->limit_passed()) Stop(v1::TERMINATION_CAUSE_OUTPUT_LIMIT);
    if (sandbox_->limit_reached()) {
      Stop(CauseOf(sandbox_->limit_reached()->limit));
    }
  }
}

Task<void> Execution::EndSandbox() {
  if (!sandbox_->over() && !sandbox_->exited()) sandbox_->Kill();
  while (!sandbox_->over()) co_await Change();
  if (!facts_.failed_step) facts_.failed_step = sandbox_->failed_step();
  facts_.exited = sandbox_->exited();
  facts_.limit_reached = sandbox_->limit_reached();
  facts_.counters = sandbox_->counters();
  facts_.sandbox_lost = sandbox_->lost();
}

// The program has ended, or is being ended. Its tree is reaped and what it wrote is read before anything is said about
// it.
Task<void> Execution::CollectRest() {
  program_over_ = !stopped();
  wall_timer_.Cancel();
  co_await EndSandbox();
  if (output_) {
    co_await output_->Join();
    // Output that was still in the pipe when the program ended counts like any other.
    if (output_->limit_passed() && !stopped()) facts_.stopped_by = v1::TERMINATION_CAUSE_OUTPUT_LIMIT;
    facts_.stdout_bytes = output_->stdout_bytes();
    facts_.stderr_bytes = output_->stderr_bytes();
    facts_.stderr_tail = output_->stderr_tail();
  }
}

void Execution::Finish() {
  run_.DropProgram();
  if (started_at_ != 0) facts_.wall_nanos = MonotonicNanos() - started_at_;
  v1::RunFinished finished = JudgeOutcome(facts_);
  log::Info("run finished", {{"run", run_.name()},
                             {"cause", v1::TerminationCause_Name(finished.cause())},
                             {"wall_ms", std::to_string(facts_.wall_nanos / 1'000'000)}});
  run_.Finished(std::move(finished));
}

void Execution::AnnounceStart() {
  v1::RunStarted started;
  started.set_runtime(run_.plan().runtime);
  started.set_runtime_version(run_.plan().runtime_version);
  if (pool_->capabilities()) started.set_isolation(static_cast<v1::IsolationLevel>(pool_->capabilities()->level));
  started.set_warm(profile_.name != kExecProfile);
  SetDuration(started_at_ - accepted_at_, started.mutable_queue_time());
  *started.mutable_limits() = ToProto(run_.plan().limits);
  run_.Started(std::move(started));
}

}  // namespace skillrunner

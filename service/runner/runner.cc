#include "runner/runner.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/log.h"
#include "runner/execution.h"

namespace skillrunner {

namespace v1 = ::itzamna::skillrunner::v1;

namespace {

// Until a learnt profile's zygote has imported its modules.
constexpr int64_t kLearntPatienceNanos = 30'000'000'000;

bool CannotBeHad(const SandboxPool& pool) {
  return pool.capabilities() && pool.capabilities()->level == sandbox::IsolationLevel::kNone;
}

}  // namespace

Runner::Runner(Reactor& reactor, const RunnerOptions& options)
    : reactor_(reactor),
      options_(options),
      registry_(options.max_running + options.max_queued, options.retention),
      admission_(options.max_running),
      pools_(reactor, options.python_profiles, options.ready_sandboxes, options.default_limits),
      learner_(options.learnt_profiles),
      compiles_(std::make_unique<Compiles>()) {
  pools_.OnChange([this] { OnPoolsChanged(); });
}

Runner::~Runner() = default;

absl::StatusOr<std::shared_ptr<Run>> Runner::Start(RunPlan plan) {
  auto entry = registry_.Add(std::move(plan));
  if (!entry.ok()) return entry.status();
  if (!entry->joined) {
    reactor_.Post([this, run = entry->run] { tasks_.Start(Execute(run)); });
  }
  return entry->run;
}

Task<void> Runner::Execute(std::shared_ptr<Run> run) {
  PythonProfile used;  // no name: none
  // From examples of the catalogue alone: who sends source of their own has no say in what the zygotes import.
  const auto imports = run->plan().example.empty() ? std::nullopt : run->plan().imports;
  {
    Execution execution(reactor_, admission_, pools_, *compiles_, *run);
    executions_.emplace(run.get(), &execution);
    UpdateLoad();
    if (stopping_) execution.Stop(v1::TERMINATION_CAUSE_SERVER_SHUTDOWN);
    co_await execution.Live();
    executions_.erase(run.get());
    used = execution.profile();
  }
  if (imports && !used.name.empty() && used.name != kExecProfile) Learn(run->plan().example, *imports, used);
  registry_.NoteFinished(run);
  UpdateLoad();
}

void Runner::Learn(const std::string& example, const std::set<std::string>& imports, const PythonProfile& used) {
  const int64_t now = MonotonicNanos();
  learner_.Used(absl::StrJoin(used.modules, "+"), now);
  const auto pool = pools_.all().find(used.name);
  if (pool == pools_.all().end()) return;
  const auto text = learner_.Note(used.modules, imports, pool->second.sandboxes->modules());
  if (!text) return;
  const PythonProfile profile = ParsePythonProfile(*text);
  if (pools_.all().count(profile.name) != 0) return;
  if (!learner_.HasRoom()) {
    const auto least = learner_.LeastUsed(now);
    if (!least || !pools_.Remove(ParsePythonProfile(*least).name)) return;
    learner_.Drop(*least);
  }
  log::Info("profile learnt", {{"profile", profile.name}, {"example", example}});
  learner_.Add(*text, now);
  pools_.Add(profile);
  if (on_learnt_) on_learnt_(learner_.learnt());
  OnPoolsChanged();
  learnt_patience_.Set(reactor_, now + kLearntPatienceNanos, [this] { RefuseWhatCannotBeHad(); });
}

void Runner::RefuseWhatCannotBeHad() {
  const std::vector<std::string> before = learner_.learnt();
  for (const std::string& text : before) {
    const std::string name = ParsePythonProfile(text).name;
    const auto found = pools_.all().find(name);
    if (found == pools_.all().end()) continue;
    const bool silent = !learnt_patience_.armed() && !found->second.sandboxes->capabilities();
    if (!silent && !CannotBeHad(*found->second.sandboxes)) continue;
    log::Info("profile given up", {{"profile", name}, {"reason", found->second.sandboxes->WhyNotUsable()}});
    if (pools_.Remove(name)) learner_.Refuse(text);
  }
  if (learner_.learnt() == before) return;
  if (on_learnt_) on_learnt_(learner_.learnt());
  OnPoolsChanged();
}

void Runner::Cancel(const std::shared_ptr<Run>& run, TerminationCause cause) {
  reactor_.Post([this, run, cause] { Stop(*run, cause); });
}

void Runner::StarterGone(const std::shared_ptr<Run>& run, TerminationCause cause) {
  if (!run->DetachStarter() || run->plan().continue_without_client || run->finished()) return;
  reactor_.Post([this, run, cause] {
    if (!run->has_starters()) Stop(*run, cause);  // nobody has joined it meanwhile
  });
}

void Runner::Stop(const Run& run, TerminationCause cause) {
  const auto execution = executions_.find(&run);
  if (execution != executions_.end()) execution->second->Stop(cause);
}

Runner::Load Runner::load() const {
  return {.running = running_.load(), .queued = queued_.load(), .sandboxes_ready = sandboxes_ready_.load()};
}

void Runner::UpdateLoad() {
  running_.store(static_cast<int>(admission_.running()));
  queued_.store(static_cast<int>(admission_.waiting()));
  sandboxes_ready_.store(static_cast<int>(pools_.ready()));
}

std::optional<sandbox::Hello> Runner::capabilities() const {
  absl::MutexLock lock(&mutex_);
  return capabilities_;
}

std::vector<Runner::WarmProfile> Runner::warm_profiles() const {
  absl::MutexLock lock(&mutex_);
  return warm_profiles_;
}

void Runner::AdoptZygote(const std::string& profile, UniqueFd socket) {
  pools_.Adopt(profile, std::move(socket));
}

void Runner::OnAllReported(PostedFunction function) {
  on_all_reported_ = std::move(function);
}

void Runner::OnPoolsChanged() {
  UpdateLoad();
  bool any_cannot = false;
  {
    absl::MutexLock lock(&mutex_);
    capabilities_ = pools_.exec().sandboxes->capabilities();
    warm_profiles_.clear();
    for (const auto& [name, pool] : pools_.all()) {
      if (&pool == &pools_.exec()) continue;
      WarmProfile& profile = warm_profiles_.emplace_back();
      profile.name = name;
      profile.available = pool.sandboxes->usable();
      profile.ready = static_cast<int>(pool.sandboxes->ready());
      if (!profile.available) profile.reason = pool.sandboxes->WhyNotUsable();
      any_cannot = any_cannot || CannotBeHad(*pool.sandboxes);
    }
  }
  // Not from within what tells of the change: a pool may go.
  if (any_cannot && !learner_.learnt().empty()) reactor_.Post([this] { RefuseWhatCannotBeHad(); });
  if (on_all_reported_ && pools_.all_reported()) std::exchange(on_all_reported_, PostedFunction())();
}

Task<void> Runner::Shutdown(int64_t grace_nanos) {
  registry_.Close();
  const int64_t deadline = MonotonicNanos() + grace_nanos;
  Event pause;
  // Of the registry, which knows of runs that have only been added.
  while (registry_.unfinished() != 0 && MonotonicNanos() < deadline) {
    (void)co_await pause.WaitUntil(MonotonicNanos() + 20'000'000);
  }
  stopping_ = true;
  for (const auto& [run, execution] : executions_) execution->Stop(v1::TERMINATION_CAUSE_SERVER_SHUTDOWN);
  while (registry_.unfinished() != 0) (void)co_await pause.WaitUntil(MonotonicNanos() + 1'000'000);
  co_await tasks_.Join();
  learnt_patience_.Cancel();
  co_await pools_.Shutdown();
}

}  // namespace skillrunner

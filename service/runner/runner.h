// Runs: starts them, moves them through their life, ends them. The life itself is one function, Execution::Live().
//
// Start, Cancel and the look-ups may be called from any thread; everything else happens on the reactor's thread, which
// the caller runs.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "async/nursery.h"
#include "async/reactor.h"
#include "runner/admission.h"
#include "runner/outcome.h"
#include "runner/profile_learner.h"
#include "runner/run_registry.h"
#include "runner/sandbox_pools.h"

namespace skillrunner {

class Execution;
struct Compiles;

struct RunnerOptions {
  size_t max_running = 256;
  size_t max_queued = 10000;
  PoolSize ready_sandboxes;  // of each profile
  std::vector<PythonProfile> python_profiles;
  size_t learnt_profiles = 0;  // most that are added to these
  RunRegistry::Retention retention;
  sandbox::SandboxLimits default_limits;
};

class Runner {
 public:
  Runner(Reactor& reactor, const RunnerOptions& options);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  // Any thread. Errors: see RunRegistry::Add.
  absl::StatusOr<std::shared_ptr<Run>> Start(RunPlan plan);
  // Any thread. Ends a run for this reason, if it has not ended for another. Its journal is complete soon after.
  void Cancel(const std::shared_ptr<Run>& run, TerminationCause cause);
  // Any thread. A client that started the run is gone; the last one takes the run with it unless its plan says
  // otherwise.
  void StarterGone(const std::shared_ptr<Run>& run, TerminationCause cause);

  const RunRegistry& registry() const { return registry_; }
  const RunnerOptions& options() const { return options_; }

  struct Load {
    int running = 0;
    int queued = 0;
    int sandboxes_ready = 0;
  };
  // Any thread; a moment old.
  Load load() const;
  // Any thread. What sandboxes enforce; none: the zygote of exec has not reported yet.
  std::optional<sandbox::Hello> capabilities() const ABSL_LOCKS_EXCLUDED(mutex_);

  struct WarmProfile {
    std::string name;
    bool available = false;
    std::string reason;  // where it is not
    int ready = 0;       // sandboxes that wait prepared
  };
  // Any thread; a moment old.
  std::vector<WarmProfile> warm_profiles() const ABSL_LOCKS_EXCLUDED(mutex_);

  // The reactor's thread.
  void AdoptZygote(const std::string& profile, UniqueFd socket);
  // Calls `function` with the texts (config/profiles.h) of all profiles that are learnt, whenever that changes: whoever
  // starts zygotes has theirs running.
  void OnLearnt(std::function<void(const std::vector<std::string>&)> function) { on_learnt_ = std::move(function); }
  // Calls `function` with the name of a profile whose zygote does not answer any more: whoever has started it ends it.
  void OnHung(std::function<void(const std::string&)> function) { pools_.OnHung(std::move(function)); }
  // Calls `function` once every zygote has said what its sandboxes are.
  void OnAllReported(PostedFunction function);
  // Refuses new runs, gives those under way `grace_nanos` to end by themselves, then ends them; returns when all are
  // over.
  Task<void> Shutdown(int64_t grace_nanos);

 private:
  friend class Execution;
  Task<void> Execute(std::shared_ptr<Run> run);
  void Stop(const Run& run, TerminationCause cause);
  void UpdateLoad();
  void OnPoolsChanged();
  void Learn(const std::string& example, const std::set<std::string>& imports, const PythonProfile& used);
  void RefuseWhatCannotBeHad();

  Reactor& reactor_;
  const RunnerOptions options_;
  RunRegistry registry_;
  Admission admission_;
  SandboxPools pools_;
  ProfileLearner learner_;
  ScopedTimer learnt_patience_;  // with those that have not said anything yet
  std::function<void(const std::vector<std::string>&)> on_learnt_;
  std::unique_ptr<Compiles> compiles_;
  PostedFunction on_all_reported_;
  std::map<const Run*, Execution*> executions_;
  bool stopping_ = false;  // runs that are only beginning end at once
  Nursery tasks_;
  std::atomic<int> running_ = 0;
  std::atomic<int> queued_ = 0;
  std::atomic<int> sandboxes_ready_ = 0;
  mutable absl::Mutex mutex_;
  std::optional<sandbox::Hello> capabilities_ ABSL_GUARDED_BY(mutex_);
  std::vector<WarmProfile> warm_profiles_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner

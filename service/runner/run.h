// A run: its plan, its journal, and where it is in its life. Shared by the runner, which moves it, and by readers on
// other threads.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "journal/journal.h"
#include "runner/plan.h"

namespace skillrunner {

class Run {
 public:
  // Accepts it: event 1 is in the journal when this returns.
  explicit Run(RunPlan plan);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // `runs/{id}`.
  const std::string& name() const { return name_; }
  const RunPlan& plan() const { return plan_; }
  // As it was accepted.
  size_t program_bytes() const { return program_bytes_; }
  // Lets go of what only the start needs: sources, files, input.
  void DropProgram();
  Journal& journal() { return journal_; }
  const Journal& journal() const { return journal_; }

  // As it is now. Any thread.
  itzamna::skillrunner::v1::Run Describe() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool finished() const { return journal_.complete(); }

  // How many clients that started it still follow it (a request_id lets several).
  void AttachStarter() { starters_.fetch_add(1); }
  // Whether that was the last one.
  bool DetachStarter() { return starters_.fetch_sub(1) == 1; }
  bool has_starters() const { return starters_.load() > 0; }

  // The runner's thread only: each appends the event and moves the state.
  void Queued(int position) ABSL_LOCKS_EXCLUDED(mutex_);
  void Started(itzamna::skillrunner::v1::RunStarted started) ABSL_LOCKS_EXCLUDED(mutex_);
  void Output(itzamna::skillrunner::v1::OutputChunk chunk);
  void Diagnostic(itzamna::skillrunner::v1::RunDiagnostic diagnostic);
  void Finished(itzamna::skillrunner::v1::RunFinished finished) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::string name_;
  RunPlan plan_;
  const size_t program_bytes_;
  Journal journal_;
  std::atomic<int> starters_ = 0;
  mutable absl::Mutex mutex_;
  itzamna::skillrunner::v1::Run described_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner

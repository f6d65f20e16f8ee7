// One run being executed. Belongs to the reactor's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/event.h"
#include "async/executor.h"
#include "async/task.h"
#include "runner/admission.h"
#include "runner/outcome.h"
#include "runner/output_collector.h"
#include "runner/run.h"
#include "runner/sandbox_pools.h"

namespace skillrunner {

class Execution {
 public:
  Execution(Reactor& reactor, Admission& admission, SandboxPools& pools, Run& run);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // The life of a run, from the queue to `finished`.
  Task<void> Live();

  // Ends it for this reason, unless it has ended or another reason came first.
  void Stop(TerminationCause cause);

 private:
  Task<void> WaitForTurn();
  Task<void> FindSandbox();
  Task<void> RunProgram();
  Task<void> CollectRest();
  void Finish();

  // Waits until something has changed that may end or advance the run.
  Task<void> Change();
  bool stopped() const { return facts_.stopped_by.has_value(); }
  void AnnounceStart();

  Reactor& reactor_;
  SandboxPools& pools_;
  SandboxPool* pool_ = nullptr;  // that of `profile_`
  std::string profile_;
  Run& run_;
  Event changed_;
  Admission::Ticket ticket_;
  const int64_t accepted_at_;
  int64_t started_at_ = 0;     // 0: not
  bool program_over_ = false;  // it has reported its end, which nothing changes any more
  ScopedTimer wall_timer_;
  std::unique_ptr<SandboxHandle> sandbox_;
  std::optional<OutputCollector> output_;
  RunFacts facts_;
};

}  // namespace skillrunner

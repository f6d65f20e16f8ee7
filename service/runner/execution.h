// One run being executed. Belongs to the reactor's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/event.h"
#include "async/executor.h"
#include "async/task.h"
#include "runner/admission.h"
#include "runner/compile_cache.h"
#include "runner/outcome.h"
#include "runner/output_collector.h"
#include "runner/run.h"
#include "runner/sandbox_pools.h"

namespace skillrunner {

// What runs that have to be compiled share: each step holds what it makes in memory until the program is started.
struct Compiles {
  Admission admission{8};
  CompileCache cache{64U << 20};
};

class Execution {
 public:
  Execution(Reactor& reactor, Admission& admission, SandboxPools& pools, Compiles& compiles, Run& run);
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // The life of a run, from the queue to `finished`.
  Task<void> Live();

  // That of the sandbox it was given; no name: none.
  const PythonProfile& profile() const { return profile_; }

  // Ends it for this reason, unless it has ended or another reason came first.
  void Stop(TerminationCause cause);

 private:
  Task<void> WaitForTurn();
  Task<void> FindSandbox();
  // execution_compile.cc. Afterwards made_ is what is to be run, or the run is over.
  Task<void> Compile();
  Task<void> RunCompiler();
  void TakeCompiled(std::string made, std::string err);
  void FailToCompile(std::string err);
  void ReportMessages(absl::string_view err);

  Task<void> RunProgram();
  Task<void> CollectRest();
  void Finish();

  // The program, or what compiles it, starts: the wall time runs from the first of them.
  void StartClock();
  // Until the program in the sandbox has ended by itself, or is to be ended.
  Task<void> AwaitEnd();
  // Until nothing of the sandbox is left.
  Task<void> EndSandbox();
  sandbox::Program TakeProgram() const;

  // Waits until something has changed that may end or advance the run.
  Task<void> Change();
  bool stopped() const { return facts_.stopped_by.has_value(); }
  // Nothing more is to be started.
  bool ends() const { return stopped() || facts_.failed_step || !facts_.compile_problem.empty(); }
  void AnnounceStart();

  Reactor& reactor_;
  SandboxPools& pools_;
  PythonProfile profile_;
  std::shared_ptr<SandboxPool> pool_;  // its
  Run& run_;
  Compiles& compiles_;
  Event changed_;
  Admission::Ticket ticket_;
  const int64_t accepted_at_;
  int64_t started_at_ = 0;     // 0: not
  bool program_over_ = false;  // it has reported its end, which nothing changes any more
  ScopedTimer wall_timer_;
  std::unique_ptr<SandboxHandle> sandbox_;
  std::optional<OutputCollector> output_;
  std::optional<Admission::Ticket> compile_ticket_;
  std::shared_ptr<const std::string> made_;  // by the compiler; null: nothing, or not yet
  RunFacts facts_;
};

}  // namespace skillrunner

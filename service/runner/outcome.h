// How a run ended: judged from what the kernel, the timers and the client did, never guessed. Pure: no clock, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "itzamna/skillrunner/v1/run.pb.h"
#include "runner/plan.h"
#include "sandbox/init_protocol.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner {

using TerminationCause = itzamna::skillrunner::v1::TerminationCause;

// Everything known about a run that is over.
struct RunFacts {
  PlanLimits limits;
  std::string runtime;
  // Why we ended it, if we did: the first reason there was.
  std::optional<TerminationCause> stopped_by;
  // Where it could not be started.
  std::optional<sandbox::FailedStep> failed_step;
  // What the sandbox reported; none: it was killed, or lost.
  std::optional<sandbox::Exited> exited;
  std::optional<sandbox::LimitReached> limit_reached;
  sandbox::Counters counters;
  bool sandbox_lost = false;  // the zygote died
  int64_t wall_nanos = 0;
  int64_t stdout_bytes = 0;
  int64_t stderr_bytes = 0;
  std::string stderr_tail;  // last few KiB
  // Why it does not compile: then `exited` is its compiler's. Empty: it does, or was not tried.
  std::string compile_problem;
};

itzamna::skillrunner::v1::RunFinished JudgeOutcome(const RunFacts& facts);

// Whether the cause is somebody's wish rather than a failure.
bool IsCancellation(TerminationCause cause);

}  // namespace skillrunner

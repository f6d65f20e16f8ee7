// Set-up steps of a sandbox: each is one system call whose failure ends the set-up and is reported by name. Plain
// structs rather than absl::Status, because they are produced in freshly forked processes and travel over sockets.
#pragma once

#include <errno.h>

#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "sandbox/protocol.h"

namespace skillrunner::sandbox {

// No value: all went well.
using StepResult = std::optional<FailedStep>;

inline StepResult StepFailed(std::string call, int error = errno) {
  return FailedStep{std::move(call), error};
}

// Tests build these files a second time with steps that can be made to fail (tests/faults); elsewhere this is nothing.
#ifdef SKILL_RUNNER_FAULT_INJECTION
// The set-up of a sandbox with these limits begins.
void ArmFault(const SandboxLimits& limits);
// Asked once ahead of each step: true, and errno set, if this one is to fail.
bool FaultInjected();
#else
inline void ArmFault(const SandboxLimits& /*limits*/) {}
inline constexpr bool FaultInjected() {
  return false;
}
#endif

// Returns from the enclosing StepResult function if the call gave -1.
#define SKILLRUNNER_STEP(expr, call)                                                                              \
  do {                                                                                                            \
    if (::skillrunner::sandbox::FaultInjected() || (expr) == -1) return ::skillrunner::sandbox::StepFailed(call); \
  } while (false)

// The same, but one error is as good as success.
#define SKILLRUNNER_STEP_UNLESS(tolerated, expr, call)                                       \
  do {                                                                                       \
    if (::skillrunner::sandbox::FaultInjected() || ((expr) == -1 && errno != (tolerated))) { \
      return ::skillrunner::sandbox::StepFailed(call);                                       \
    }                                                                                        \
  } while (false)

// The same for what returns an absl::Status.
#define SKILLRUNNER_STATUS_STEP(expr, call)                                                       \
  do {                                                                                            \
    if (::skillrunner::sandbox::FaultInjected()) return ::skillrunner::sandbox::StepFailed(call); \
    if (const ::absl::Status step_status = (expr); !step_status.ok()) {                           \
      return ::skillrunner::sandbox::StepFailed(call, ::skillrunner::ErrnoOf(step_status));       \
    }                                                                                             \
  } while (false)

#define SKILLRUNNER_TRY_STEP(expr)                     \
  do {                                                 \
    if (auto failed_step = (expr)) return failed_step; \
  } while (false)

}  // namespace skillrunner::sandbox

// How tests tell the zygotes of this build which step of a set-up is to fail: by the disk limit of the run, which they
// set anyway and which nobody rounds. What is left of it beyond whole pages says which process, and which of its steps.
#pragma once

#include <errno.h>

#include <cstdint>

namespace skillrunner::sandbox {

// Those of one sandbox, in the order in which they are forked. The steps of each are counted from 1.
// kZygoteDies: the zygote does, once it has handed the sandbox over, while the init is still slow to begin.
enum class SetupProcess : int64_t { kZygote = 0, kInit = 1, kProgram = 2, kZygoteDies = 3 };

inline constexpr int64_t kFaultPage = 4096;
inline constexpr int64_t kStepsOfEach = kFaultPage / 4;
// No code tolerates this one, or means it.
inline constexpr int kInjectedError = ENOTRECOVERABLE;

inline constexpr int64_t DiskLimitWithFault(int64_t bytes, SetupProcess process, int64_t step) {
  return bytes / kFaultPage * kFaultPage + static_cast<int64_t>(process) * kStepsOfEach + step;
}

// Beside the executable of a zygote: "PROCESS STEP" of its own start.
inline constexpr char kStartFaultFile[] = "start-fault";
// And what it says to stderr when it got there.
inline constexpr char kInjected[] = "fault injected";

}  // namespace skillrunner::sandbox

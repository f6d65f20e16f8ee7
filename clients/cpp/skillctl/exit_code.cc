#include "skillctl/exit_code.h"

namespace skillrunner::skillctl {

namespace v1 = ::itzamna::skillrunner::v1;

int ExitCodeFor(const v1::RunFinished& finished) {
  switch (finished.cause()) {
    case v1::TERMINATION_CAUSE_EXITED:
      return finished.exit_code() & 0xff;
    case v1::TERMINATION_CAUSE_SIGNALED:
      return 128 + (finished.signal() & 0x7f);
    case v1::TERMINATION_CAUSE_WALL_TIME_LIMIT:
    case v1::TERMINATION_CAUSE_CPU_TIME_LIMIT:
    case v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED:
      return kExitTimeLimit;
    case v1::TERMINATION_CAUSE_MEMORY_LIMIT:
      return kExitMemoryLimit;
    case v1::TERMINATION_CAUSE_PROCESS_LIMIT:
    case v1::TERMINATION_CAUSE_OUTPUT_LIMIT:
    case v1::TERMINATION_CAUSE_DISK_LIMIT:
    case v1::TERMINATION_CAUSE_SYSCALL_DENIED:
      return kExitOtherLimit;
    case v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT:
    case v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED:
      return kExitCancelled;
    case v1::TERMINATION_CAUSE_START_FAILED:
      return kExitNotStarted;
    default:
      // Sandbox lost, shutdown, and causes a newer service may know.
      return finished.state() == v1::Run::STATE_SUCCEEDED ? 0 : kExitTrouble;
  }
}

int ExitCodeFor(const grpc::Status& status) {
  return status.ok() ? 0 : kExitCallFailed + static_cast<int>(status.error_code());
}

}  // namespace skillrunner::skillctl

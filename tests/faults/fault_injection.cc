#include "faults/fault_injection.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/files.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {
namespace {

constexpr int kZygoteDiesMicros = 100'000;
constexpr int kSlowInitMicros = 500'000;

struct Fault {
  int64_t process = 0;
  int64_t step = 0;  // 0: none
  bool of_start = false;
  // Where this process stands. Each fork leads one process further and starts to count anew.
  pid_t pid = 0;
  int64_t at_process = 0;
  int64_t at_step = 0;
};

Fault FaultOfStart() {
  Fault fault{.of_start = true, .pid = ::getpid()};
  std::error_code ignored;
  const auto directory = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto text = ReadFileAt(AT_FDCWD, directory / kStartFaultFile);
  if (text.ok() && std::sscanf(text->c_str(), "%ld %ld", &fault.process, &fault.step) != 2) fault.step = 0;
  return fault;
}

// On first use: a zygote still sees the host then.
Fault& Current() {
  static Fault fault = FaultOfStart();
  return fault;
}

}  // namespace

void ArmFault(const SandboxLimits& limits) {
  const int64_t rest = limits.disk_bytes % kFaultPage;
  Current() = {.process = rest / kStepsOfEach, .step = rest % kStepsOfEach, .pid = ::getpid()};
}

bool FaultInjected() {
  Fault& fault = Current();
  if (const pid_t pid = ::getpid(); pid != fault.pid) {
    fault.pid = pid;
    ++fault.at_process;
    fault.at_step = 0;
  }
  if (fault.process == static_cast<int64_t>(SetupProcess::kZygoteDies)) {
    if (++fault.at_step != 1) return false;
    const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = kZygoteDiesMicros}};
    if (fault.at_process == 0) ::setitimer(ITIMER_REAL, &soon, nullptr);  // SIGALRM ends it
    if (fault.at_process == 1) ::usleep(kSlowInitMicros);
    return false;
  }
  if (fault.at_process != fault.process || ++fault.at_step != fault.step) return false;
  // Of a sandbox, it might be in the place of its program's stderr by then.
  if (fault.of_start) (void)!::write(STDERR_FILENO, kInjected, sizeof(kInjected) - 1);
  errno = kInjectedError;
  return true;
}

}  // namespace skillrunner::sandbox

#include "sandbox/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace skillrunner::sandbox {
namespace {

StepResult SetLimit(__rlimit_resource_t resource, int64_t soft, int64_t hard, const char* call) {
  rlimit current{};
  SKILLRUNNER_STEP(::getrlimit(resource, &current), call);
  // Only ever lower: raising a hard limit needs a capability nobody here has.
  const rlim_t highest = std::min(static_cast<rlim_t>(hard), current.rlim_max);
  const rlimit limit{.rlim_cur = std::min(static_cast<rlim_t>(soft), highest), .rlim_max = highest};
  SKILLRUNNER_STEP(::setrlimit(resource, &limit), call);
  return std::nullopt;
}

// The kernel says where its capabilities end; any other refusal to look must not pass for that.
StepResult DropBoundingSet() {
  for (int capability = 0;; ++capability) {
    const int held = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held == -1 && errno == EINVAL && capability > 0) return std::nullopt;
    SKILLRUNNER_STEP(held, "prctl(PR_CAPBSET_READ)");
    SKILLRUNNER_STEP(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl(PR_CAPBSET_DROP)");
  }
}

}  // namespace

StepResult DropPrivilegesWithoutNamespace() {
  SKILLRUNNER_STEP(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
  SKILLRUNNER_STEP(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  SKILLRUNNER_STEP(::syscall(SYS_capset, &header, none), "capset");
  return std::nullopt;
}

StepResult DropPrivileges() {
  SKILLRUNNER_STEP(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
  SKILLRUNNER_STEP(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
  SKILLRUNNER_STEP(
      ::prctl(PR_SET_SECUREBITS,
              SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                  SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
              0, 0, 0),
      "prctl(PR_SET_SECUREBITS)");
  SKILLRUNNER_TRY_STEP(DropBoundingSet());
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  SKILLRUNNER_STEP(::syscall(SYS_capset, &header, none), "capset");
  return std::nullopt;
}

StepResult SetResourceLimits(const SandboxLimits& limits, bool limit_processes) {
  const int64_t cpu_seconds = limits.cpu_nanos / 1'000'000'000 + 2;
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_NOFILE, limits.open_files, limits.open_files, "setrlimit(RLIMIT_NOFILE)"));
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_CORE, 0, 0, "setrlimit(RLIMIT_CORE)"));
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_CPU, cpu_seconds, cpu_seconds, "setrlimit(RLIMIT_CPU)"));
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_MEMLOCK, 64 << 10, 64 << 10, "setrlimit(RLIMIT_MEMLOCK)"));
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_MSGQUEUE, 0, 0, "setrlimit(RLIMIT_MSGQUEUE)"));
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_SIGPENDING, 1024, 1024, "setrlimit(RLIMIT_SIGPENDING)"));
  // One more for the init.
  if (limit_processes) {
    SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_NPROC, limits.processes + 1, limits.processes + 1, "setrlimit(RLIMIT_NPROC)"));
  }
  return std::nullopt;
}

StepResult ResetSignals() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);  // EINVAL for the two of glibc's own
  }
  sigset_t none;
  ::sigemptyset(&none);
  SKILLRUNNER_STEP(::sigprocmask(SIG_SETMASK, &none, nullptr), "sigprocmask");
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

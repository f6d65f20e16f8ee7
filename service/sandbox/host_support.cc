#include "sandbox/host_support.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"
#include "sandbox/namespaces.h"
#include "sandbox/root_filesystem.h"

namespace skillrunner::sandbox {
namespace {

// In this order: the child writes the errno of each, 0 for success.
constexpr std::array kProbes = {&MountFreshProc, &NameHost};

StepResult FromErrno(const FailedStep& step, int error) {
  if (error == 0) return std::nullopt;
  return FailedStep{step.call, error};
}

}  // namespace

StepResult ProbeHostSupport(HostSupport* support) {
  int results[2];
  SKILLRUNNER_STEP(::pipe2(results, O_CLOEXEC), "pipe2 for the probe");
  const UniqueFd read_end(results[0]);
  UniqueFd write_end(results[1]);
  CloneResult clone = CloneIntoNamespaces(-1);
  if (clone.failed) return clone.failed;
  std::array<int, kProbes.size()> errors{};
  if (clone.pid == 0) {
    for (size_t i = 0; i < kProbes.size(); ++i) {
      const StepResult failed = kProbes[i]();
      errors[i] = failed ? static_cast<int>(failed->error) : 0;
    }
    ::_exit(::write(write_end.get(), errors.data(), sizeof(errors)) == sizeof(errors) ? 0 : 1);
  }
  write_end.reset();
  const ssize_t got = ::read(read_end.get(), errors.data(), sizeof(errors));
  int status = 0;
  while (::waitpid(clone.pid, &status, 0) == -1 && errno == EINTR) {
  }
  if (got != sizeof(errors)) return StepFailed("probe of the host", EPROTO);
  support->fresh_proc = FromErrno({.call = "mount proc"}, errors[0]);
  support->host_name = FromErrno({.call = "sethostname"}, errors[1]);
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

// skill-runner: the service, as its operator starts it.
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "config/config.h"
#include "sandbox/cgroup_delegation.h"
#include "supervisor/checks.h"
#include "supervisor/supervisor.h"

namespace {

// With a standard stream closed, the next file opened would take its place and become somebody's output.
void EnsureStandardStreams() {
  int fd;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

// The soft limit is low for programs that use select(); ours do not, and every run needs a few descriptors. Inherited
// by the server and the zygotes; sandboxes set their own.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "skill-runner: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

using namespace skillrunner;  // NOLINT(google-build-using-namespace): main wires, nothing else

// A zygote gets duplicates of the delegated directories, which it knows by the numbers they will have in it.
SupervisorHooks CgroupHooks(const sandbox::CgroupDelegation& cgroups) {
  const auto prepare = [&cgroups]() -> absl::StatusOr<ZygoteLaunch> {
    ZygoteLaunch launch;
    launch.args = cgroups.ZygoteFlags(kFirstZygoteFd);
    for (const int fd : cgroups.fds()) {
      launch.fds.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
      if (!launch.fds.back().valid()) return ErrnoStatus(errno, "cannot duplicate a cgroup descriptor");
    }
    return launch;
  };
  return {.prepare_zygote = prepare, .sweep = [&cgroups] { cgroups.RemoveSandboxGroups(); }};
}

absl::StatusOr<sandbox::CgroupDelegation> DelegateCgroups(const Config& config, uid_t uid, gid_t gid) {
  if (config.isolation == "namespaced" || config.isolation == "restricted") {
    return absl::FailedPreconditionError("--isolation=" + config.isolation + " does without");
  }
  return sandbox::CgroupDelegation::Create(uid, gid);
}

}  // namespace

int main(int argc, char** argv) {
  EnsureStandardStreams();
  RaiseDescriptorLimit();
  const absl::StatusOr<ParseResult> parsed = ParseCommandLine(argc, argv);
  if (!parsed.ok()) return Fail(parsed.status(), kUsageExitCode);
  if (parsed->print.has_value()) {
    std::fputs(parsed->print->c_str(), stdout);
    return 0;
  }
  log::Configure("skill-runner", parsed->config.log_level);
  for (const std::string& warning : parsed->warnings) log::Warning(warning);
  absl::StatusOr<Prepared> prepared = Prepare(parsed->config);
  if (!prepared.ok()) return Fail(prepared.status(), 1);
  const uid_t sandbox_uid = prepared->sandbox_identity ? prepared->sandbox_identity->user : ::geteuid();
  const gid_t sandbox_gid = prepared->sandbox_identity ? prepared->sandbox_identity->group : ::getegid();
  const absl::StatusOr<sandbox::CgroupDelegation> cgroups = DelegateCgroups(parsed->config, sandbox_uid, sandbox_gid);
  if (!cgroups.ok()) log::Info("runs get no cgroup", {{"reason", std::string(cgroups.status().message())}});
  Supervisor supervisor(*std::move(prepared), cgroups.ok() ? CgroupHooks(*cgroups) : SupervisorHooks{});
  return supervisor.Run();
}

// skill-runner: the service, as its operator starts it.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/log.h"
#include "base/standard_streams.h"
#include "config/config.h"
#include "sandbox/cgroup_delegation.h"
#include "sandbox/id_map.h"
#include "supervisor/checks.h"
#include "supervisor/supervisor.h"

namespace {

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
  return {.prepare_zygote = prepare, .map_ids = {}, .sweep = [&cgroups](pid_t zygote) {
            cgroups.RemoveSandboxGroups(zygote);
          }};
}

std::string MapIds(pid_t zygote, uid_t own, IdShare share) {
  const uid_t first = own + 1 + share.first;
  const sandbox::StepResult failed = sandbox::MapIdRange(zygote, own, first, share.count);
  if (!failed) return "mapped";
  return absl::StrCat(failed->call, ": ", ::strerror(static_cast<int>(failed->error)), " (the users ", first, " to ",
                      first + share.count,
                      " of --sandbox-uid and --sandbox-uids must exist where the service is root, ",
                      "and it needs CAP_SYS_ADMIN there)");
}

absl::StatusOr<sandbox::CgroupDelegation> DelegateCgroups(const Config& config, uid_t uid, gid_t gid) {
  if (config.isolation == "namespaced" || config.isolation == "restricted") {
    return absl::FailedPreconditionError("--isolation=" + config.isolation + " does without");
  }
  return sandbox::CgroupDelegation::Create(uid, gid);
}

}  // namespace

int main(int argc, char** argv) {
  EnsureStandardStreams(ClosedOutput::kIgnored);
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
  SupervisorHooks hooks = cgroups.ok() ? CgroupHooks(*cgroups) : SupervisorHooks{};
  if (const auto ids = static_cast<uid_t>(parsed->config.sandbox_uids); prepared->sandbox_identity && ids > 0) {
    hooks.map_ids = [sandbox_uid](pid_t zygote, IdShare share) { return MapIds(zygote, sandbox_uid, share); };
  }
  Supervisor supervisor(*std::move(prepared), std::move(hooks));
  return supervisor.Run();
}

#include "sandbox/factory.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/status_macros.h"
#include "sandbox/landlock.h"
#include "sandbox/namespaces.h"
#include "sandbox/root_filesystem.h"

namespace skillrunner::sandbox {
namespace {

std::string Sentence(const FailedStep& failed) {
  return absl::StrCat(failed.call, ": ", ::strerror(static_cast<int>(failed.error)));
}

absl::Status Unusable(const FailedStep& failed) {
  return absl::FailedPreconditionError(absl::StrCat("sandboxes cannot be made on this host: ", Sentence(failed),
                                                    ". Unprivileged user namespaces are needed: check the sysctls "
                                                    "user.max_user_namespaces, kernel.unprivileged_userns_clone and "
                                                    "kernel.apparmor_restrict_unprivileged_userns, and in a container "
                                                    "that its seccomp profile allows unshare and mount"));
}

}  // namespace

bool ParseCeiling(absl::string_view text, IsolationLevel* level) {
  if (text == "auto" || text == "full") {
    *level = IsolationLevel::kFull;
  } else if (text == "namespaced") {
    *level = IsolationLevel::kNamespaced;
  } else if (text == "restricted") {
    *level = IsolationLevel::kRestricted;
  } else {
    return false;
  }
  return true;
}

absl::StatusOr<Factory> Factory::Create(FactoryOptions options) {
  if (options.ceiling < IsolationLevel::kNamespaced) {
    return absl::FailedPreconditionError("--isolation=restricted: this version has no level RESTRICTED yet");
  }
  Factory factory;
  factory.ceiling_ = options.ceiling;
  const bool with_cgroups = options.ceiling >= IsolationLevel::kFull;
  factory.cgroups_ = std::make_unique<CgroupParent>(with_cgroups ? std::move(options.cgroups) : CgroupParent());
  ASSIGN_OR_RETURN(factory.filter_, SeccompFilter::Build({.deny_uncounted_memory = !factory.has_cgroups()}));
  if (const StepResult failed = factory.EnterNamespaces(options)) return Unusable(*failed);
  if (const StepResult failed = BuildAndEnterRoot()) return Unusable(*failed);
  if (const StepResult failed = ProbeHostSupport(&factory.support_)) return Unusable(*failed);
  factory.landlock_version_ = LandlockVersion();
  factory.DescribeCapabilities();
  return factory;
}

StepResult Factory::EnterNamespaces(FactoryOptions& options) {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  SKILLRUNNER_STEP(::unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare(CLONE_NEWUSER | CLONE_NEWNS)");
  no_ids_reason_ = "the service was not started as root";
  if (options.id_mapper.valid() && options.ids > 0) {
    const absl::Status asked = SendMessage(options.id_mapper.get(), "map");
    const auto answer = ReceiveMessage(options.id_mapper.get());
    if (asked.ok() && answer.ok() && answer->bytes == "mapped") {
      ids_.emplace(options.ids);
      return std::nullopt;
    }
    no_ids_reason_ = answer.ok() ? answer->bytes : std::string(answer.status().message());
  }
  return MapIds(uid, gid);
}

void Factory::DescribeCapabilities() {
  const bool cgroup = has_cgroups();
  const std::string version = cgroups_->v2() ? "cgroup v2" : "cgroup v1";
  const std::string no_cgroup =
      ceiling_ < IsolationLevel::kFull
          ? "no cgroup is used, as --isolation asks: set it to auto"
          : "no cgroup can be made here: start the service as root, or in a delegated cgroup (systemd: Delegate=yes; "
            "container: a writable cgroup)";
  capabilities_.level = cgroup ? IsolationLevel::kFull : IsolationLevel::kNamespaced;
  capabilities_.mechanisms = {
      {"namespaces", true, "own user, pid, mount, network, IPC, UTS and cgroup namespaces"},
      {"own-user", ids_.has_value(),
       ids_ ? "every sandbox is a user of its own outside, so what the kernel counts per user is not shared"
            : absl::StrCat("all sandboxes are one user outside and share what the kernel counts per user: ",
                           no_ids_reason_)},
      {"root-filesystem", true, "read-only system, own /tmp and /work of limited size"},
      {"proc", !support_.fresh_proc,
       support_.fresh_proc
           ? absl::StrCat("/proc is empty: ", Sentence(*support_.fresh_proc),
                          " (in a container: --security-opt unmask=ALL, or procMount: Unmasked in Kubernetes)")
           : "own /proc, which shows the sandbox's processes only"},
      {"host-name", !support_.host_name,
       support_.host_name ? absl::StrCat("programs see this host's name: ", Sentence(*support_.host_name),
                                         " (in a container: its seccomp profile must allow sethostname)")
                          : "programs see a host named sandbox"},
      {"network", true, "loopback only"},
      {"capabilities", true, "none, with an empty bounding set and no_new_privs"},
      {"landlock", landlock_version_ > 0,
       landlock_version_ > 0
           ? absl::StrCat("version ", landlock_version_, ": files, on top of the mounts")
           : "this kernel has no Landlock, or its parameter lsm= leaves it out; the mounts stand alone"},
      {"seccomp", true, "allow-list of system calls; others are answered ENOSYS or EPERM"},
      {"memory-limit", true,
       cgroup ? version : absl::StrCat("by accounting of the process tree, which lags by up to 100 ms: ", no_cgroup)},
      {"cpu-limit", true, cgroup ? version : absl::StrCat("by accounting of the process tree: ", no_cgroup)},
      {"process-limit", true,
       cgroup ? version : absl::StrCat("RLIMIT_NPROC in a user namespace of its own: ", no_cgroup)},
      {"cgroup", cgroup, cgroup ? version : no_cgroup},
  };
}

StepResult Factory::Make(uint64_t id, const SandboxLimits& limits, Launcher& launcher, Sandbox* made) {
  auto control = MakeSeqpacketPair();
  if (!control.ok()) return StepFailed("socketpair");
  int out[2];
  SKILLRUNNER_STEP(::pipe2(out, O_CLOEXEC), "pipe2 for stdout");
  made->stdout_read.reset(out[0]);
  const UniqueFd stdout_write(out[1]);
  int err[2];
  SKILLRUNNER_STEP(::pipe2(err, O_CLOEXEC), "pipe2 for stderr");
  made->stderr_read.reset(err[0]);
  const UniqueFd stderr_write(err[1]);
  // The flag belongs to the open file of this end only: the program's end stays blocking.
  SKILLRUNNER_STEP(::fcntl(out[0], F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
  SKILLRUNNER_STEP(::fcntl(err[0], F_SETFL, O_NONBLOCK), "fcntl(O_NONBLOCK)");
  made->control = std::move(control->first);
  const UniqueFd init_control = std::move(control->second);
  SKILLRUNNER_TRY_STEP(Cgroup::Make(*cgroups_, id, limits, &made->cgroup));

  if (ids_) {
    SKILLRUNNER_TRY_STEP(ids_->Take(&made->id));
    // Programs may open their streams again by name (/dev/stdout).
    SKILLRUNNER_STEP(::fchown(stdout_write.get(), made->id.id(), made->id.id()), "fchown of stdout");
    SKILLRUNNER_STEP(::fchown(stderr_write.get(), made->id.id(), made->id.id()), "fchown of stderr");
  }
  return Clone(made, {.control = init_control.get(),
                      .stdout_write = stdout_write.get(),
                      .stderr_write = stderr_write.get(),
                      .limits = limits,
                      .fresh_proc = !support_.fresh_proc,
                      .own_host_name = !support_.host_name,
                      .limit_processes = !has_cgroups(),
                      .cgroup = &made->cgroup,
                      .landlock_version = landlock_version_,
                      .filter = &filter_,
                      .launcher = &launcher});
}

StepResult Factory::Clone(Sandbox* made, InitPlan plan) {
  int mapped[2] = {-1, -1};
  if (ids_) SKILLRUNNER_STEP(::pipe2(mapped, O_CLOEXEC), "pipe2 for the id map");
  const UniqueFd mapped_read(mapped[0]);
  UniqueFd mapped_write(mapped[1]);
  CloneResult clone = CloneIntoNamespaces(made->cgroup.clone_fd());
  if (clone.failed) return clone.failed;
  if (clone.pid == 0) {
    mapped_write.reset();
    plan.ids_mapped = mapped_read.get();
    RunInit(plan);
  }
  if (ids_) {
    StepResult failed = MapIdsOf(clone.pid, made->id.id());
    if (!failed && ::write(mapped_write.get(), "", 1) != 1) failed = StepFailed("tell the init of its ids");
    if (failed) {
      ::kill(clone.pid, SIGKILL);
      while (::waitpid(clone.pid, nullptr, 0) == -1 && errno == EINTR) {
      }
      return failed;
    }
  }
  made->init_pid = clone.pid;
  made->init_pidfd = std::move(clone.pidfd);
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

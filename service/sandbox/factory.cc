#include "sandbox/factory.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/status_macros.h"
#include "base/wire.h"
#include "sandbox/landlock.h"
#include "sandbox/namespaces.h"
#include "sandbox/root_filesystem.h"

namespace skillrunner::sandbox {
namespace {

constexpr int kSignalScopes = 6;  // the version of Landlock that has them

std::string Sentence(const FailedStep& failed) {
  return absl::StrCat(failed.call, ": ", ::strerror(static_cast<int>(failed.error)));
}

std::string NoNamespaces(const FailedStep& failed) {
  return absl::StrCat(Sentence(failed),
                      ": unprivileged user namespaces are needed: check the sysctls user.max_user_namespaces, "
                      "kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, and in a "
                      "container that its seccomp profile allows unshare and mount");
}

std::string NoRestricted(const FailedStep& failed) {
  return absl::StrCat(Sentence(failed),
                      ": level RESTRICTED needs Landlock (Linux 5.13, and landlock in the kernel parameter lsm=), "
                      "seccomp, and a /tmp that can be written");
}

// In a child: what it changes must not stay, should a later step fail.
StepResult ProbeNamespaces() {
  int report[2];
  SKILLRUNNER_STEP(::pipe2(report, O_CLOEXEC), "pipe2 for the probe");
  const UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  const pid_t child = FaultInjected() ? -1 : ::fork();
  if (child == -1) return StepFailed("fork");
  if (child == 0) {
    HostSupport ignored;
    StepResult failed = UnshareUserAndMounts();
    if (!failed) failed = BuildAndEnterRoot({});
    if (!failed) failed = ProbeHostSupport(&ignored);
    WireWriter writer;
    if (failed) writer(*failed);
    const std::string bytes = writer.Take();
    ::_exit(bytes.empty() || WriteAll(write_end.get(), bytes).ok() ? 0 : 1);
  }
  write_end.reset();
  char buffer[4096];
  const ssize_t got = ::read(read_end.get(), buffer, sizeof(buffer));
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  if (got > 0) {
    FailedStep failed;
    WireReader reader(absl::string_view(buffer, static_cast<size_t>(got)));
    reader(failed);
    return failed;
  }
  if (status != 0) return StepFailed("probe of namespaces", EPROTO);
  return std::nullopt;
}

// An init that could not go on is not there to be mapped any more: its own report says why.
FailedStep EarlierFailure(int control, const FailedStep& ours) {
  const auto report = ReceiveMessage(control, /*dont_wait=*/true);
  SetupFailed theirs;
  return report.ok() && Decode(report->bytes, &theirs) ? theirs.step : ours;
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
  Factory factory;
  factory.ceiling_ = options.ceiling;
  factory.shown_ = options.shown;
  factory.preload_library_ = options.preload_library;
  factory.landlock_version_ = LandlockVersion();
  factory.own_pidfd_.reset(FaultInjected() ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!factory.own_pidfd_.valid()) return ErrnoStatus(errno, "sandboxes cannot be made on this host: pidfd_open");
  const StepResult no_namespaces = options.ceiling < IsolationLevel::kNamespaced
                                       ? StepFailed("not tried, as --isolation asks", 0)
                                       : ProbeNamespaces();
  if (no_namespaces) {
    factory.cgroups_ = std::make_unique<CgroupParent>();
    factory.no_namespaces_reason_ = no_namespaces->error == 0 ? no_namespaces->call : NoNamespaces(*no_namespaces);
    if (const StepResult failed = factory.ProbeWithoutNamespaces()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "sandboxes cannot be made on this host: ", factory.no_namespaces_reason_, "; and ", NoRestricted(*failed)));
    }
    factory.DescribeRestricted();
    return factory;
  }
  const bool with_cgroups = options.ceiling >= IsolationLevel::kFull;
  factory.cgroups_ = std::make_unique<CgroupParent>(with_cgroups ? std::move(options.cgroups) : CgroupParent());
  ASSIGN_OR_RETURN(factory.filter_, SeccompFilter::Build({.deny_uncounted_memory = !factory.has_cgroups()}));
  StepResult failed = factory.EnterNamespaces(options);
  if (!failed) failed = BuildAndEnterRoot(options.shown);
  if (!failed) failed = ProbeHostSupport(&factory.support_);
  if (failed) return absl::FailedPreconditionError(NoNamespaces(*failed));
  factory.DescribeCapabilities();
  return factory;
}

StepResult Factory::ProbeWithoutNamespaces() {
  SKILLRUNNER_STEP(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
  directories_.emplace();
  SKILLRUNNER_TRY_STEP(directories_->Open());
  PrivateDirectory directory;
  SKILLRUNNER_TRY_STEP(directories_->Make("probe", &directory));
  no_broker_ = ProbeRestrictedWith(/*brokered=*/true, directory);
  return no_broker_ ? ProbeRestrictedWith(/*brokered=*/false, directory) : std::nullopt;
}

StepResult Factory::ProbeRestrictedWith(bool brokered, const PrivateDirectory& directory) {
  auto filter = SeccompFilter::Build({.deny_uncounted_memory = true,
                                      .on_host = true,
                                      .deny_signals = landlock_version_ < kSignalScopes,
                                      .brokered = brokered});
  if (!filter.ok()) return StepFailed(std::string(filter.status().message()), EINVAL);
  filter_ = *std::move(filter);
  return ProbeRestricted(RestrictedIn(directory), filter_);
}

RestrictedPlan Factory::RestrictedIn(const PrivateDirectory& directory) const {
  return {.work = directory.path() + "/work",
          .tmp = directory.path() + "/tmp",
          .shown = shown_,
          .preload_library = preload_library_,
          .landlock_version = landlock_version_};
}

void Factory::DescribeRestricted() {
  capabilities_.level = IsolationLevel::kRestricted;
  const bool scoped = landlock_version_ >= kSignalScopes;
  capabilities_.mechanisms = {
      {"namespaces", false, no_namespaces_reason_},
      {"own-user", false,
       "programs are this service's user: Landlock and seccomp keep them from its files and processes"},
      {"root-filesystem", false,
       "none of its own: Landlock shows /usr, a few files of /etc and /proc, and a directory for each sandbox"},
      {"landlock", true, absl::StrCat("version ", landlock_version_)},
      {"seccomp", true, "allow-list of system calls, without whatever reaches other processes"},
      {"broker", !no_broker_,
       no_broker_
           ? absl::StrCat("no loopback, unix sockets, terminals, or modes and times by path: ", Sentence(*no_broker_),
                          " (needed are Linux 5.9, no other listener of seccomp around the service, and "
                          "kernel.yama.ptrace_scope below 2)")
           : "the init makes sockets, and changes modes and times of own files, in a program's place"},
      {"shared-objects", !preload_library_.empty(),
       preload_library_.empty()
           ? "no named semaphores and shared memory: libskill-preload.so is not beside the zygotes, or "
             "its path has a blank or a colon"
           : absl::StrCat("programs are started with ", preload_library_)},
      {"signals", true,
       scoped ? "Landlock confines them to the sandbox"
              : "seccomp refuses them, also to a program's own children: Landlock confines them from version 6 (Linux "
                "6.12)"},
      {"network", true,
       no_broker_ ? "none, not even loopback" : "loopback only: TCP, to what the program listens to itself"},
      {"capabilities", true, "none, with no_new_privs"},
      {"memory-limit", true, "by accounting of the process tree, which lags by up to 100 ms"},
      {"cpu-limit", true, "by accounting of the process tree"},
      {"process-limit", true,
       "by accounting of the process tree; RLIMIT_NPROC, which counts all processes of this user, stands behind it"},
      {"disk-limit", false, "of each file only (RLIMIT_FSIZE): there is no file system of its own"},
      {"cgroup", false, "no cgroup is used without namespaces"},
  };
}

StepResult Factory::EnterNamespaces(FactoryOptions& options) {
  no_ids_reason_ = "the service was not started as root";
  if (!options.id_mapper.valid() || options.ids == 0) return UnshareUserAndMounts();
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  SKILLRUNNER_STEP(::unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare(CLONE_NEWUSER | CLONE_NEWNS)");
  const absl::Status asked = SendMessage(options.id_mapper.get(), "map");
  const auto answer = ReceiveMessage(options.id_mapper.get());
  if (asked.ok() && answer.ok() && answer->bytes == "mapped") {
    ids_.emplace(options.ids);
    return std::nullopt;
  }
  no_ids_reason_ = answer.ok() ? answer->bytes : std::string(answer.status().message());
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
  ArmFault(limits);
  auto control = MakeSeqpacketPair();
  SKILLRUNNER_STATUS_STEP(control.status(), "socketpair");
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
  if (directories_) SKILLRUNNER_TRY_STEP(directories_->Make(absl::StrCat(id), &made->directory));
  const RestrictedPlan restricted = RestrictedIn(made->directory);
  return Clone(made, {.control = init_control.get(),
                      .stdout_write = stdout_write.get(),
                      .stderr_write = stderr_write.get(),
                      .zygote = own_pidfd_.get(),
                      .limits = limits,
                      .fresh_proc = !support_.fresh_proc,
                      .own_host_name = !support_.host_name,
                      .limit_processes = !has_cgroups() && !directories_,
                      .cgroup = &made->cgroup,
                      .landlock_version = landlock_version_,
                      .work_directory = directories_ ? restricted.work.c_str() : "/work",
                      .restricted = directories_ ? &restricted : nullptr,
                      .filter = &filter_,
                      .launcher = &launcher});
}

StepResult Factory::Clone(Sandbox* made, InitPlan plan) {
  int mapped[2] = {-1, -1};
  if (ids_) SKILLRUNNER_STEP(::pipe2(mapped, O_CLOEXEC), "pipe2 for the id map");
  const UniqueFd mapped_read(mapped[0]);
  UniqueFd mapped_write(mapped[1]);
  CloneResult clone = directories_ ? Fork() : CloneIntoNamespaces(made->cgroup.clone_fd());
  if (clone.failed) return clone.failed;
  if (clone.pid == 0) {
    mapped_write.reset();
    plan.ids_mapped = mapped_read.get();
    RunInit(plan);
  }
  if (ids_) {
    StepResult failed = MapIdsOf(clone.pid, made->id.id());
    if (!failed && (FaultInjected() || ::write(mapped_write.get(), "", 1) != 1)) {
      failed = StepFailed("tell the init of its ids");
    }
    if (failed) {
      ::kill(clone.pid, SIGKILL);
      while (::waitpid(clone.pid, nullptr, 0) == -1 && errno == EINTR) {
      }
      return EarlierFailure(made->control.get(), *failed);
    }
  }
  made->cgroup.CloseFiles();
  made->init_pid = clone.pid;
  made->init_pidfd = std::move(clone.pidfd);
  return std::nullopt;
}

void Factory::Kill(const Sandbox& sandbox) const {
  // Without a pid namespace nobody but the init can end the tree.
  ::kill(sandbox.init_pid, directories_ ? SIGTERM : SIGKILL);
}

void Factory::EndOrphans(const std::set<pid_t>& inits) const {
  if (directories_) EndDescendants(inits);
}

}  // namespace skillrunner::sandbox

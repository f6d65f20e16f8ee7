#include "sandbox/restricted.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/files.h"
#include "base/wire.h"
#include "sandbox/landlock.h"
#include "sandbox/privileges.h"

namespace skillrunner::sandbox {
namespace {

// What a program may read; none of it is written by a program.
constexpr const char* kSystem[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    // Files of /etc one by one: what else lies there is the host's.
    "/etc/alternatives", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/group", "/etc/hosts",
    "/etc/inputrc", "/etc/java-17-openjdk", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/magic", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/passwd", "/etc/protocols",
    "/etc/python3", "/etc/python3.11", "/etc/resolv.conf", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    // No more of /proc than this and, below, the program's own entry: other processes are listed there.
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime",
    "/proc/version", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/pid_max", "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/max_map_count", "/proc/sys/net/core/somaxconn", "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage"};
// Of the program's own entry of /proc, and of its first thread's; not `net`, which is the host's (`ns` is, too, but is
// no file that Landlock knows). A right to a directory is one to all below it, so these are named.
constexpr const char* kOwnProc[] = {
    "auxv",   "cgroup",        "cmdline",   "comm",    "coredump_filter", "cpuset",        "environ", "fd",
    "fdinfo", "gid_map",       "io",        "limits",  "map_files",       "maps",          "mem",     "mountinfo",
    "mounts", "mountstats",    "numa_maps", "oom_adj", "oom_score",       "oom_score_adj", "pagemap", "personality",
    "sched",  "schedstat",     "setgroups", "smaps",   "smaps_rollup",    "stat",          "statm",   "status",
    "timers", "timerslack_ns", "uid_map",   "wchan"};
constexpr const char* kOwnThread[] = {"children", "comm", "sched", "schedstat", "stat", "statm", "status"};
constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

// The limit counts all processes of this user: what others may start meanwhile. The accounting holds the run to its
// own.
constexpr int64_t kTasksOfOthers = 256;

LandlockPolicy FilesOf(const RestrictedPlan& plan) {
  LandlockPolicy policy{.version = plan.landlock_version, .files = {}, .deny_tcp = true};
  for (const char* path : kSystem) policy.files.push_back({path, FileAccess::kRead});
  for (const std::string& path : plan.shown) policy.files.push_back({path, FileAccess::kRead});
  for (const char* path : kDevices) policy.files.push_back({path, FileAccess::kDevice});
  // Resolved now: this process, not its children.
  policy.files.push_back({"/proc/self", FileAccess::kList});
  for (const char* name : kOwnProc) policy.files.push_back({absl::StrCat("/proc/self/", name), FileAccess::kDevice});
  for (const char* name : kOwnThread) {
    policy.files.push_back({absl::StrCat("/proc/thread-self/", name), FileAccess::kDevice});
  }
  for (const std::string& path : {plan.work, plan.tmp}) policy.files.push_back({path, FileAccess::kOwn});
  return policy;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  const std::string tasks = absl::StrCat("/proc/", pid, "/task");
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(tasks.c_str()), ::closedir);
  if (directory == nullptr) return children;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    const auto text = ReadFileAt(AT_FDCWD, absl::StrCat(tasks, "/", entry->d_name, "/children"));
    if (!text.ok()) continue;
    for (const absl::string_view word : absl::StrSplit(*text, ' ', absl::SkipEmpty())) {
      pid_t child = 0;
      if (absl::SimpleAtoi(word, &child)) children.push_back(child);
    }
  }
  return children;
}

// Processes and threads of this user: RLIMIT_NPROC counts them all.
int64_t TasksOfUser() {
  int64_t tasks = 0;
  const std::string own = absl::StrCat("\nUid:\t", ::getuid(), "\t");
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), ::closedir);
  while (const dirent* entry = directory == nullptr ? nullptr : ::readdir(directory.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const auto status = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", entry->d_name, "/status"));
    if (!status.ok() || !absl::StrContains(*status, own)) continue;
    const size_t threads = status->find("\nThreads:\t");
    int64_t count = 0;
    if (threads == std::string::npos) continue;
    const size_t from = threads + 10;
    if (absl::SimpleAtoi(status->substr(from, status->find('\n', from) - from), &count)) tasks += count;
  }
  return tasks;
}

StepResult SetLimit(__rlimit_resource_t resource, int64_t value, const char* call) {
  rlimit limit{};
  SKILLRUNNER_STEP(::getrlimit(resource, &limit), call);
  limit.rlim_max = std::min(limit.rlim_max, static_cast<rlim_t>(value));
  limit.rlim_cur = limit.rlim_max;
  SKILLRUNNER_STEP(::setrlimit(resource, &limit), call);
  return std::nullopt;
}

// A process that may have no further children cannot outrun us.
void Kill(pid_t pid) {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  (void)::prlimit(pid, RLIMIT_NPROC, &none, nullptr);
  ::kill(pid, SIGKILL);
}

// What must hold in a restricted process. EPROTO: a refusal that did not come.
StepResult CheckRefusals(const RestrictedPlan& plan) {
  const UniqueFd own(::open(absl::StrCat(plan.work, "/probe").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  SKILLRUNNER_STEP(own.get(), "create a file in the work directory");
  if (::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) != -1) return StepFailed("landlock lets / be read", EPROTO);
  if (::socket(AF_INET, SOCK_STREAM, 0) != -1) return StepFailed("seccomp lets a socket be made", EPROTO);
  if (::kill(::getppid(), 0) != -1) return StepFailed("the parent can be signalled", EPROTO);
  return std::nullopt;
}

}  // namespace

StepResult SetUpRestricted() {
  ::umask(0022);
  SKILLRUNNER_STEP(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGTERM), "prctl(PR_SET_PDEATHSIG) in the init");
  SKILLRUNNER_STEP(::prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
  return DropPrivilegesWithoutNamespace();
}

StepResult RestrictProgram(const RestrictedPlan& plan, const SandboxLimits& limits, const SeccompFilter& filter) {
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_FSIZE, limits.disk_bytes, "setrlimit(RLIMIT_FSIZE)"));
  SKILLRUNNER_TRY_STEP(
      SetLimit(RLIMIT_NPROC, TasksOfUser() + limits.processes + kTasksOfOthers, "setrlimit(RLIMIT_NPROC)"));
  SKILLRUNNER_TRY_STEP(RestrictByLandlock(FilesOf(plan)));
  return filter.Install();
}

void PointToDirectories(const RestrictedPlan& plan, Program* program) {
  bool has_tmp = false;
  for (std::string& variable : program->environment) {
    if (variable == "HOME=/work") variable = absl::StrCat("HOME=", plan.work);
    has_tmp = has_tmp || absl::StartsWith(variable, "TMPDIR=");
  }
  if (!has_tmp) program->environment.push_back(absl::StrCat("TMPDIR=", plan.tmp));
}

void EndDescendants(const std::set<pid_t>& keep) {
  while (true) {
    std::vector<pid_t> found;
    for (const pid_t child : ChildrenOf(::getpid())) {
      if (keep.count(child) == 0) found.push_back(child);
    }
    if (found.empty()) return;
    for (size_t i = 0; i < found.size(); ++i) {
      Kill(found[i]);
      for (const pid_t child : ChildrenOf(found[i])) found.push_back(child);
    }
    // Orphans become our children as their parents die; only children can be reaped.
    bool reaped = false;
    for (const pid_t pid : found) reaped = ::waitpid(pid, nullptr, WNOHANG) > 0 || reaped;
    if (!reaped) ::usleep(500);
  }
}

StepResult ProbeRestricted(const RestrictedPlan& plan, const SeccompFilter& filter) {
  if (plan.landlock_version == 0) return StepFailed("landlock_create_ruleset", EOPNOTSUPP);
  int report[2];
  SKILLRUNNER_STEP(::pipe2(report, O_CLOEXEC), "pipe2 for the probe");
  const UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  const pid_t child = FaultInjected() ? -1 : ::fork();
  if (child == -1) return StepFailed("fork");
  if (child == 0) {
    SandboxLimits limits;
    limits.disk_bytes = 4096;
    limits.processes = 16;
    StepResult failed = SetUpRestricted();
    if (!failed && ChildrenOf(::getppid()).empty()) failed = StepFailed("/proc lists no children", ENOENT);
    if (!failed) failed = RestrictProgram(plan, limits, filter);
    if (!failed) failed = CheckRefusals(plan);
    WireWriter writer;
    if (failed) writer(*failed);
    const std::string bytes = writer.Take();
    const bool told = bytes.empty() || WriteAll(write_end.get(), bytes).ok();
    ::_exit(told ? 0 : 1);
  }
  write_end.reset();
  char buffer[4096];
  const ssize_t got = ::read(read_end.get(), buffer, sizeof(buffer));
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  ::unlink(absl::StrCat(plan.work, "/probe").c_str());
  if (got > 0) {
    FailedStep failed;
    WireReader reader(absl::string_view(buffer, static_cast<size_t>(got)));
    reader(failed);
    return failed;
  }
  if (status != 0) return StepFailed("probe of level RESTRICTED", EPROTO);
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

#include "sandbox/restricted.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#include "base/seqpacket.h"
#include "base/unique_fd.h"
#include "sandbox/landlock.h"
#include "sandbox/privileges.h"

namespace skillrunner::sandbox {
namespace {

// What a program may read; none of it is written by a program.
constexpr const char* kSystem[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    // Files of /etc one by one: what else lies there is the host's.
    "/etc/alternatives", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/debian_version", "/etc/group",
    "/etc/hosts", "/etc/inputrc", "/etc/java-17-openjdk", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/lsb-release", "/etc/magic", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/os-release",
    "/etc/passwd", "/etc/protocols", "/etc/python3", "/etc/python3.11", "/etc/resolv.conf", "/etc/services",
    "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/terminfo",
    // No more of /proc than this and, below, the program's own entry: other processes are listed there.
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime",
    "/proc/version", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/pid_max", "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/max_map_count", "/proc/sys/net/core/somaxconn", "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage"};
// Of the program's own entry of /proc, and of its first thread's; not `net`, which is the host's (`ns` is, too, but is
// no file that Landlock knows). A right to a directory is one to all below it, so these are named.
constexpr const char* kOwnProc[] = {"auxv",      "cgroup",        "cmdline",    "comm",      "coredump_filter",
                                    "cpuset",    "environ",       "fd",         "fdinfo",    "gid_map",
                                    "io",        "limits",        "map_files",  "maps",      "mem",
                                    "mountinfo", "mounts",        "mountstats", "numa_maps", "oom_score",
                                    "pagemap",   "personality",   "sched",      "schedstat", "setgroups",
                                    "smaps",     "smaps_rollup",  "stat",       "statm",     "status",
                                    "timers",    "timerslack_ns", "uid_map",    "wchan"};
// What it must not change there.
constexpr const char* kOwnProcRead[] = {"oom_adj", "oom_score_adj"};
constexpr const char* kOwnThread[] = {"children", "comm", "sched", "schedstat", "stat", "statm", "status"};
constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

// The limit counts all processes of this user: what others may start meanwhile. The accounting holds the run to its
// own.
constexpr int64_t kTasksOfOthers = 256;

LandlockPolicy FilesOf(const RestrictedPlan& plan) {
  LandlockPolicy policy{.version = plan.landlock_version, .files = {}, .deny_tcp = true};
  for (const char* path : kSystem) policy.files.push_back({path, FileAccess::kRead});
  for (const std::string& path : plan.shown) policy.files.push_back({path, FileAccess::kRead});
  if (!plan.preload_library.empty()) policy.files.push_back({plan.preload_library, FileAccess::kRead});
  for (const char* path : kDevices) policy.files.push_back({path, FileAccess::kDevice});
  // Resolved now: this process, not its children.
  policy.files.push_back({"/proc/self", FileAccess::kList});
  for (const char* name : kOwnProc) policy.files.push_back({absl::StrCat("/proc/self/", name), FileAccess::kDevice});
  for (const char* name : kOwnProcRead) policy.files.push_back({absl::StrCat("/proc/self/", name), FileAccess::kRead});
  for (const char* name : kOwnThread) {
    policy.files.push_back({absl::StrCat("/proc/thread-self/", name), FileAccess::kDevice});
  }
  for (const FileRule& own : OwnFiles(plan).files) policy.files.push_back(own);
  return policy;
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

}  // namespace

StepResult SetUpRestricted() {
  ::umask(0022);
  // The init's own, which holds files for its program; the program's come later.
  rlimit files{};
  SKILLRUNNER_STEP(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit(RLIMIT_NOFILE)");
  files.rlim_cur = files.rlim_max;
  SKILLRUNNER_STEP(::setrlimit(RLIMIT_NOFILE, &files), "setrlimit(RLIMIT_NOFILE)");
  SKILLRUNNER_STEP(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)");
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGTERM), "prctl(PR_SET_PDEATHSIG) in the init");
  SKILLRUNNER_STEP(::prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
  return DropPrivilegesWithoutNamespace();
}

LandlockPolicy OwnFiles(const RestrictedPlan& plan) {
  return {.version = plan.landlock_version,
          .files = {{plan.work, FileAccess::kOwn}, {plan.tmp, FileAccess::kOwn}},
          .deny_tcp = true};
}

StepResult RestrictProgram(const RestrictedPlan& plan, const SandboxLimits& limits, const SeccompFilter& filter,
                           int broker) {
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
  SKILLRUNNER_TRY_STEP(SetLimit(RLIMIT_FSIZE, limits.disk_bytes, "setrlimit(RLIMIT_FSIZE)"));
  SKILLRUNNER_TRY_STEP(
      SetLimit(RLIMIT_NPROC, TasksOfUser() + limits.processes + kTasksOfOthers, "setrlimit(RLIMIT_NPROC)"));
  SKILLRUNNER_TRY_STEP(RestrictByLandlock(FilesOf(plan)));
  UniqueFd listener;
  SKILLRUNNER_TRY_STEP(filter.Install(&listener));
  // The broker's alone: this process must not hold what answers its own calls.
  if (filter.brokered())
    SKILLRUNNER_STATUS_STEP(SendMessage(broker, "calls", {listener.get()}), "sendmsg to the broker");
  return std::nullopt;
}

void AdaptEnvironment(const RestrictedPlan& plan, Program* program) {
  std::vector<std::string>& environment = program->environment;
  const auto find = [&environment](absl::string_view name) {
    return std::find_if(environment.begin(), environment.end(),
                        [&](const std::string& variable) { return absl::StartsWith(variable, name); });
  };
  if (const auto home = find("HOME=/work"); home != environment.end() && *home == "HOME=/work") {
    *home = absl::StrCat("HOME=", plan.work);
  }
  if (find("TMPDIR=") == environment.end()) environment.push_back(absl::StrCat("TMPDIR=", plan.tmp));
  // git takes a file that it may not read for an error.
  if (find("GIT_CONFIG_NOSYSTEM=") == environment.end()) environment.emplace_back("GIT_CONFIG_NOSYSTEM=1");
  environment.push_back(absl::StrCat("SHARED_OBJECTS_DIR=", plan.tmp));
  if (plan.preload_library.empty()) return;
  if (const auto preload = find("LD_PRELOAD="); preload != environment.end()) {
    absl::StrAppend(&*preload, ":", plan.preload_library);
  } else {
    environment.push_back(absl::StrCat("LD_PRELOAD=", plan.preload_library));
  }
}

std::vector<pid_t> ThreadsOf(pid_t pid) {
  std::vector<pid_t> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(absl::StrCat("/proc/", pid, "/task").c_str()),
                                                      ::closedir);
  while (const dirent* entry = directory == nullptr ? nullptr : ::readdir(directory.get())) {
    pid_t thread = 0;
    if (absl::SimpleAtoi(entry->d_name, &thread)) threads.push_back(thread);
  }
  return threads;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t thread : ThreadsOf(pid)) {
    const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
    if (!text.ok()) continue;
    for (const absl::string_view word : absl::StrSplit(*text, ' ', absl::SkipEmpty())) {
      pid_t child = 0;
      if (absl::SimpleAtoi(word, &child)) children.push_back(child);
    }
  }
  return children;
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

}  // namespace skillrunner::sandbox

#include "sandbox/init.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "sandbox/broker.h"
#include "sandbox/landlock.h"
#include "sandbox/namespaces.h"
#include "sandbox/privileges.h"
#include "sandbox/program_process.h"
#include "sandbox/report.h"
#include "sandbox/root_filesystem.h"

namespace skillrunner::sandbox {
namespace {

constexpr int kSetupFailedExit = 1;

// Closes everything from 3 up but the descriptors that are needed.
StepResult CloseOthers(const InitPlan& plan) {
  std::vector<int> keep = {plan.control, plan.stdout_write, plan.stderr_write};
  if (plan.cgroup != nullptr) {
    const std::vector<int> counters = plan.cgroup->counter_fds();
    keep.insert(keep.end(), counters.begin(), counters.end());
  }
  std::sort(keep.begin(), keep.end());
  unsigned from = 3;
  for (const int fd : keep) {
    if (fd < 3) continue;
    const auto next = static_cast<unsigned>(fd);
    // A step whether or not there is a gap, so that a set-up has the same steps each time (tests/faults).
    SKILLRUNNER_STEP(next > from ? ::close_range(from, next - 1, 0) : 0, "close_range in the init");
    from = std::max(from, next + 1);
  }
  SKILLRUNNER_STEP(::close_range(from, ~0U, 0), "close_range in the init");
  return std::nullopt;
}

// Becomes the user that programs are. Where the zygote maps ids, this process is nobody until then.
StepResult TakeIds(int ids_mapped) {
  if (ids_mapped < 0) return MapIds(kInsideUid, kInsideGid);  // the zygote's own, under the same numbers
  char byte = 0;
  // End of file: the zygote could not map them, or is gone.
  const ssize_t got = ::read(ids_mapped, &byte, 1);
  if (got == 0) errno = ESRCH;
  SKILLRUNNER_STEP(got == 1 ? 0 : -1, "wait for the id map");
  SKILLRUNNER_STEP(::setresgid(kInsideGid, kInsideGid, kInsideGid), "setresgid");
  SKILLRUNNER_STEP(::setresuid(kInsideUid, kInsideUid, kInsideUid), "setresuid");
  // A change of user clears it.
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG) of the new user");
  return std::nullopt;
}

// A zygote that died before PR_SET_PDEATHSIG was set sends no signal, and nobody else would end this sandbox.
StepResult LeaveIfZygoteIsGone(const InitPlan& plan) {
  pollfd zygote{.fd = plan.zygote, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&zygote, 1, 0);
  SKILLRUNNER_STEP(ready, "poll of the zygote");
  if (ready != 0) ::_exit(kSetupFailedExit);
  return std::nullopt;
}

StepResult SetUp(const InitPlan& plan) {
  if (plan.restricted != nullptr) {
    SKILLRUNNER_TRY_STEP(SetUpRestricted());
    SKILLRUNNER_TRY_STEP(LeaveIfZygoteIsGone(plan));
    return CloseOthers(plan);
  }
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG) in the init");
  if (plan.cgroup != nullptr) SKILLRUNNER_TRY_STEP(plan.cgroup->JoinFromInside());
  SKILLRUNNER_TRY_STEP(TakeIds(plan.ids_mapped));
  SKILLRUNNER_TRY_STEP(LeaveIfZygoteIsGone(plan));
  // Only now: the path of the group it has joined becomes its root, and programs see "/".
  SKILLRUNNER_STEP(::unshare(CLONE_NEWCGROUP), "unshare(CLONE_NEWCGROUP)");
  if (plan.own_host_name) SKILLRUNNER_TRY_STEP(NameHost());
  SKILLRUNNER_TRY_STEP(BringLoopbackUp());
  SKILLRUNNER_TRY_STEP(MountSandboxOwn(plan.limits, plan.fresh_proc));
  SKILLRUNNER_TRY_STEP(CloseOthers(plan));
  // Programs have the same user id: without this they could trace their init and read its memory.
  SKILLRUNNER_STEP(::prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
  SKILLRUNNER_TRY_STEP(DropPrivileges());
  if (plan.landlock_version > 0) {
    LandlockPolicy policy{.version = plan.landlock_version, .files = {{"/", FileAccess::kRead}}, .deny_tcp = false};
    for (const char* own : {"/work", "/tmp", "/dev/shm"}) policy.files.push_back({own, FileAccess::kOwn});
    for (const char* given : {"/dev", "/proc"}) policy.files.push_back({given, FileAccess::kDevice});
    SKILLRUNNER_TRY_STEP(RestrictByLandlock(policy));
  }
  return plan.filter->Install();
}

// Packets and connections without a route (Ip: OutNoRoutes of /proc/net/snmp): evidence that the program wanted the
// network.
int64_t UnreachableSends() {
  const auto text = ReadFileAt(AT_FDCWD, "/proc/net/snmp");
  if (!text.ok()) return -1;
  std::vector<absl::string_view> names;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    if (words[0] != "Ip:") continue;
    if (names.empty()) {
      names = words;
      continue;
    }
    const auto at = std::find(names.begin(), names.end(), "OutNoRoutes") - names.begin();
    int64_t count = -1;
    if (static_cast<size_t>(at) < words.size() && absl::SimpleAtoi(words[static_cast<size_t>(at)], &count))
      return count;
  }
  return -1;
}

int64_t Nanos(const timeval& time) {
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_usec * int64_t{1000};
}

[[noreturn]] void Leave(const InitPlan& plan, int code) {
  if (plan.restricted != nullptr) EndDescendants();
  ::_exit(code);  // which ends a pid namespace
}

[[noreturn]] void ReportExitAndLeave(const InitPlan& plan, int wait_status, int64_t refused_connections) {
  // Nobody outlives the program. The wait makes the children's processor time ours to report.
  if (plan.restricted != nullptr) {
    EndDescendants();
  } else {
    // The check keeps a mistake elsewhere from becoming the end of everything on the host.
    if (::getpid() != 1) ::abort();
    ::kill(-1, SIGKILL);
  }
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  Exited exited;
  exited.wait_status = wait_status;
  exited.user_cpu_nanos = Nanos(usage.ru_utime);
  exited.system_cpu_nanos = Nanos(usage.ru_stime);
  exited.largest_rss_bytes = usage.ru_maxrss * int64_t{1024};
  if (wait_status != 0)
    exited.unreachable_sends = plan.restricted == nullptr ? UnreachableSends() : refused_connections;
  if (plan.cgroup != nullptr) exited.counters = plan.cgroup->ReadFromInside();
  // Without a pid namespace the zygote looks for processes that got away.
  exited.complete = plan.restricted == nullptr;
  Report(plan.control, exited);
  ::_exit(0);
}

// `calls`: the socket over which the listener of a brokered filter comes.
[[noreturn]] void SuperviseProgram(const InitPlan& plan, int signals, pid_t program, UniqueFd calls) {
  std::optional<Broker> broker;
  // What comes over the control socket is the program's process to read; here only its end matters.
  pollfd watched[3] = {{.fd = plan.control, .events = POLLRDHUP, .revents = 0},
                       {.fd = signals, .events = POLLIN, .revents = 0},
                       {.fd = calls.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(watched, 3, broker ? broker->timeout() : -1) == -1) {
      if (errno == EINTR) continue;
      Leave(plan, kSetupFailedExit);
    }
    if (watched[0].revents != 0) Leave(plan, 0);  // the server is gone, or wants no more of it
    if (watched[2].revents != 0) {
      if (broker && (watched[2].revents & POLLIN) != 0) {
        broker->AnswerOne();
      } else if (!broker) {
        if (auto listener = ReceiveMessage(calls.get()); listener.ok() && listener->fds.size() == 1)
          broker.emplace(std::move(listener->fds[0]), OwnFiles(*plan.restricted));
        watched[2].fd = broker ? broker->fd() : -1;
      } else {
        watched[2].fd = -1;  // nobody is left who could call
      }
    }
    if (broker) broker->LookAtWaiting();
    if (watched[1].revents == 0) continue;
    signalfd_siginfo signal{};
    (void)!::read(signals, &signal, sizeof(signal));
    if (signal.ssi_signo == SIGTERM) Leave(plan, 128 + SIGTERM);
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != program) continue;
      const int64_t refused_connections = broker ? broker->unreachable() : -1;
      broker.reset();
      ReportExitAndLeave(plan, status, refused_connections);
    }
  }
}

// Returns only on failure.
StepResult StartAndSupervise(const InitPlan& plan) {
  sigset_t handled;
  ::sigemptyset(&handled);
  ::sigaddset(&handled, SIGCHLD);
  // The zygote, or its death, ends a restricted sandbox so; elsewhere it kills pid 1.
  if (plan.restricted != nullptr) ::sigaddset(&handled, SIGTERM);
  SKILLRUNNER_STEP(::sigprocmask(SIG_BLOCK, &handled, nullptr), "sigprocmask");
  const UniqueFd signals(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  SKILLRUNNER_STEP(signals.get(), "signalfd");
  UniqueFd calls;
  UniqueFd broker;
  if (plan.restricted != nullptr && plan.filter->brokered()) {
    auto sockets = MakeSeqpacketPair();
    SKILLRUNNER_STATUS_STEP(sockets.status(), "socketpair for the broker");
    std::tie(calls, broker) = std::move(*sockets);
  }
  const pid_t child = FaultInjected() ? -1 : ::fork();
  if (child == -1) return StepFailed("fork");
  if (child == 0) {
    calls.reset();
    RunProgramProcess(plan, std::move(broker));
  }
  broker.reset();
  ::close(plan.stdout_write);
  ::close(plan.stderr_write);
  SuperviseProgram(plan, signals.get(), child, std::move(calls));
}

}  // namespace

void RunInit(const InitPlan& plan) {
  StepResult failed = SetUp(plan);
  if (!failed) failed = StartAndSupervise(plan);
  Report(plan.control, SetupFailed{.step = *failed});
  ::_exit(kSetupFailedExit);
}

}  // namespace skillrunner::sandbox

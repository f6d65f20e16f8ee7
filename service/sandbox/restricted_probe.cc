#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/unique_fd.h"
#include "base/wire.h"
#include "sandbox/broker.h"
#include "sandbox/restricted.h"

namespace skillrunner::sandbox {
namespace {

bool SeesChildrenOf(pid_t pid) {
  return !ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/task/", pid, "/children")).value_or("").empty();
}

// What must hold in a restricted process. EPROTO: a refusal that did not come.
StepResult CheckRefusals(const RestrictedPlan& plan) {
  const UniqueFd own(::open(absl::StrCat(plan.work, "/probe").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  SKILLRUNNER_STEP(own.get(), "create a file in the work directory");
  if (::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) != -1) return StepFailed("landlock lets / be read", EPROTO);
  if (::socket(AF_INET, SOCK_DGRAM, 0) != -1) return StepFailed("seccomp lets a datagram socket be made", EPROTO);
  if (::kill(::getppid(), 0) != -1) return StepFailed("the parent can be signalled", EPROTO);
  return std::nullopt;
}

sockaddr* Generic(sockaddr_in* address) {
  return reinterpret_cast<sockaddr*>(address);
}

// What the broker must do, and refuse.
StepResult CheckBroker(const RestrictedPlan& plan) {
  const UniqueFd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SKILLRUNNER_STEP(server.get(), "socket by the broker");
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  address.sin_family = AF_INET;
  SKILLRUNNER_STEP(::bind(server.get(), Generic(&address), size), "bind by the broker");
  SKILLRUNNER_STEP(::listen(server.get(), 1), "listen");
  SKILLRUNNER_STEP(::getsockname(server.get(), Generic(&address), &size), "getsockname");
  if (address.sin_addr.s_addr == INADDR_ANY) return StepFailed("a server listens on all addresses", EPROTO);
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SKILLRUNNER_STEP(client.get(), "socket by the broker");
  SKILLRUNNER_STEP(::connect(client.get(), Generic(&address), size), "connect by the broker");
  SKILLRUNNER_STEP(::chmod(absl::StrCat(plan.work, "/probe").c_str(), 0600), "chmod by the broker");
  const UniqueFd other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  address.sin_addr.s_addr = ::htonl(0xc0000201);  // 192.0.2.1, nobody's (RFC 5737)
  if (::connect(other.get(), Generic(&address), size) == 0 || errno != ENETUNREACH)
    return StepFailed("a connection leaves the host", EPROTO);
  return std::nullopt;
}

// How a process of the probe ends.
int Tell(int report, const StepResult& failed) {
  if (!failed) return 0;
  WireWriter writer;
  FailedStep step = *failed;
  writer(step);
  return WriteAll(report, writer.Take()).ok() ? 0 : 1;
}

// A program and its init, which is this process.
StepResult ProbeProgram(const RestrictedPlan& plan, const SeccompFilter& filter, int report) {
  auto sockets = MakeSeqpacketPair();
  SKILLRUNNER_STATUS_STEP(sockets.status(), "socketpair for the probe");
  const pid_t program = ::fork();
  if (program == -1) return StepFailed("fork");
  if (program == 0) {
    const SandboxLimits limits{.processes = 16, .disk_bytes = 4096};
    StepResult failed = RestrictProgram(plan, limits, filter, sockets->second.get());
    // As programs are (program_process.cc): the broker looks at their memory and files.
    if (!failed && ::prctl(PR_SET_DUMPABLE, 1) != 0) failed = StepFailed("prctl(PR_SET_DUMPABLE)");
    if (!failed) failed = CheckRefusals(plan);
    if (!failed && filter.brokered()) failed = CheckBroker(plan);
    ::_exit(Tell(report, failed));
  }
  sockets->second.reset();
  if (auto listener = ReceiveMessage(sockets->first.get()); listener.ok() && listener->fds.size() == 1) {
    Broker broker(std::move(listener->fds[0]), OwnFiles(plan));
    pollfd calls{.fd = broker.fd(), .events = POLLIN, .revents = 0};
    while ((calls.revents & POLLHUP) == 0) {
      if (::poll(&calls, 1, broker.timeout()) == -1) continue;  // EINTR
      if (calls.revents != 0) broker.AnswerOne();
      broker.LookAtWaiting();
    }
  }
  int status = 0;
  while (::waitpid(program, &status, 0) == -1 && errno == EINTR) {
  }
  return status == 0 ? StepResult() : StepFailed("probe of a program", EPROTO);
}

}  // namespace

StepResult ProbeRestricted(const RestrictedPlan& plan, const SeccompFilter& filter) {
  if (plan.landlock_version == 0) return StepFailed("landlock_create_ruleset", EOPNOTSUPP);
  int report[2];
  SKILLRUNNER_STEP(::pipe2(report, O_CLOEXEC), "pipe2 for the probe");
  const UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  const pid_t child = FaultInjected() ? -1 : ::fork();
  if (child == -1) return StepFailed("fork");
  if (child == 0) {
    StepResult failed = SetUpRestricted();
    if (!failed && !SeesChildrenOf(::getppid())) failed = StepFailed("/proc lists no children", ENOENT);
    if (!failed) failed = ProbeProgram(plan, filter, write_end.get());
    ::_exit(Tell(write_end.get(), failed));
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

#include "sandbox/init.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "sandbox/namespaces.h"
#include "sandbox/privileges.h"
#include "sandbox/root_filesystem.h"

namespace skillrunner::sandbox {
namespace {

constexpr char kWorkDirectory[] = "/work";
constexpr int kSetupFailedExit = 1;

template <class T>
void Send(int control, const T& message) {
  // A server that is gone is noticed by the next receive.
  (void)SendMessage(control, Encode(message));
}

// Closes everything from 3 up but the descriptors named.
StepResult CloseAllBut(std::initializer_list<int> keep) {
  std::vector<int> sorted(keep);
  std::sort(sorted.begin(), sorted.end());
  unsigned from = 3;
  for (const int fd : sorted) {
    if (fd < 3) continue;
    const auto next = static_cast<unsigned>(fd);
    if (next > from) SKILLRUNNER_STEP(::close_range(from, next - 1, 0), "close_range");
    from = std::max(from, next + 1);
  }
  SKILLRUNNER_STEP(::close_range(from, ~0U, 0), "close_range");
  return std::nullopt;
}

// Becomes the user that programs are. Where the zygote maps ids, this process is nobody until then.
StepResult TakeIds(int ids_mapped) {
  if (ids_mapped < 0) return MapIds(kInsideUid, kInsideGid);  // the zygote's own, under the same numbers
  char byte = 0;
  if (::read(ids_mapped, &byte, 1) != 1) return StepFailed("wait for the id map", ESRCH);
  SKILLRUNNER_STEP(::setresgid(kInsideGid, kInsideGid, kInsideGid), "setresgid");
  SKILLRUNNER_STEP(::setresuid(kInsideUid, kInsideUid, kInsideUid), "setresuid");
  // A change of user clears it.
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
  return std::nullopt;
}

StepResult SetUp(const InitPlan& plan) {
  SKILLRUNNER_STEP(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
  if (plan.cgroup != nullptr) SKILLRUNNER_TRY_STEP(plan.cgroup->JoinFromInside());
  SKILLRUNNER_TRY_STEP(TakeIds(plan.ids_mapped));
  // Only now: the path of the group it has joined becomes its root, and programs see "/".
  SKILLRUNNER_STEP(::unshare(CLONE_NEWCGROUP), "unshare(CLONE_NEWCGROUP)");
  if (plan.own_host_name) SKILLRUNNER_TRY_STEP(NameHost());
  SKILLRUNNER_TRY_STEP(BringLoopbackUp());
  SKILLRUNNER_TRY_STEP(MountSandboxOwn(plan.limits, plan.fresh_proc));
  SKILLRUNNER_TRY_STEP(CloseAllBut({plan.control, plan.stdout_write, plan.stderr_write}));
  // Programs have the same user id: without this they could trace their init and read its memory.
  SKILLRUNNER_STEP(::prctl(PR_SET_DUMPABLE, 0), "prctl(PR_SET_DUMPABLE)");
  SKILLRUNNER_TRY_STEP(DropPrivileges());
  return plan.filter->Install();
}

StepResult WriteInputFile(const InputFile& file) {
  const std::string path = absl::StrCat(kWorkDirectory, "/", file.path);
  for (size_t slash = path.find('/', sizeof(kWorkDirectory)); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) == -1 && errno != EEXIST) return StepFailed(absl::StrCat("mkdir ", parent));
  }
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.executable ? 0755 : 0644));
  if (!fd.valid()) return StepFailed(absl::StrCat("create ", path));
  if (!WriteAll(fd.get(), file.content).ok()) return StepFailed(absl::StrCat("write ", path));
  return std::nullopt;
}

StepResult ReadProgram(int memfd, Program* program) {
  struct stat status {};
  SKILLRUNNER_STEP(::fstat(memfd, &status), "fstat of the program");
  if (status.st_size <= 0 || static_cast<uint64_t>(status.st_size) > kMaxProgramBytes)
    return StepFailed("size of the program", EMSGSIZE);
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  SKILLRUNNER_STEP(::pread(memfd, bytes.data(), bytes.size(), 0), "read the program");
  if (!Decode(bytes, program)) return StepFailed("decode the program", EBADMSG);
  return std::nullopt;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the program's process. Returns only on failure.
StepResult Execute(const InitPlan& plan, const Program& program, int stdin_read) {
  SKILLRUNNER_STEP(::setsid(), "setsid");
  SKILLRUNNER_STEP(::dup2(stdin_read, STDIN_FILENO), "dup2 stdin");
  SKILLRUNNER_STEP(::dup2(plan.stdout_write, STDOUT_FILENO), "dup2 stdout");
  SKILLRUNNER_STEP(::dup2(plan.stderr_write, STDERR_FILENO), "dup2 stderr");
  SKILLRUNNER_TRY_STEP(SetResourceLimits(plan.limits, plan.limit_processes));
  SKILLRUNNER_TRY_STEP(ResetSignals());
  SKILLRUNNER_STEP(::chdir(kWorkDirectory), "chdir /work");
  // Everything else is close-on-exec already; this makes it certain.
  SKILLRUNNER_STEP(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
  const std::vector<char*> arguments = Pointers(program.arguments);
  const std::vector<char*> environment = Pointers(program.environment);
  ::execve(program.executable.c_str(), arguments.data(), environment.data());
  return StepFailed(absl::StrCat("exec ", program.executable));
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

[[noreturn]] void ReportExitAndLeave(int control, int wait_status) {
  // Nobody outlives the program. The wait makes the children's processor time ours to report. The check keeps a mistake
  // elsewhere from becoming the end of everything on the host.
  if (::getpid() != 1) ::abort();
  ::kill(-1, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  Exited exited;
  exited.wait_status = wait_status;
  exited.user_cpu_nanos = Nanos(usage.ru_utime);
  exited.system_cpu_nanos = Nanos(usage.ru_stime);
  exited.largest_rss_bytes = usage.ru_maxrss * int64_t{1024};
  if (wait_status != 0) exited.unreachable_sends = UnreachableSends();
  Send(control, exited);
  ::_exit(0);
}

[[noreturn]] void SuperviseProgram(int control, int child_signals, pid_t program) {
  pollfd watched[2] = {{.fd = control, .events = POLLIN, .revents = 0},
                       {.fd = child_signals, .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(watched, 2, -1) == -1 && errno != EINTR) ::_exit(kSetupFailedExit);
    if (watched[0].revents != 0) ::_exit(0);  // the server says nothing more, so this is its end
    signalfd_siginfo ignored;
    (void)!::read(child_signals, &ignored, sizeof(ignored));
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == program) ReportExitAndLeave(control, status);
    }
  }
}

StepResult RunJob(const InitPlan& plan, const Message& job) {
  if (job.fds.size() != 2) return StepFailed("receive the job", EBADMSG);
  Program program;
  SKILLRUNNER_TRY_STEP(ReadProgram(job.fds[0].get(), &program));
  for (const InputFile& file : program.files) SKILLRUNNER_TRY_STEP(WriteInputFile(file));

  sigset_t child_signal;
  ::sigemptyset(&child_signal);
  ::sigaddset(&child_signal, SIGCHLD);
  SKILLRUNNER_STEP(::sigprocmask(SIG_BLOCK, &child_signal, nullptr), "sigprocmask");
  const UniqueFd child_signals(::signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!child_signals.valid()) return StepFailed("signalfd");
  int failure[2];
  SKILLRUNNER_STEP(::pipe2(failure, O_CLOEXEC), "pipe2");

  const pid_t child = ::fork();
  SKILLRUNNER_STEP(child, "fork");
  if (child == 0) {
    const StepResult failed = Execute(plan, program, job.fds[1].get());
    WireWriter writer;
    writer(*failed);
    (void)WriteAll(failure[1], writer.Take());
    ::_exit(kSetupFailedExit);
  }
  ::close(failure[1]);
  ::close(plan.stdout_write);
  ::close(plan.stderr_write);
  char buffer[4096];
  const ssize_t got = ::read(failure[0], buffer, sizeof(buffer));  // 0: closed by a successful exec
  ::close(failure[0]);
  if (got > 0) {
    FailedStep failed;
    WireReader reader(absl::string_view(buffer, static_cast<size_t>(got)));
    reader(failed);
    return failed;
  }
  Send(plan.control, Running{});
  SuperviseProgram(plan.control, child_signals.get(), child);
}

}  // namespace

void RunInit(const InitPlan& plan) {
  StepResult failed = SetUp(plan);
  if (!failed) {
    Send(plan.control, Ready{});
    const auto job = ReceiveMessage(plan.control);
    if (!job.ok()) ::_exit(0);  // never needed
    failed = RunJob(plan, *job);
  }
  Send(plan.control, SetupFailed{.step = *failed});
  ::_exit(kSetupFailedExit);
}

}  // namespace skillrunner::sandbox

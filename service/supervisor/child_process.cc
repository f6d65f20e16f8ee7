#include "supervisor/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/unique_fd.h"
#include "config/config.h"

namespace skillrunner {
namespace {

constexpr int kFirstFd = 3;

// What a child that fails before exec tells its parent through the pipe.
enum class Step { kNone, kStreams, kDescriptors, kGroups, kUser, kCapabilities, kPrivileges, kExec };

struct Failure {
  Step step = Step::kNone;
  int error = 0;
};

std::string DescribeFailure(const ChildSpec& spec, const Failure& failure) {
  const std::string cause = ::strerror(failure.error);
  const unsigned user = spec.identity.has_value() ? spec.identity->user : ::geteuid();
  switch (failure.step) {
    case Step::kGroups:
    case Step::kUser:
      return absl::StrCat(
          spec.name, " cannot run as user ", user, " (", cause,
          "): start the service as an unprivileged user, or grant CAP_SETUID and CAP_SETGID and map the "
          "ids of --server-uid and --sandbox-uid into this user namespace");
    case Step::kExec:
      return absl::StrCat(spec.name, " cannot be executed as user ", user, ": ", cause);
    case Step::kStreams:
      return absl::StrCat(spec.name, ": cannot open /dev/null: ", cause);
    case Step::kDescriptors:
      return absl::StrCat(spec.name, ": cannot hand over descriptors: ", cause);
    case Step::kCapabilities:
      return absl::StrCat(spec.name, ": cannot drop capabilities: ", cause);
    case Step::kPrivileges:
      return absl::StrCat(spec.name, ": cannot set no_new_privs: ", cause);
    case Step::kNone:
      break;
  }
  return absl::StrCat(spec.name, " ended before its program ran");
}

void ResetSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);  // KILL and STOP refuse: fine
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool NullStdin() {
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return null >= 0 && (null == STDIN_FILENO || ::dup2(null, STDIN_FILENO) == STDIN_FILENO);
}

// Moves `fds` to 3, 4, 5, ... and marks everything above close-on-exec. `keep` are moved above them first.
bool ArrangeDescriptors(const std::vector<int>& fds, int* keep[], size_t keep_count) {
  const int beyond = kFirstFd + static_cast<int>(fds.size());
  std::vector<int> sources;
  for (const int fd : fds) {
    sources.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, beyond));
    if (sources.back() < 0) return false;
  }
  for (size_t i = 0; i < keep_count; ++i) {
    *keep[i] = ::fcntl(*keep[i], F_DUPFD_CLOEXEC, beyond);
    if (*keep[i] < 0) return false;
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (::dup2(sources[i], kFirstFd + static_cast<int>(i)) < 0) return false;  // dup2 clears close-on-exec
  }
  return ::syscall(SYS_close_range, static_cast<unsigned>(beyond), ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

// Dropping from the bounding set needs CAP_SETPCAP: an unprivileged supervisor cannot, and with no_new_privs its
// children gain nothing from that set.
bool DropBoundingSet() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM) return false;
  }
  return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
}

bool ClearCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  return ::syscall(SYS_capset, &header, none) == 0;
}

// The largest of all that have this goes first. Of no harm where it cannot be had. Done with privileges, it cannot be
// undone without.
void OfferToBeKilledFirst() {
  const UniqueFd fd(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (fd.valid()) (void)!::write(fd.get(), "1000", 4);
}

Step TakeIdentity(const std::optional<Identity>& identity) {
  if (!DropBoundingSet()) return Step::kCapabilities;
  if (identity.has_value()) {
    const auto [user, group] = *identity;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(group, group, group) != 0) return Step::kGroups;
    if (::setresuid(user, user, user) != 0) return Step::kUser;
  }
  if (!ClearCapabilities()) return Step::kCapabilities;
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? Step::kNone : Step::kPrivileges;
}

[[noreturn]] void Fail(int report, Step step) {
  const Failure failure{step, errno};
  const ssize_t put = ::write(report, &failure, sizeof(failure));
  ::_exit(put == sizeof(failure) ? 127 : 126);
}

[[noreturn]] void RunChild(const ChildSpec& spec, char* const* argv, pid_t parent, int report) {
  ResetSignals();
  ::setsid();
  ::umask(077);
  int executable = spec.executable;
  int* keep[] = {&executable, &report};
  if (!NullStdin()) Fail(report, Step::kStreams);
  if (::chdir("/") != 0 || !ArrangeDescriptors(spec.fds, keep, 2)) Fail(report, Step::kDescriptors);
  if (spec.killed_first) OfferToBeKilledFirst();
  const Step step = TakeIdentity(spec.identity);
  if (step != Step::kNone) Fail(report, step);
  // A change of user clears the parent-death signal, hence after it; the parent may have died before it was set.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) ::_exit(126);
  std::string path = absl::StrCat("PATH=", kStandardPath);
  std::string language = "LANG=C.UTF-8";
  char* const environment[] = {path.data(), language.data(), nullptr};
  ::syscall(SYS_execveat, executable, "", argv, environment, AT_EMPTY_PATH);
  Fail(report, Step::kExec);
}

}  // namespace

absl::StatusOr<pid_t> StartChild(const ChildSpec& spec) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe2");
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  std::vector<std::string> texts = {spec.name};
  texts.insert(texts.end(), spec.args.begin(), spec.args.end());
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return ErrnoStatus(errno, absl::StrCat("cannot start ", spec.name));
  if (child == 0) RunChild(spec, argv.data(), parent, write_end.get());
  write_end.reset();
  Failure failure;
  ssize_t got;
  do {
    got = ::read(read_end.get(), &failure, sizeof(failure));
  } while (got < 0 && errno == EINTR);
  if (got == 0) return child;  // exec closed the pipe; a child killed before that is reaped like any other
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return absl::FailedPreconditionError(DescribeFailure(spec, failure));
}

std::string DescribeExit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return absl::StrCat("was killed by signal ", signal, " (", ::strsignal(signal), ")");
  }
  return absl::StrCat("exited with code ", WEXITSTATUS(wait_status));
}

int ExitCodeOf(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

}  // namespace skillrunner

#include "sandbox/namespaces.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

StepResult WriteProcSelf(const char* file, const std::string& content) {
  const std::string path = absl::StrCat("/proc/self/", file);
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  SKILLRUNNER_STEP(fd.get(), absl::StrCat("open ", path));
  SKILLRUNNER_STEP(::write(fd.get(), content.data(), content.size()), absl::StrCat("write ", path));
  return std::nullopt;
}

}  // namespace

StepResult MapIds(uid_t outside_uid, gid_t outside_gid) {
  SKILLRUNNER_TRY_STEP(WriteProcSelf("setgroups", "deny"));
  SKILLRUNNER_TRY_STEP(WriteProcSelf("uid_map", absl::StrCat(kInsideUid, " ", outside_uid, " 1\n")));
  return WriteProcSelf("gid_map", absl::StrCat(kInsideGid, " ", outside_gid, " 1\n"));
}

StepResult UnshareUserAndMounts() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  SKILLRUNNER_STEP(::unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare(CLONE_NEWUSER | CLONE_NEWNS)");
  return MapIds(uid, gid);
}

CloneResult Fork() {
  CloneResult result;
  result.pid = FaultInjected() ? -1 : ::fork();
  if (result.pid == -1) result.failed = StepFailed("fork");
  if (result.pid <= 0) return result;
  result.pidfd.reset(FaultInjected() ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, result.pid, 0)));
  if (result.pidfd.valid()) return result;
  result.failed = StepFailed("pidfd_open");
  ::kill(result.pid, SIGKILL);  // it has no children yet, or its orphans are ended with the next sandbox
  while (::waitpid(result.pid, nullptr, 0) == -1 && errno == EINTR) {
  }
  return result;
}

CloneResult CloneIntoNamespaces(int cgroup_fd) {
  CloneResult result;
  int pidfd = -1;
  clone_args args{};
  args.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup_fd);
  }
  result.pid = FaultInjected() ? -1 : static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof(args)));
  if (result.pid == -1) {
    result.failed = StepFailed("clone3 into new namespaces");
  } else if (result.pid > 0) {
    result.pidfd.reset(pidfd);
  }
  return result;
}

StepResult NameHost() {
  constexpr absl::string_view kHostName = "sandbox";
  SKILLRUNNER_STEP(::sethostname(kHostName.data(), kHostName.size()), "sethostname");
  return std::nullopt;
}

StepResult BringLoopbackUp() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SKILLRUNNER_STEP(socket.get(), "socket for the loopback interface");
  ifreq request{};
  ::strncpy(request.ifr_name, "lo", sizeof(request.ifr_name) - 1);
  SKILLRUNNER_STEP(::ioctl(socket.get(), SIOCGIFFLAGS, &request), "read the loopback interface");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  SKILLRUNNER_STEP(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "bring the loopback interface up");
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

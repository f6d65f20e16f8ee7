#include "sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "sandbox/seccomp_calls.h"

namespace skillrunner::sandbox {
namespace {

// Memory that is no process's.
constexpr const char* kUncounted[] = {"memfd_create", "msgget", "semget", "shmget"};

// On the host: what Landlock does not look at and namespaces are not there to confine.
constexpr const char* kHostwide[] = {
    // Attributes of files by path: those of this user's other files are in reach.
    "chmod", "chown", "fchmodat", "fchmodat2", "fchownat", "futimesat", "inotify_add_watch", "lchown", "utime",
    "utimes",
    // IPC that is shared by all processes of the host.
    "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl", "msgrcv",
    "msgsnd", "semctl", "semop", "semtimedop", "shmat", "shmctl", "shmdt"};
// Likewise; programs take it for a file system that has none.
constexpr const char* kHostwideAttributes[] = {"lremovexattr", "lsetxattr", "removexattr", "setxattr"};
// Of these and of sockets: what a broker looks at and makes instead.
constexpr const char* kBrokered[] = {"socket",    "bind",      "listen", "connect",   "chmod", "fchmodat",
                                     "fchmodat2", "futimesat", "utime",  "utimensat", "utimes"};
// Whatever Landlock before version 3 does not see.
constexpr const char* kSignals[] = {"tkill",   "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal",
                                    "truncate"};

constexpr uint64_t kNamespaceFlags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                        CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET, CLONE_UNTRACED};
constexpr uint64_t kFamilies = 64;       // Linux 6.18 knows 46; the kernel refuses what it does not know
constexpr uint64_t kLow32 = 0xffffffff;  // the kernel looks at no more of an int argument (CVE-2019-10063)
constexpr uint64_t kTiocsti = 0x5412;    // pushes input into a terminal
constexpr uint64_t kTioclinux = 0x541C;
constexpr uint64_t kTiocsetd = 0x5423;  // line disciplines are old code, loaded on demand
constexpr uint64_t kDccp = 33;
constexpr uint64_t kTypeMask = 0xf;  // of a socket, without its flags
constexpr uint64_t kMemfdHugetlb = 4;
constexpr uint64_t kShmHugetlb = 04000;
constexpr int kProtocolBits = 6;  // of the protocols that are served: TCP, UDP, ICMP
constexpr uint64_t kInitPid = 1;
constexpr uint64_t kFastOpen = MSG_FASTOPEN;
// On the host a program has no more of IP: others join groups on any of the host's devices, which sends packets, or
// choose addresses, ports and routes.
constexpr int kIpOptions[] = {IP_TOS,     IP_TTL,     IP_PKTINFO, IP_MTU_DISCOVER,
                              IP_RECVERR, IP_RECVTTL, IP_RECVTOS, IP_MINTTL};
constexpr uint64_t kMostOptions = 128;  // powers of two; Linux 6.18 knows 51
constexpr uint64_t kTcpOptions[] = {TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE, TCP_REPAIR, TCP_ULP};
constexpr uint64_t kIoctlGroup = 0xffffff00;  // 32 bits
constexpr uint64_t kSocketIoctls = 0x8900;    // sockios.h

template <size_t kSize>
bool Contains(const char* const (&names)[kSize], absl::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

struct ContextDeleter {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ContextDeleter>;

absl::Status Check(int result, const char* what) {
  return result >= 0 ? absl::OkStatus() : ErrnoStatus(-result, absl::StrCat("libseccomp: ", what));
}

absl::Status AddNamed(void* context, uint32_t action, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return absl::OkStatus();  // newer than libseccomp: falls under the default
  const int result = seccomp_rule_add(context, action, number, 0);
  return result == -EDOM ? absl::OkStatus() : Check(result, name);  // EDOM: not on this architecture
}

// A filter of its own, on top: libseccomp cannot say "allow ioctl, except" in one. The strictest answer of both holds.
absl::Status AddArgumentRules(void* context) {
  const auto deny = [context](uint32_t error, int number, const char* name, scmp_arg_cmp argument) {
    return Check(seccomp_rule_add(context, SCMP_ACT_ERRNO(error), number, 1, argument), name);
  };
  for (const uint64_t flag : kNamespaceFlags) {
    RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(clone), "clone", SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag)));
  }
  for (uint64_t family = 0; family < kFamilies; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
    RETURN_IF_ERROR(deny(EAFNOSUPPORT, SCMP_SYS(socket), "socket", SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, family)));
  }
  // Rarely used code of the kernel, some of it loaded on demand: SCTP (132), UDP-Lite (136), MPTCP (262), ...
  for (int bit = kProtocolBits; bit < 32; ++bit) {
    const uint64_t mask = uint64_t{1} << bit;
    RETURN_IF_ERROR(deny(EPROTONOSUPPORT, SCMP_SYS(socket), "socket", SCMP_A2_64(SCMP_CMP_MASKED_EQ, mask, mask)));
  }
  RETURN_IF_ERROR(deny(EPROTONOSUPPORT, SCMP_SYS(socket), "socket", SCMP_A2_64(SCMP_CMP_MASKED_EQ, kLow32, kDccp)));
  for (uint64_t family = 0; family < kFamilies; ++family) {
    if (family == AF_UNIX) continue;
    RETURN_IF_ERROR(
        deny(EOPNOTSUPP, SCMP_SYS(socketpair), "socketpair", SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, family)));
  }
  // The init has the program's user id: its limits, scheduling and priority are not the program's to change.
  const scmp_arg_cmp of_init = SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, kInitPid);
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(prlimit64), "prlimit64", of_init));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setscheduler), "sched_setscheduler", of_init));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setparam), "sched_setparam", of_init));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setattr), "sched_setattr", of_init));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setaffinity), "sched_setaffinity", of_init));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(setpriority), "setpriority", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, kInitPid)));
  for (const uint64_t request : {kTiocsti, kTioclinux, kTiocsetd}) {
    RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(ioctl), "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, request)));
  }
  // Huge pages that the host has set aside are in no limit.
  RETURN_IF_ERROR(deny(ENOMEM, SCMP_SYS(mmap), "mmap", SCMP_A3_64(SCMP_CMP_MASKED_EQ, MAP_HUGETLB, MAP_HUGETLB)));
  RETURN_IF_ERROR(deny(ENOMEM, SCMP_SYS(shmget), "shmget", SCMP_A2_64(SCMP_CMP_MASKED_EQ, kShmHugetlb, kShmHugetlb)));
  return deny(ENOMEM, SCMP_SYS(memfd_create), "memfd_create",
              SCMP_A1_64(SCMP_CMP_MASKED_EQ, kMemfdHugetlb, kMemfdHugetlb));
}

// Filters are compiled into memory that the kernel counts for nobody and has little of: once it is used up, no process
// of the host gets one any more.
absl::Status AddFilterRules(void* context) {
  const auto deny = [context](int number, const char* name, scmp_arg_cmp first, scmp_arg_cmp second) {
    return Check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 2, first, second), name);
  };
  for (const uint64_t option : {SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF}) {
    RETURN_IF_ERROR(deny(SCMP_SYS(setsockopt), "setsockopt", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, SOL_SOCKET),
                         SCMP_A2_64(SCMP_CMP_MASKED_EQ, kLow32, option)));
  }
  RETURN_IF_ERROR(deny(SCMP_SYS(prctl), "prctl", SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, PR_SET_SECCOMP),
                       SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, SECCOMP_MODE_FILTER)));
  return Check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 1,
                                SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, SECCOMP_SET_MODE_FILTER)),
               "seccomp");
}

// What keeps the memory of a process from being looked at.
absl::Status AddHidingRules(void* context) {
  return Check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 2,
                                SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, PR_SET_DUMPABLE),
                                SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, 0)),
               "prctl");
}

// On the host.
absl::Status AddSocketOptionRules(void* context) {
  const auto deny = [context](uint32_t error, uint64_t level, uint64_t option, uint64_t mask = kLow32) {
    return Check(
        seccomp_rule_add(context, SCMP_ACT_ERRNO(error), SCMP_SYS(setsockopt), 2,
                         SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, level), SCMP_A2_64(SCMP_CMP_MASKED_EQ, mask, option)),
        "setsockopt");
  };
  for (uint64_t option = 0; option < kMostOptions; ++option) {
    const bool known = std::find(std::begin(kIpOptions), std::end(kIpOptions), option) != std::end(kIpOptions);
    if (!known) RETURN_IF_ERROR(deny(EPERM, IPPROTO_IP, option));
  }
  for (uint64_t bit = kMostOptions; bit <= kLow32; bit <<= 1) RETURN_IF_ERROR(deny(EPERM, IPPROTO_IP, bit, bit));
  for (const uint64_t option : kTcpOptions) RETURN_IF_ERROR(deny(EPERM, IPPROTO_TCP, option));
  // Buffers are what the kernel counts for nobody: they stay as they were made, and nothing is said.
  for (const uint64_t option : {SO_SNDBUF, SO_RCVBUF}) RETURN_IF_ERROR(deny(0, SOL_SOCKET, option));
  return absl::OkStatus();
}

absl::Status AddHostRules(void* context, const SeccompPolicy& policy) {
  const auto deny = [context](uint32_t error, int number, const char* name, scmp_arg_cmp argument) {
    return Check(seccomp_rule_add(context, SCMP_ACT_ERRNO(error), number, 1, argument), name);
  };
  // Loopback is the service's own, and unix sockets lead to other programs of this user.
  for (const uint64_t family : {AF_UNIX, AF_INET, AF_INET6}) {
    if (policy.brokered && family != AF_INET6) continue;
    RETURN_IF_ERROR(deny(EAFNOSUPPORT, SCMP_SYS(socket), "socket", SCMP_A0_64(SCMP_CMP_MASKED_EQ, kLow32, family)));
  }
  // Connections by other means than connect(2), and routes of one's own; what devices the host has.
  RETURN_IF_ERROR(deny(EOPNOTSUPP, SCMP_SYS(sendto), "sendto", SCMP_A3_64(SCMP_CMP_MASKED_EQ, kFastOpen, kFastOpen)));
  RETURN_IF_ERROR(deny(EOPNOTSUPP, SCMP_SYS(sendmsg), "sendmsg", SCMP_A2_64(SCMP_CMP_MASKED_EQ, kFastOpen, kFastOpen)));
  RETURN_IF_ERROR(
      deny(EOPNOTSUPP, SCMP_SYS(sendmmsg), "sendmmsg", SCMP_A3_64(SCMP_CMP_MASKED_EQ, kFastOpen, kFastOpen)));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(ioctl), "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kIoctlGroup, kSocketIoctls)));
  RETURN_IF_ERROR(AddSocketOptionRules(context));
  // A datagram socket of a pair can send elsewhere as well.
  for (uint64_t type = 0; type <= kTypeMask; ++type) {
    if (type == SOCK_STREAM || type == SOCK_SEQPACKET) continue;
    RETURN_IF_ERROR(
        deny(EOPNOTSUPP, SCMP_SYS(socketpair), "socketpair", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kTypeMask, type)));
  }
  // Beyond the end of a file, room is not looked at by RLIMIT_FSIZE, which is all the limit there is.
  RETURN_IF_ERROR(deny(EOPNOTSUPP, SCMP_SYS(fallocate), "fallocate", SCMP_A1_64(SCMP_CMP_NE, 0)));
  // Its own process is 0.
  const scmp_arg_cmp of_others = SCMP_A0_64(SCMP_CMP_NE, 0);
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(prlimit64), "prlimit64", of_others));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setscheduler), "sched_setscheduler", of_others));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setparam), "sched_setparam", of_others));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setattr), "sched_setattr", of_others));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(sched_setaffinity), "sched_setaffinity", of_others));
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(setpriority), "setpriority", of_others));  // PRIO_PROCESS is 0
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(setpriority), "setpriority", SCMP_A1_64(SCMP_CMP_NE, 0)));
  if (!policy.brokered) {
    RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(utimensat), "utimensat", SCMP_A1_64(SCMP_CMP_NE, 0)));  // by path
  }
  if (!policy.deny_signals) return absl::OkStatus();
  RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(kill), "kill", of_others));  // 0: its own group
  for (const uint64_t command : {F_SETOWN, F_SETOWN_EX, F_SETSIG}) {
    RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(fcntl), "fcntl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, command)));
  }
  for (const uint64_t request : {FIOSETOWN, SIOCSPGRP}) {
    RETURN_IF_ERROR(deny(EPERM, SCMP_SYS(ioctl), "ioctl", SCMP_A1_64(SCMP_CMP_MASKED_EQ, kLow32, request)));
  }
  return absl::OkStatus();
}

absl::Status AddBrokeredRules(void* context) {
  for (const char* name : kBrokered) RETURN_IF_ERROR(AddNamed(context, SCMP_ACT_NOTIFY, name));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<sock_filter>> Export(void* context) {
  UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "memfd_create");
  RETURN_IF_ERROR(Check(seccomp_export_bpf(context, file.get()), "export"));
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<size_t>(size) / sizeof(sock_filter));
  if (::pread(file.get(), program.data(), static_cast<size_t>(size), 0) != size)
    return ErrnoStatus(errno, "read filter");
  return program;
}

absl::StatusOr<Context> NewContext(uint32_t default_action) {
  Context context(seccomp_init(default_action));
  if (context == nullptr) return absl::InternalError("libseccomp: cannot make a filter");
  // Other architectures' calls (int 0x80, x32) do not exist.
  RETURN_IF_ERROR(
      Check(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "architecture"));
  // A binary tree instead of a list: a few comparisons for each call instead of hundreds.
  RETURN_IF_ERROR(Check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise"));
  return context;
}

sock_fprog Filter(const std::vector<sock_filter>& program) {
  return {.len = static_cast<unsigned short>(program.size()), .filter = const_cast<sock_filter*>(program.data())};
}

StepResult InstallProgram(const std::vector<sock_filter>& program) {
  const sock_fprog filter = Filter(program);
  SKILLRUNNER_STEP(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter), "seccomp(SECCOMP_SET_MODE_FILTER)");
  return std::nullopt;
}

StepResult InstallBrokered(const std::vector<sock_filter>& program, UniqueFd* listener) {
  const sock_fprog filter = Filter(program);
  // A signal does not take back a call that the broker has begun (Linux 5.19).
  long fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &filter);
  if (fd == -1 && errno == EINVAL) {
    fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
  }
  SKILLRUNNER_STEP(fd, "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)");
  listener->reset(static_cast<int>(fd));
  return std::nullopt;
}

}  // namespace

absl::StatusOr<SeccompFilter> SeccompFilter::Build(const SeccompPolicy& policy) {
  SeccompFilter filter;
  ASSIGN_OR_RETURN(const Context by_argument, NewContext(SCMP_ACT_ALLOW));
  RETURN_IF_ERROR(AddArgumentRules(by_argument.get()));
  RETURN_IF_ERROR(AddFilterRules(by_argument.get()));
  if (policy.deny_uncounted_memory) RETURN_IF_ERROR(AddHidingRules(by_argument.get()));
  if (policy.on_host) RETURN_IF_ERROR(AddHostRules(by_argument.get(), policy));
  if (policy.brokered) {
    ASSIGN_OR_RETURN(const Context brokered, NewContext(SCMP_ACT_ALLOW));
    RETURN_IF_ERROR(AddBrokeredRules(brokered.get()));
    ASSIGN_OR_RETURN(filter.brokered_, Export(brokered.get()));
  }
  ASSIGN_OR_RETURN(filter.by_argument_, Export(by_argument.get()));
  ASSIGN_OR_RETURN(const Context by_number, NewContext(SCMP_ACT_ERRNO(ENOSYS)));
  for (const char* name : AllowedCalls()) {
    if (policy.deny_uncounted_memory && Contains(kUncounted, name)) continue;
    const bool brokered = policy.brokered && Contains(kBrokered, name);
    const bool forbidden = (policy.on_host && Contains(kHostwide, name) && !brokered) ||
                           (policy.on_host && policy.deny_signals && Contains(kSignals, name));
    const bool unsupported = policy.on_host && Contains(kHostwideAttributes, name);
    RETURN_IF_ERROR(AddNamed(by_number.get(),
                             forbidden     ? SCMP_ACT_ERRNO(EPERM)
                             : unsupported ? SCMP_ACT_ERRNO(EOPNOTSUPP)
                                           : SCMP_ACT_ALLOW,
                             name));
  }
  for (const char* name : ForbiddenCalls()) RETURN_IF_ERROR(AddNamed(by_number.get(), SCMP_ACT_ERRNO(EPERM), name));
  ASSIGN_OR_RETURN(filter.by_number_, Export(by_number.get()));
  return filter;
}

StepResult SeccompFilter::Install(UniqueFd* listener) const {
  SKILLRUNNER_TRY_STEP(InstallProgram(by_number_));
  UniqueFd unheard;
  if (!brokered_.empty()) {
    SKILLRUNNER_TRY_STEP(InstallBrokered(brokered_, listener == nullptr ? &unheard : listener));
  }
  return InstallProgram(by_argument_);  // the last one: it allows no more filters
}

}  // namespace skillrunner::sandbox

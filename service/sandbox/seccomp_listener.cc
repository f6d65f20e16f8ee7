#include "sandbox/seccomp_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace skillrunner::sandbox {
namespace {

constexpr size_t kPage = 4096;
constexpr int kAttempts = 50;  // each until a signal

UniqueFd OpenMemory(const HeldCall& call) {
  return UniqueFd(::open(absl::StrCat("/proc/", call.thread, "/mem").c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

std::optional<HeldCall> SeccompListener::Receive() const {
  seccomp_notif notification{};
  if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification) == -1) return std::nullopt;
  HeldCall call{.id = notification.id, .thread = static_cast<pid_t>(notification.pid), .number = notification.data.nr};
  std::copy(std::begin(notification.data.args), std::end(notification.data.args), std::begin(call.arguments));
  return call;
}

bool SeccompListener::Holds(const HeldCall& call) const {
  return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0;
}

void SeccompListener::Answer(const HeldCall& call, int error) const {
  seccomp_notif_resp answer{.id = call.id, .val = 0, .error = -error, .flags = 0};
  (void)::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

bool SeccompListener::AnswerWithFile(const HeldCall& call, int fd, bool close_on_exec) const {
  // Not SECCOMP_ADDFD_FLAG_SEND: interrupted while it waits for the thread to take the file, it counts as answered, by
  // 0. This is asked again, and then tells how the first went.
  seccomp_notif_addfd file{.id = call.id,
                           .flags = 0,
                           .srcfd = static_cast<uint32_t>(fd),
                           .newfd = 0,
                           .newfd_flags = close_on_exec ? static_cast<uint32_t>(O_CLOEXEC) : 0U};
  int given = -1;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    given = ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &file);
    if (given != -1 || errno != EINTR) break;
  }
  if (given == -1) {
    // Such as EMFILE: the program has no descriptor left. EINTR: its thread hardly runs.
    Answer(call, errno == EINTR ? EAGAIN : errno);
    return false;
  }
  seccomp_notif_resp answer{.id = call.id, .val = given, .error = 0, .flags = 0};
  return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0;
}

int SeccompListener::Read(const HeldCall& call, uint64_t address, void* to, size_t size) const {
  const UniqueFd memory = OpenMemory(call);
  if (!memory.valid()) return EPERM;
  const ssize_t got = ::pread(memory.get(), to, size, static_cast<off_t>(address));
  if (!Holds(call)) return EINTR;
  return got == static_cast<ssize_t>(size) ? 0 : EFAULT;
}

int SeccompListener::ReadPath(const HeldCall& call, uint64_t address, std::string* path) const {
  const UniqueFd memory = OpenMemory(call);
  if (!memory.valid()) return EPERM;
  path->clear();
  int error = ENAMETOOLONG;
  while (path->size() < PATH_MAX) {
    char bytes[kPage];
    // Not beyond the page, the next of which need not be there.
    const size_t size = std::min(PATH_MAX - path->size(), kPage - address % kPage);
    const ssize_t got = ::pread(memory.get(), bytes, size, static_cast<off_t>(address));
    if (got <= 0) {
      error = EFAULT;
      break;
    }
    const size_t length = ::strnlen(bytes, static_cast<size_t>(got));
    path->append(bytes, length);
    if (length < static_cast<size_t>(got)) {
      error = 0;
      break;
    }
    address += static_cast<uint64_t>(got);
  }
  return Holds(call) ? error : EINTR;
}

}  // namespace skillrunner::sandbox

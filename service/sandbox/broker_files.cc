#include "sandbox/broker_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace skillrunner::sandbox {
namespace {

constexpr mode_t kPermissions = 07777;
constexpr int64_t kNanosPerMicro = 1000;
// Newer architectures do not have these.
#ifdef SYS_utime
constexpr int kUtime = SYS_utime;
constexpr int kFutimesat = SYS_futimesat;
#else
constexpr int kUtime = -1;
constexpr int kFutimesat = -1;
#endif

timespec Nanos(const timeval& time) {
  return {.tv_sec = time.tv_sec, .tv_nsec = time.tv_usec * kNanosPerMicro};
}

UniqueFd OpenOf(const HeldCall& call, const std::string& entry) {
  return UniqueFd(::open(absl::StrCat("/proc/", call.thread, "/", entry).c_str(), O_PATH | O_CLOEXEC));
}

// "12" for a name by which a program reaches its own descriptor 12, as libc does; empty: it is none.
std::string OwnDescriptor(absl::string_view path) {
  for (const absl::string_view directory : {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"}) {
    int number = 0;
    if (absl::ConsumePrefix(&path, directory) && absl::SimpleAtoi(path, &number) && number >= 0)
      return absl::StrCat(number);
  }
  return "";
}

}  // namespace

std::string PathOf(int fd) {
  return absl::StrCat("/proc/self/fd/", fd);
}

BrokerFiles::BrokerFiles(const SeccompListener& listener, const std::vector<std::string>& own) : listener_(listener) {
  for (const std::string& directory : own) {
    char canonical[PATH_MAX];
    if (::realpath(directory.c_str(), canonical) != nullptr) own_.emplace_back(canonical);
  }
}

bool BrokerFiles::IsOwn(int file) const {
  char path[PATH_MAX];
  const ssize_t length = ::readlink(PathOf(file).c_str(), path, sizeof(path));
  if (length <= 0 || length >= PATH_MAX) return false;
  const absl::string_view text(path, static_cast<size_t>(length));
  for (const std::string& own : own_) {
    // A file cannot leave these directories, wherever in them it is moved to meanwhile: Landlock sees to that.
    if (text == own || absl::StartsWith(text, absl::StrCat(own, "/"))) return true;
  }
  return false;
}

int BrokerFiles::OpenCurrent(const HeldCall& call, UniqueFd* directory) const {
  *directory = OpenOf(call, "cwd");
  if (!listener_.Holds(call)) return EINTR;
  return directory->valid() ? 0 : EPERM;
}

int BrokerFiles::OpenOwn(const HeldCall& call, int directory, const std::string& path, bool follow,
                         UniqueFd* file) const {
  if (const std::string descriptor = OwnDescriptor(path); !descriptor.empty()) {
    *file = OpenOf(call, absl::StrCat("fd/", descriptor));
    if (!listener_.Holds(call)) return EINTR;
    if (!file->valid()) return errno == ENOENT ? ENOENT : EPERM;
    return IsOwn(file->get()) ? 0 : EPERM;
  }
  UniqueFd base;
  if (path.empty() || path[0] != '/') {
    base = OpenOf(call, directory == AT_FDCWD ? "cwd" : absl::StrCat("fd/", directory));
    if (!listener_.Holds(call)) return EINTR;
    if (!base.valid()) return errno == ENOENT ? EBADF : EPERM;
  }
  if (path.empty()) {
    *file = std::move(base);
  } else {
    open_how how{};
    how.flags = static_cast<uint64_t>(O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    // Links of /proc would be this process's.
    how.resolve = RESOLVE_NO_MAGICLINKS;
    file->reset(static_cast<int>(::syscall(SYS_openat2, base.get(), path.c_str(), &how, sizeof(how))));
    if (!file->valid()) return errno;
  }
  return IsOwn(file->get()) ? 0 : EPERM;
}

int BrokerFiles::OpenArgument(const HeldCall& call, int directory, uint64_t path, int flags, UniqueFd* file) const {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return EINVAL;
  std::string text;
  if (const int error = listener_.ReadPath(call, path, &text); error != 0) return error;
  if (text.empty() && (flags & AT_EMPTY_PATH) == 0) return ENOENT;
  return OpenOwn(call, directory, text, (flags & AT_SYMLINK_NOFOLLOW) == 0, file);
}

int BrokerFiles::ChangeMode(const HeldCall& call, int directory, uint64_t path, uint64_t mode, int flags) const {
  UniqueFd file;
  if (const int error = OpenArgument(call, directory, path, flags, &file); error != 0) return error;
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return errno;
  if (S_ISLNK(status.st_mode)) return EOPNOTSUPP;
  return ::chmod(PathOf(file.get()).c_str(), static_cast<mode_t>(mode) & kPermissions) == 0 ? 0 : errno;
}

int BrokerFiles::ChangeTimes(const HeldCall& call) const {
  const bool by_directory = call.number == SYS_utimensat || call.number == kFutimesat;
  const size_t path = by_directory ? 1 : 0;
  const uint64_t given = call.arguments[path + 1];
  timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_NOW}, {.tv_sec = 0, .tv_nsec = UTIME_NOW}};
  int error = 0;
  if (given == 0) {
    // Now.
  } else if (call.number == SYS_utimensat) {
    error = listener_.Read(call, given, times, sizeof(times));
  } else if (call.number == kUtime) {
    utimbuf seconds{};
    error = listener_.Read(call, given, &seconds, sizeof(seconds));
    times[0] = {.tv_sec = seconds.actime, .tv_nsec = 0};
    times[1] = {.tv_sec = seconds.modtime, .tv_nsec = 0};
  } else {
    timeval micros[2];
    error = listener_.Read(call, given, micros, sizeof(micros));
    times[0] = Nanos(micros[0]);
    times[1] = Nanos(micros[1]);
  }
  if (error != 0) return error;
  UniqueFd file;
  if (call.number == SYS_utimensat && call.arguments[path] == 0) {
    // Of a descriptor: devices of the host let everybody make it now.
    error = OpenOwn(call, call.Int(0), "", /*follow=*/true, &file);
    if (error != 0) return error;
    return ::utimensat(AT_FDCWD, PathOf(file.get()).c_str(), times, 0) == 0 ? 0 : errno;
  }
  error = OpenArgument(call, by_directory ? call.Int(0) : AT_FDCWD, call.arguments[path],
                       call.number == SYS_utimensat ? call.Int(3) : 0, &file);
  if (error != 0) return error;
  return ::utimensat(file.get(), "", times, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

}  // namespace skillrunner::sandbox

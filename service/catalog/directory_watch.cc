#include "catalog/directory_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace skillrunner::catalog {
namespace {

constexpr uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr uint32_t kContents = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB;

std::string ErrorText(int error) {
  char buffer[128];
  return ::strerror_r(error, buffer, sizeof buffer);
}

// Any name that comes or goes may be that of a directory, or of a link to one. Other contents than a descriptor's are
// nobody's business here.
bool Matters(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
  if ((event.mask & (kNames | IN_UNMOUNT)) != 0) return true;
  if ((event.mask & kContents) == 0) return false;
  return (event.mask & IN_ISDIR) != 0 || event.len == 0 || absl::EndsWithIgnoreCase(event.name, ".md");
}

}  // namespace

DirectoryWatch::DirectoryWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

void DirectoryWatch::BeginRound() {
  round_.clear();
  problem_.clear();
  if (!inotify_.valid())
    problem_ = "the kernel has no inotify instance left for this user: raise fs.inotify.max_user_instances";
}

void DirectoryWatch::Add(int fd) {
  if (!inotify_.valid()) return;
  // The link leads to the very file that is open, whatever its name may lead to by now.
  const int watch = ::inotify_add_watch(inotify_.get(), absl::StrCat("/proc/self/fd/", fd).c_str(),
                                        kNames | kContents | IN_EXCL_UNLINK);
  if (watch >= 0) {
    round_.insert(watch);
  } else if (errno == ENOSPC) {
    problem_ = "the kernel watches no more directories for this user: raise fs.inotify.max_user_watches";
  } else {
    problem_ = absl::StrCat("a directory or file cannot be watched: ", ErrorText(errno));
  }
}

void DirectoryWatch::EndRound() {
  for (const int watch : watched_) {
    // Fails where the directory itself is gone, and its watch with it.
    if (round_.count(watch) == 0) ::inotify_rm_watch(inotify_.get(), watch);
  }
  watched_.swap(round_);
  round_.clear();
}

bool DirectoryWatch::TakeEvents() {
  bool matters = false;
  alignas(inotify_event) char buffer[16 << 10];
  while (inotify_.valid()) {
    const ssize_t size = ::read(inotify_.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      matters = matters || Matters(*event);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
  return matters;
}

}  // namespace skillrunner::catalog

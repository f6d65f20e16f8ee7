#include "zygote/python/hot_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/unique_fd.h"

namespace skillrunner::python {
namespace {

// Bits of an entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr uint64_t kPresent = 1ULL << 63;
constexpr uint64_t kOfFile = 1ULL << 61;
constexpr uint64_t kExclusive = 1ULL << 56;
// What is larger is reserved rather than used, as by sanitizers, and would take hours to look through.
constexpr uintptr_t kLargestMapping = 1ULL << 30;

bool IsReadable(int fd, int64_t deadline) {
  while (true) {
    pollfd polled{.fd = fd, .events = POLLIN, .revents = 0};
    const int64_t left = (deadline - MonotonicNanos()) / 1'000'000;
    const int ready = left < 0 ? 0 : ::poll(&polled, 1, static_cast<int>(left));
    if (ready != -1 || errno != EINTR) return ready > 0;
  }
}

// Calls `found` with the address of each page that is this process's alone.
template <class Found>
void FindOwnPages(uintptr_t page_size, const Found& found) {
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(::fopen("/proc/self/maps", "re"), ::fclose);
  const UniqueFd pagemap(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (maps == nullptr || !pagemap.valid()) return;
  char line[512];
  while (::fgets(line, sizeof(line), maps.get()) != nullptr) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char access[8] = "";
    if (::sscanf(line, "%lx-%lx %7s", &begin, &end, access) != 3 || access[1] != 'w' || access[3] != 'p') continue;
    if (end - begin > kLargestMapping) continue;
    for (uintptr_t page = begin; page < end; page += page_size) {
      uint64_t entry = 0;
      const auto offset = static_cast<off_t>(page / page_size * sizeof(entry));
      if (::pread(pagemap.get(), &entry, sizeof(entry), offset) != sizeof(entry)) break;
      if ((entry & kPresent) != 0 && (entry & kExclusive) != 0 && (entry & kOfFile) == 0) found(page);
    }
  }
}

}  // namespace

HotPages HotPages::Learn(const std::function<void()>& live, int64_t patience_nanos) {
  HotPages learnt;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return learnt;
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const auto page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
    if (::getppid() != parent) ::_exit(1);
    live();
    Range range{0, 0};
    const auto tell = [&] {
      const absl::string_view bytes(reinterpret_cast<const char*>(&range), sizeof(range));
      if (range.begin != range.end && !WriteAll(write_end.get(), bytes).ok()) ::_exit(1);
    };
    FindOwnPages(page_size, [&](uintptr_t page) {
      if (page != range.end) {
        tell();
        range.begin = page;
      }
      range.end = page + page_size;
    });
    tell();
    ::_exit(0);
  }
  write_end.reset();
  const int64_t deadline = MonotonicNanos() + patience_nanos;
  Range range{0, 0};
  bool timely = true;
  while ((timely = IsReadable(read_end.get(), deadline)) &&
         ::read(read_end.get(), &range, sizeof(range)) == static_cast<ssize_t>(sizeof(range))) {
    learnt.ranges_.push_back(range);
  }
  if (child != -1 && !timely) ::kill(child, SIGKILL);
  int status = 1;
  while (child != -1 && ::waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  if (status != 0) learnt.ranges_.clear();
  return learnt;
}

bool HotPages::Populate() const {
  for (const Range& range : ranges_) {
    if (::madvise(reinterpret_cast<void*>(range.begin), range.end - range.begin, MADV_POPULATE_WRITE) == 0) continue;
    if (errno == EINVAL) return false;
    // Else what was there is not any more, which only costs time.
  }
  return true;
}

}  // namespace skillrunner::python

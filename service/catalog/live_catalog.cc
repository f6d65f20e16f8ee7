#include "catalog/live_catalog.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "catalog/changes.h"

namespace skillrunner::catalog {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kQuiet = 30 * kMillisecond;      // without an event: whoever writes is done
constexpr int64_t kPatience = 300 * kMillisecond;  // with someone who writes on and on
constexpr int64_t kTick = 900 * kMillisecond;      // between looks at the roots themselves
constexpr int64_t kMostPause = 5'000 * kMillisecond;
constexpr int64_t kPollShare = 10;                  // walks without inotify take at most this part of the time
constexpr int64_t kBusyPause = 500 * kMillisecond;  // at most, where something happens all the time
constexpr size_t kMostLoggedBroken = 20;

void LogChange(const std::vector<Change>& changes, const LoadCounts& counts, int64_t nanos) {
  size_t of[4] = {};
  size_t logged = 0;
  for (const Change& change : changes) {
    ++of[static_cast<size_t>(change.kind)];
    if (change.kind != Change::Kind::kBroken || ++logged > kMostLoggedBroken) continue;
    for (const Diagnostic& diagnostic : change.after->diagnostics) {
      if (diagnostic.code == "kept-last-good")
        log::Warning(diagnostic.message,
                     {{"code", diagnostic.code}, {"root", diagnostic.root}, {"path", diagnostic.position.path}});
    }
  }
  log::Info("the catalogue has changed", {{"added", absl::StrCat(of[0])},
                                          {"updated", absl::StrCat(of[1])},
                                          {"removed", absl::StrCat(of[2])},
                                          {"broken", absl::StrCat(of[3])},
                                          {"files", absl::StrCat(counts.files)},
                                          {"read", absl::StrCat(counts.read)},
                                          {"milliseconds", absl::StrCat(nanos / kMillisecond)}});
}

}  // namespace

LiveCatalog::LiveCatalog(std::vector<Root> roots, bool watch)
    : roots_(roots),
      loader_(std::move(roots)),
      watch_(watch ? std::make_unique<DirectoryWatch>() : nullptr),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!stop_.valid()) std::abort();  // no descriptors left at start: nothing can work
  Load();
}

LiveCatalog::~LiveCatalog() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

void LiveCatalog::Start(OnChange on_change) {
  on_change_ = std::move(on_change);
  thread_ = std::thread([this] { Run(); });
  ::pthread_setname_np(thread_.native_handle(), "catalogue");
}

void LiveCatalog::Run() {
  ReportWatchProblem();
  for (;;) {
    const bool walks = watch_ == nullptr || !watch_->problem().empty();
    const int64_t pause = walks ? std::clamp(kPollShare * walk_nanos_, kTick, kMostPause) : kTick;
    if (!Sleep(MonotonicNanos() + pause)) return;
    const bool told = watch_ != nullptr && watch_->TakeEvents();
    const bool due = walks && MonotonicNanos() - walked_at_ >= pause;
    if (!told && !due && Identify() == identities_) continue;
    if (told && !WaitUntilQuiet()) return;
    Reload();
  }
}

bool LiveCatalog::Sleep(int64_t deadline) const {
  pollfd waits[2] = {{stop_.get(), POLLIN, 0}, {watch_ == nullptr ? -1 : watch_->fd(), POLLIN, 0}};
  for (;;) {
    const int64_t left = std::max<int64_t>(deadline - MonotonicNanos(), 0);
    const int ready = ::poll(waits, 2, static_cast<int>((left + kMillisecond - 1) / kMillisecond));
    if (ready >= 0 || errno != EINTR) break;
  }
  return waits[0].revents == 0;
}

bool LiveCatalog::WaitUntilQuiet() {
  // Where something happens all the time, no more than half of it is spent on walks.
  const int64_t not_before = walked_at_ + std::min(walk_nanos_, kBusyPause);
  const int64_t until = std::max(MonotonicNanos() + kPatience, not_before);
  for (;;) {
    const int64_t quiet = std::max(MonotonicNanos() + kQuiet, not_before);
    if (!Sleep(std::min(quiet, until))) return false;
    const int64_t now = MonotonicNanos();
    const bool more = watch_->TakeEvents();
    if (now >= until || (!more && now >= not_before)) return true;
  }
}

void LiveCatalog::Reload() {
  const std::shared_ptr<const Snapshot> before = snapshot_;
  Load();
  ReportWatchProblem();
  if (SameContent(*before, *snapshot_)) {
    snapshot_ = before;
    return;
  }
  LogChange(Compare(*before, *snapshot_), loader_.counts(), walk_nanos_);
  on_change_(snapshot_);
}

void LiveCatalog::Load() {
  const int64_t start = MonotonicNanos();
  identities_ = Identify();
  if (watch_ != nullptr) watch_->BeginRound();
  snapshot_ = loader_.Load([this](int fd) {
    if (watch_ != nullptr) watch_->Add(fd);
  });
  if (watch_ != nullptr) watch_->EndRound();
  walked_at_ = MonotonicNanos();
  walk_nanos_ = walked_at_ - start;
}

std::vector<LiveCatalog::RootIdentity> LiveCatalog::Identify() const {
  std::vector<RootIdentity> identities;
  for (const Root& root : roots_) {
    RootIdentity identity;
    struct stat status {};
    const UniqueFd fd = OpenRoot(root);
    if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
      identity.error = errno;
    } else {
      identity.device = status.st_dev;
      identity.inode = status.st_ino;
    }
    identities.push_back(identity);
  }
  return identities;
}

void LiveCatalog::ReportWatchProblem() {
  if (watch_ == nullptr || watch_->problem() == reported_problem_) return;
  reported_problem_ = watch_->problem();
  if (reported_problem_.empty()) {
    log::Info("all descriptor directories are watched again");
  } else {
    log::Warning("changes of descriptors are looked for by walking their directories", {{"reason", reported_problem_}});
  }
}

}  // namespace skillrunner::catalog

#include "runner/sandbox_pool.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace skillrunner {
namespace {

constexpr int64_t kRefillAfterNanos = 10'000'000;
// Without a run that finds none ready for so long, fewer will do.
constexpr int64_t kShrinkAfterNanos = 10'000'000'000;
// Where one could not be set up, the next one would not be either, for now.
constexpr int64_t kRetryAfterNanos = 1'000'000'000;

}  // namespace

SandboxPool::SandboxPool(Reactor& reactor, PoolSize size, const sandbox::SandboxLimits& default_limits)
    : reactor_(reactor), size_(size), wanted_(size.least), default_limits_(default_limits) {}

SandboxPool::~SandboxPool() = default;

void SandboxPool::Adopt(UniqueFd socket) {
  if (shutting_down_) return;
  if (zygote_ != nullptr) zygote_->Disconnect();
  prepared_.clear();
  auto changed = std::make_shared<Event>();
  zygote_ = std::make_shared<ZygoteConnection>(reactor_, std::move(socket), changed.get(), [this] {
    if (on_hung_) on_hung_();
  });
  no_refill_before_ = 0;
  tasks_.Start(Watch(zygote_, changed));
  if (!std::exchange(tended_, true)) tasks_.Start(Tend());
}

Task<void> SandboxPool::Watch(std::shared_ptr<ZygoteConnection> zygote, std::shared_ptr<Event> changed) {
  while (zygote->connected()) {
    co_await changed->Wait();
    changed->Reset();
    if (zygote->connected() && zygote == zygote_ && zygote->hello()) {
      capabilities_ = zygote->hello();
      Refill();
      if (on_change_) on_change_();
    }
  }
  if (zygote == zygote_) {
    if (!shutting_down_) log::Warning("a zygote is gone; a new one is on its way");
    prepared_.clear();
    zygote_.reset();
  }
  co_await zygote->Join();
}

bool SandboxPool::usable() const {
  return zygote_ != nullptr && zygote_->connected() && zygote_->hello() &&
         zygote_->hello()->level != sandbox::IsolationLevel::kNone;
}

const std::set<std::string>& SandboxPool::modules() const {
  static const std::set<std::string> kNone;
  return zygote_ == nullptr ? kNone : zygote_->modules();
}

std::string SandboxPool::WhyNotUsable() const {
  if (usable()) return "";
  if (zygote_ == nullptr || !zygote_->hello()) return "its zygote is being started";
  return zygote_->hello()->mechanisms.empty() ? "its zygote cannot make sandboxes"
                                              : zygote_->hello()->mechanisms[0].detail;
}

void SandboxPool::DropUseless() {
  bool failed = false;
  std::erase_if(prepared_, [&failed](const auto& handle) {
    if (!handle->over() && !handle->failed_step()) return false;
    failed = failed || !handle->ready();
    return true;
  });
  if (failed) no_refill_before_ = MonotonicNanos() + kRetryAfterNanos;
}

void SandboxPool::Refill() {
  if (!usable() || shutting_down_) return;
  if (MonotonicNanos() < no_refill_before_) {
    refill_.Set(reactor_, no_refill_before_, [this] { Refill(); });
    return;
  }
  while (prepared_.size() < wanted_ && prepared_.size() - ready() < AtOnce()) {
    prepared_.push_back(zygote_->Make(default_limits_));
    prepared_.back()->Observe(&prepared_changed_);
  }
}

// Where some are ready, making the next ones must not take every processor from the runs that have theirs. But with
// cgroup v1 most of the time that takes is waiting for the kernel, and one after the other would be too slow.
size_t SandboxPool::AtOnce() const {
  constexpr size_t kUnhurried = 3;
  return ready() > 0 ? kUnhurried : wanted_;
}

void SandboxPool::RefillSoon() {
  if (prepared_.size() <= wanted_ / 2) {
    refill_.Cancel();
    Refill();
  } else if (!refill_.armed()) {
    refill_.Set(reactor_, MonotonicNanos() + kRefillAfterNanos, [this] { Refill(); });
  }
}

void SandboxPool::Grow() {
  wanted_ = std::min(std::max(wanted_, size_.least) * 2, std::max(size_.most, size_.least));
  shrink_.Set(reactor_, MonotonicNanos() + kShrinkAfterNanos, [this] { Shrink(); });
}

void SandboxPool::Shrink() {
  wanted_ = std::max(wanted_ / 2, size_.least);
  while (prepared_.size() > wanted_) prepared_.pop_back();
  if (on_change_) on_change_();
  if (wanted_ > size_.least) shrink_.Set(reactor_, MonotonicNanos() + kShrinkAfterNanos, [this] { Shrink(); });
}

std::unique_ptr<SandboxHandle> SandboxPool::Take(const sandbox::SandboxLimits& limits) {
  if (zygote_ == nullptr || !zygote_->connected() || !zygote_->hello()) return nullptr;
  if (limits != default_limits_) return zygote_->Make(limits);
  DropUseless();
  const auto best =
      std::find_if(prepared_.begin(), prepared_.end(), [](const auto& handle) { return handle->ready(); });
  if (best == prepared_.end() && size_.least > 0) Grow();
  if (prepared_.empty()) return zygote_->Make(limits);
  const auto chosen = best == prepared_.end() ? prepared_.begin() : best;
  std::unique_ptr<SandboxHandle> handle = std::move(*chosen);
  prepared_.erase(chosen);
  handle->Observe(nullptr);
  RefillSoon();
  prepared_changed_.Set();
  return handle;
}

size_t SandboxPool::ready() const {
  return static_cast<size_t>(
      std::count_if(prepared_.begin(), prepared_.end(), [](const auto& handle) { return handle->ready(); }));
}

// Replaces what died while it waited.
Task<void> SandboxPool::Tend() {
  while (!shutting_down_) {
    co_await prepared_changed_.Wait();
    prepared_changed_.Reset();
    DropUseless();
    RefillSoon();
    if (on_change_) on_change_();
  }
}

Task<void> SandboxPool::Shutdown() {
  shutting_down_ = true;
  refill_.Cancel();
  shrink_.Cancel();
  prepared_changed_.Set();
  prepared_.clear();
  if (zygote_ != nullptr) zygote_->Disconnect();
  co_await tasks_.Join();
}

}  // namespace skillrunner

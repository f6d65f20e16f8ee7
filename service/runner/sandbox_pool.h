// Sandboxes to be had: ones prepared ahead for runs with default limits, others made on demand. How many wait follows
// demand: a run that finds none ready makes the stock grow, quiet lets it shrink. Survives its zygotes: when one dies,
// the next one's sandboxes take over. Belongs to the reactor's thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "async/nursery.h"
#include "async/reactor.h"
#include "runner/sandbox_client.h"

namespace skillrunner {

// How many sandboxes wait prepared: when all is quiet, and at the most.
struct PoolSize {
  size_t least = 4;
  size_t most = 64;
};

class SandboxPool {
 public:
  SandboxPool(Reactor& reactor, PoolSize size, const sandbox::SandboxLimits& default_limits);
  ~SandboxPool();

  // A zygote was started; replaces the one before.
  void Adopt(UniqueFd socket);

  // A sandbox, perhaps not ready yet; null: there is no zygote now that has said what its sandboxes enforce.
  std::unique_ptr<SandboxHandle> Take(const sandbox::SandboxLimits& limits);

  // What sandboxes enforce; none: no zygote has said so yet.
  const std::optional<sandbox::Hello>& capabilities() const {
    return zygote_ != nullptr && zygote_->hello() ? zygote_->hello() : capabilities_;
  }
  // Modules that programs find imported.
  const std::set<std::string>& modules() const;
  // Prepared and ready.
  size_t ready() const;

  // Whether a zygote is there that can make sandboxes.
  bool usable() const;
  // A sentence; empty if it is.
  std::string WhyNotUsable() const;

  // Called (on this thread) whenever ready() may have changed, and when a zygote has told its capabilities().
  void OnChange(std::function<void()> function) { on_change_ = std::move(function); }

  // Called (on this thread) with a zygote that does not answer and was given up: it has to be ended from outside.
  void OnHung(std::function<void()> function) { on_hung_ = std::move(function); }

  // Lets go of the prepared ones and waits until all tasks are done.
  Task<void> Shutdown();

 private:
  Task<void> Watch(std::shared_ptr<ZygoteConnection> zygote, std::shared_ptr<Event> changed);
  Task<void> Tend();
  void Refill();
  // Throws away prepared ones that have failed or died.
  void DropUseless();
  // How many may be on their way.
  size_t AtOnce() const;
  // Soon, unless few are left: a program that has just been started should not share the processors with it.
  void RefillSoon();
  void Grow();
  void Shrink();

  Reactor& reactor_;
  const PoolSize size_;
  size_t wanted_;  // how many should wait now
  ScopedTimer refill_;
  ScopedTimer shrink_;
  const sandbox::SandboxLimits default_limits_;
  std::shared_ptr<ZygoteConnection> zygote_;
  std::deque<std::unique_ptr<SandboxHandle>> prepared_;
  std::optional<sandbox::Hello> capabilities_;
  std::function<void()> on_change_;
  std::function<void()> on_hung_;
  int64_t no_refill_before_ = 0;
  Event prepared_changed_;
  bool tended_ = false;
  bool shutting_down_ = false;
  Nursery tasks_;
};

}  // namespace skillrunner

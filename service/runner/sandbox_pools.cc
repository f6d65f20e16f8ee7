#include "runner/sandbox_pools.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "runner/warm_profiles.h"

namespace skillrunner {

SandboxPools::SandboxPools(Reactor& reactor, const std::vector<PythonProfile>& profiles, PoolSize size,
                           const sandbox::SandboxLimits& default_limits)
    : reactor_(reactor), size_(size), default_limits_(default_limits) {
  Add({.name = kExecProfile, .modules = {}});
  for (const PythonProfile& profile : profiles) Add(profile);
}

void SandboxPools::Add(const PythonProfile& profile) {
  auto sandboxes = std::make_shared<SandboxPool>(reactor_, size_, default_limits_);
  sandboxes->OnChange(on_change_);
  sandboxes->OnHung([this, name = profile.name] {
    if (on_hung_) on_hung_(name);
  });
  pools_.emplace(profile.name, Pool{profile, std::move(sandboxes)});
}

bool SandboxPools::Remove(const std::string& profile) {
  if (shutting_down_) return false;
  const auto found = pools_.find(profile);
  if (found == pools_.end()) return true;
  if (found->second.sandboxes.use_count() > 1) return false;
  ending_.Start(End(std::move(found->second.sandboxes)));
  pools_.erase(found);
  return true;
}

Task<void> SandboxPools::End(std::shared_ptr<SandboxPool> pool) {
  pool->OnChange(nullptr);
  pool->OnHung(nullptr);
  co_await pool->Shutdown();
}

void SandboxPools::Adopt(const std::string& profile, UniqueFd socket) {
  const auto found = pools_.find(profile);
  if (found == pools_.end()) {
    log::Error("a zygote of an unknown profile is not used", {{"profile", profile}});
    return;
  }
  found->second.sandboxes->Adopt(std::move(socket));
}

const SandboxPools::Pool& SandboxPools::exec() const {
  return pools_.at(kExecProfile);
}

const SandboxPools::Pool& SandboxPools::Choose(const std::optional<std::set<std::string>>& imports,
                                               sandbox::IsolationLevel least) const {
  const Pool* best = nullptr;
  for (const auto& [name, pool] : pools_) {
    if (&pool == &exec() || !imports || !Suits(pool.profile, *imports) || !pool.sandboxes->usable()) continue;
    if (pool.sandboxes->capabilities()->level < least) continue;
    if (best == nullptr || pool.profile.modules.size() > best->profile.modules.size()) best = &pool;
  }
  return best == nullptr ? exec() : *best;
}

size_t SandboxPools::ready() const {
  size_t ready = 0;
  for (const auto& [name, pool] : pools_) ready += pool.sandboxes->ready();
  return ready;
}

bool SandboxPools::all_reported() const {
  return std::all_of(pools_.begin(), pools_.end(),
                     [](const auto& entry) { return entry.second.sandboxes->capabilities().has_value(); });
}

void SandboxPools::OnChange(std::function<void()> function) {
  on_change_ = std::move(function);
  for (const auto& [name, pool] : pools_) pool.sandboxes->OnChange(on_change_);
}

Task<void> SandboxPools::Shutdown() {
  shutting_down_ = true;
  for (const auto& [name, pool] : pools_) ending_.Start(pool.sandboxes->Shutdown());
  co_await ending_.Join();
}

}  // namespace skillrunner

#include "runner/sandbox_pools.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/log.h"
#include "config/profiles.h"

namespace skillrunner {

SandboxPools::SandboxPools(Reactor& reactor, const std::vector<std::string>& profiles, PoolSize size,
                           const sandbox::SandboxLimits& default_limits) {
  pools_.emplace(kExecProfile, std::make_unique<SandboxPool>(reactor, size, default_limits));
  for (const std::string& profile : profiles) {
    pools_.emplace(profile, std::make_unique<SandboxPool>(reactor, size, default_limits));
  }
}

void SandboxPools::Adopt(const std::string& profile, UniqueFd socket) {
  const auto found = pools_.find(profile);
  if (found == pools_.end()) {
    log::Error("a zygote of an unknown profile is not used", {{"profile", profile}});
    return;
  }
  found->second->Adopt(std::move(socket));
}

SandboxPool& SandboxPools::exec() {
  return *pools_.at(kExecProfile);
}

SandboxPool& SandboxPools::Choose(const std::vector<std::string>& profiles, std::string* chosen) {
  for (const std::string& profile : profiles) {
    const auto found = pools_.find(profile);
    if (found == pools_.end() || !found->second->usable()) continue;
    *chosen = profile;
    return *found->second;
  }
  *chosen = kExecProfile;
  return exec();
}

size_t SandboxPools::ready() const {
  size_t ready = 0;
  for (const auto& [profile, pool] : pools_) ready += pool->ready();
  return ready;
}

bool SandboxPools::all_reported() const {
  return std::all_of(pools_.begin(), pools_.end(),
                     [](const auto& entry) { return entry.second->capabilities().has_value(); });
}

void SandboxPools::OnChange(std::function<void()> function) {
  for (const auto& [profile, pool] : pools_) pool->OnChange(function);
}

Task<void> SandboxPools::Shutdown() {
  Nursery all;
  for (const auto& [profile, pool] : pools_) all.Start(pool->Shutdown());
  co_await all.Join();
}

}  // namespace skillrunner

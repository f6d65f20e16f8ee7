// The pools of sandboxes of a service, one for each profile of zygotes. Belongs to the reactor's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runner/sandbox_pool.h"

namespace skillrunner {

class SandboxPools {
 public:
  // `profiles`: the warm ones; that of exec is always there. `size`: of each.
  SandboxPools(Reactor& reactor, const std::vector<std::string>& profiles, PoolSize size,
               const sandbox::SandboxLimits& default_limits);

  // A zygote of this profile was started; replaces the one before.
  void Adopt(const std::string& profile, UniqueFd socket);

  // The first of the profiles whose sandboxes can be had now; that of exec where none can. Its name is set.
  SandboxPool& Choose(const std::vector<std::string>& profiles, std::string* chosen);
  SandboxPool& exec();
  const std::map<std::string, std::unique_ptr<SandboxPool>>& all() const { return pools_; }

  // Prepared and ready, of all profiles together.
  size_t ready() const;
  // Whether each profile's zygote has said what its sandboxes enforce.
  bool all_reported() const;

  // Called (on this thread) whenever ready() may have changed, and when a zygote has reported for the first time.
  void OnChange(std::function<void()> function);

  Task<void> Shutdown();

 private:
  std::map<std::string, std::unique_ptr<SandboxPool>> pools_;
};

}  // namespace skillrunner

// The pools of sandboxes of a service, one for each profile of zygotes. Belongs to the reactor's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/nursery.h"
#include "config/profiles.h"
#include "runner/sandbox_pool.h"

namespace skillrunner {

class SandboxPools {
 public:
  struct Pool {
    PythonProfile profile;  // that of exec has no modules
    // Whoever has sandboxes from it keeps it.
    std::shared_ptr<SandboxPool> sandboxes;
  };

  // `profiles`: the warm ones; that of exec is always there. `size`: of each.
  SandboxPools(Reactor& reactor, const std::vector<PythonProfile>& profiles, PoolSize size,
               const sandbox::SandboxLimits& default_limits);

  // One more profile, whose zygote is still to come.
  void Add(const PythonProfile& profile);
  // Lets go of a profile and its zygote; false: somebody uses its sandboxes now, or all of them are going.
  bool Remove(const std::string& profile);
  // A zygote of this profile was started; replaces the one before.
  void Adopt(const std::string& profile, UniqueFd socket);

  // Of the profiles whose sandboxes can be had now and are not weaker than `least`, that with the most modules of which
  // none is missing in `imports` (RunPlan); that of exec where there is none. Each zygote finds its level out by
  // itself.
  const Pool& Choose(const std::optional<std::set<std::string>>& imports, sandbox::IsolationLevel least) const;
  const Pool& exec() const;
  // By name.
  const std::map<std::string, Pool>& all() const { return pools_; }

  // Prepared and ready, of all profiles together.
  size_t ready() const;
  // Whether each profile's zygote has said what its sandboxes enforce.
  bool all_reported() const;

  // Called (on this thread) whenever ready() may have changed, and when a zygote has reported for the first time.
  void OnChange(std::function<void()> function);

  // Called (on this thread) with the name of a profile whose zygote does not answer: see SandboxPool.
  void OnHung(std::function<void(const std::string&)> function) { on_hung_ = std::move(function); }

  Task<void> Shutdown();

 private:
  Task<void> End(std::shared_ptr<SandboxPool> pool);

  Reactor& reactor_;
  const PoolSize size_;
  const sandbox::SandboxLimits default_limits_;
  std::function<void()> on_change_;
  std::function<void(const std::string&)> on_hung_;
  std::map<std::string, Pool> pools_;
  bool shutting_down_ = false;
  Nursery ending_;
};

}  // namespace skillrunner

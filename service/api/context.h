// What the RPC handlers work on. Built by main, outlives the server.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "catalog/catalog.h"
#include "rpc/router.h"
#include "runner/runner.h"
#include "runner/runtimes.h"
#include "runner/warm_profiles.h"

namespace skillrunner::api {

class InstalledModules;

// The current snapshot of the catalogue. Thread-safe.
class CurrentCatalog {
 public:
  explicit CurrentCatalog(std::shared_ptr<const catalog::Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  std::shared_ptr<const catalog::Snapshot> Get() const {
    absl::MutexLock lock(&mutex_);
    return snapshot_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const catalog::Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
};

struct Context {
  Runner& runner;
  const CurrentCatalog& catalog;
  Runtimes& runtimes;
  std::vector<PythonProfile> python_profiles;
  PlanLimits default_limits;
  PlanLimits max_limits;
  std::string version;
  InstalledModules* modules = nullptr;  // null: nothing is known about them
};

// Adds every method of our services to the router. `context` outlives the server.
void RegisterServices(rpc::Router& router, Context& context);

}  // namespace skillrunner::api

// What the RPC handlers work on. Built by main, outlives the server.
#pragma once

#include <string>
#include <vector>

#include "api/current_catalog.h"
#include "catalog/searcher.h"
#include "rpc/router.h"
#include "runner/runner.h"
#include "runner/runtimes.h"
#include "runner/warm_profiles.h"

namespace skillrunner::api {

class InstalledModules;

struct Context {
  Runner& runner;
  const CurrentCatalog& catalog;
  Runtimes& runtimes;
  PlanLimits default_limits;
  PlanLimits max_limits;
  std::string version;
  InstalledModules* modules = nullptr;    // null: nothing is known about them
  catalog::Searcher* searcher = nullptr;  // null: nothing can be searched
};

// Adds every method of our services to the router. `context` outlives the server.
void RegisterServices(rpc::Router& router, Context& context);

}  // namespace skillrunner::api

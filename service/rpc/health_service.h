// grpc.health.v1.Health: Check and Watch.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "async/event.h"
#include "grpc/health/v1/health.pb.h"
#include "rpc/router.h"

namespace skillrunner::rpc {

// The serving status of every service by name; "" is the server as a whole. Thread-safe. Outlives the server.
class HealthRegistry {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  HealthRegistry() = default;
  HealthRegistry(const HealthRegistry&) = delete;
  HealthRegistry& operator=(const HealthRegistry&) = delete;

  // Makes the service known, or changes its status, and tells all watchers.
  void Set(const std::string& service, Status status);
  void SetAll(const std::vector<std::string>& services, Status status);
  // Everything is NOT_SERVING from now on, whatever is set later. The server calls it when its shutdown begins.
  void Drain();
  // None: the service is not known.
  std::optional<Status> Get(const std::string& service) const;

  // Notifies `watcher` after every change while the subscription lives.
  class Subscription {
   public:
    Subscription(HealthRegistry& registry, WakeUp::Notifier watcher);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

   private:
    HealthRegistry& registry_;
    std::list<WakeUp::Notifier>::iterator entry_;
  };

 private:
  void NotifyAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Status> services_ ABSL_GUARDED_BY(mutex_);
  std::list<WakeUp::Notifier> watchers_ ABSL_GUARDED_BY(mutex_);
};

// Adds the service to `router`. `registry` outlives the server. Check of an unknown service: NOT_FOUND. Watch of one:
// SERVICE_UNKNOWN until it becomes known. At a graceful shutdown watchers get NOT_SERVING, then UNAVAILABLE.
void RegisterHealthService(Router& router, HealthRegistry& registry);

}  // namespace skillrunner::rpc

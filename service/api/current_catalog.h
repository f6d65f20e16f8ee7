// The catalogue as handlers see it: always the newest snapshot.
#pragma once

#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "async/event.h"
#include "catalog/catalog.h"

namespace skillrunner::api {

// Thread-safe. What holds a snapshot, or a skill of one, keeps it as it is: a run is of the revision it started with.
class CurrentCatalog {
 public:
  explicit CurrentCatalog(std::shared_ptr<const catalog::Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  CurrentCatalog(const CurrentCatalog&) = delete;
  CurrentCatalog& operator=(const CurrentCatalog&) = delete;

  std::shared_ptr<const catalog::Snapshot> Get() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Replaces the snapshot, and tells all subscribers.
  void Publish(std::shared_ptr<const catalog::Snapshot> snapshot) ABSL_LOCKS_EXCLUDED(mutex_);

  // While it lives, `notifier` is notified of every snapshot published. The catalogue must outlive it.
  class Subscription {
   public:
    Subscription(const CurrentCatalog& catalog, WakeUp::Notifier notifier);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

   private:
    const CurrentCatalog& catalog_;
    std::list<WakeUp::Notifier>::iterator place_;
  };

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const catalog::Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  mutable std::list<WakeUp::Notifier> subscribers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner::api

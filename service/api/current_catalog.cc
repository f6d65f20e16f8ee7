#include "api/current_catalog.h"

#include <utility>

namespace skillrunner::api {

std::shared_ptr<const catalog::Snapshot> CurrentCatalog::Get() const {
  absl::MutexLock lock(&mutex_);
  return snapshot_;
}

void CurrentCatalog::Publish(std::shared_ptr<const catalog::Snapshot> snapshot) {
  absl::MutexLock lock(&mutex_);
  // The old one goes with `snapshot`, behind the lock: letting go of a large catalogue takes a while.
  snapshot_.swap(snapshot);
  for (const WakeUp::Notifier& subscriber : subscribers_) subscriber.Notify();
}

CurrentCatalog::Subscription::Subscription(const CurrentCatalog& catalog, WakeUp::Notifier notifier)
    : catalog_(catalog) {
  absl::MutexLock lock(&catalog_.mutex_);
  place_ = catalog_.subscribers_.insert(catalog_.subscribers_.end(), std::move(notifier));
}

CurrentCatalog::Subscription::~Subscription() {
  absl::MutexLock lock(&catalog_.mutex_);
  catalog_.subscribers_.erase(place_);
}

}  // namespace skillrunner::api

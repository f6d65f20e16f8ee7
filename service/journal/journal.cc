#include "journal/journal.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"

namespace skillrunner {
namespace {

void SetNow(google::protobuf::Timestamp* time) {
  const int64_t nanos = absl::ToUnixNanos(absl::Now());
  time->set_seconds(nanos / 1'000'000'000);
  time->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

}  // namespace

void Journal::Append(Event event) {
  if (!event.has_event_time()) SetNow(event.mutable_event_time());
  absl::MutexLock lock(&mutex_);
  if (complete_) std::abort();  // `finished` is the last event, always: a second outcome would be a lie
  event.set_sequence(static_cast<int64_t>(events_.size()) + 1);
  complete_ = event.has_finished();
  size_bytes_ += event.output().text().size() + event.output().data().size() + sizeof(Event);
  events_.push_back(std::make_shared<const Event>(std::move(event)));
  for (const WakeUp::Notifier& follower : followers_) follower.Notify();
}

Journal::Batch Journal::Read(int64_t after, size_t most) const {
  absl::MutexLock lock(&mutex_);
  const size_t from = std::min(static_cast<size_t>(std::max<int64_t>(after, 0)), events_.size());
  const size_t to = std::min(events_.size(), from + most);
  Batch batch;
  batch.events.assign(events_.begin() + static_cast<ptrdiff_t>(from), events_.begin() + static_cast<ptrdiff_t>(to));
  batch.complete = complete_ && to == events_.size();
  return batch;
}

int64_t Journal::last_sequence() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int64_t>(events_.size());
}

bool Journal::complete() const {
  absl::MutexLock lock(&mutex_);
  return complete_;
}

size_t Journal::size_bytes() const {
  absl::MutexLock lock(&mutex_);
  return size_bytes_;
}

Journal::Subscription::Subscription(Journal& journal, WakeUp::Notifier notifier) : journal_(journal) {
  absl::MutexLock lock(&journal_.mutex_);
  place_ = journal_.followers_.insert(journal_.followers_.end(), std::move(notifier));
}

Journal::Subscription::~Subscription() {
  absl::MutexLock lock(&journal_.mutex_);
  journal_.followers_.erase(place_);
}

}  // namespace skillrunner

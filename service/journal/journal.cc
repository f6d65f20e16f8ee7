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

size_t BytesOf(const Journal::Event& event) {
  return event.output().text().size() + event.output().data().size() + sizeof(Journal::Event);
}

}  // namespace

void Journal::Append(Event event) {
  if (!event.has_event_time()) SetNow(event.mutable_event_time());
  absl::MutexLock lock(&mutex_);
  if (complete_) std::abort();  // `finished` is the last event, always: a second outcome would be a lie
  event.set_sequence(++last_sequence_);
  complete_ = event.has_finished();
  size_bytes_ += BytesOf(event);
  events_.push_back(std::make_shared<const Event>(std::move(event)));
  for (const WakeUp::Notifier& follower : followers_) follower.Notify();
}

Journal::Batch Journal::Read(int64_t after, size_t most, size_t most_bytes) const {
  absl::MutexLock lock(&mutex_);
  Batch batch;
  size_t at = std::min(static_cast<size_t>(std::max<int64_t>(after, 0)), static_cast<size_t>(last_sequence_));
  batch.dropped = events_.empty() && at < static_cast<size_t>(last_sequence_);
  if (batch.dropped) return batch;
  size_t bytes = 0;
  while (at < events_.size() && batch.events.size() < most && bytes < most_bytes) {
    bytes += BytesOf(*events_[at]);
    batch.events.push_back(events_[at++]);
  }
  batch.complete = complete_ && at == static_cast<size_t>(last_sequence_);
  return batch;
}

void Journal::Drop() {
  absl::MutexLock lock(&mutex_);
  if (!complete_) std::abort();
  events_ = {};
  size_bytes_ = 0;
  for (const WakeUp::Notifier& follower : followers_) follower.Notify();
}

int64_t Journal::last_sequence() const {
  absl::MutexLock lock(&mutex_);
  return last_sequence_;
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

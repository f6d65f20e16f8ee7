// The journal of a run: its events in order, numbered from 1 without gaps. One writer appends; any number of readers
// follow it, each with a position of its own, from any thread. A reader costs the writer nothing but a wake-up.
//
// In memory, whole, until it is dropped: its size is bounded by the output limit of the run.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "async/event.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner {

class Journal {
 public:
  using Event = itzamna::skillrunner::v1::RunEvent;
  using EventPtr = std::shared_ptr<const Event>;

  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Appends an event; sets its sequence and, where not set, its time. Nothing may follow a `finished`.
  void Append(Event event) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Batch {
    std::vector<EventPtr> events;
    bool complete = false;  // the last event of the journal was given, now or before
    bool dropped = false;   // the events after it are not there any more
  };
  // Up to `most` events after the sequence `after`, without waiting; and no more of them than take about `most_bytes`,
  // but one at least: who reads slowly keeps them in memory.
  Batch Read(int64_t after, size_t most, size_t most_bytes) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets go of all events, although somebody may not have read them. The journal must be complete.
  void Drop() ABSL_LOCKS_EXCLUDED(mutex_);

  int64_t last_sequence() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool complete() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Memory its output takes, bytes, about.
  size_t size_bytes() const ABSL_LOCKS_EXCLUDED(mutex_);

  // While it lives, `notifier` is notified of every event appended. The journal must outlive it.
  class Subscription {
   public:
    Subscription(Journal& journal, WakeUp::Notifier notifier);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

   private:
    Journal& journal_;
    std::list<WakeUp::Notifier>::iterator place_;
  };

 private:
  mutable absl::Mutex mutex_;
  std::vector<EventPtr> events_ ABSL_GUARDED_BY(mutex_);
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t size_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<WakeUp::Notifier> followers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace skillrunner

// The runs this service remembers: those under way, and the latest of those that are over. Thread-safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "runner/run.h"

namespace skillrunner {

class RunRegistry {
 public:
  struct Retention {
    size_t runs = 1000;                  // finished runs remembered
    size_t output_bytes = 256ULL << 20;  // of their journals together
    size_t read_bytes = 256ULL << 20;    // of the journals of forgotten ones that clients still read
  };
  // `max_unfinished`: runs under way and waiting together.
  RunRegistry(size_t max_unfinished, Retention retention) : max_unfinished_(max_unfinished), retention_(retention) {}

  struct Entry {
    std::shared_ptr<Run> run;
    bool joined = false;  // it was there already, under the same request_id
  };
  // Programs of unfinished runs are kept in memory; more than this, and new runs are refused.
  static constexpr size_t kMostProgramBytes = 512ULL << 20;

  // Makes a run of `plan`, or finds the one with its request_id; the caller is attached as a starter.
  // RESOURCE_EXHAUSTED: too many unfinished ones. ALREADY_EXISTS: the request_id belongs to another request (the
  // message is the run's name). UNAVAILABLE: closed.
  absl::StatusOr<Entry> Add(RunPlan plan) ABSL_LOCKS_EXCLUDED(mutex_);

  // Null: unknown.
  std::shared_ptr<Run> Find(absl::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Up to `most` runs that were created before the run `before` (empty: the newest), newest first.
  std::vector<std::shared_ptr<Run>> List(absl::string_view before, size_t most) const ABSL_LOCKS_EXCLUDED(mutex_);

  // A run is over: it may be forgotten when others need its place.
  void NoteFinished(const std::shared_ptr<Run>& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // No more runs are added.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs under way and waiting.
  size_t unfinished() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Forget(const std::shared_ptr<Run>& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropWhatIsReadTooSlowly() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_unfinished_;
  const Retention retention_;
  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t unfinished_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t program_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the unfinished ones
  size_t finished_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::shared_ptr<Run>, std::less<>> runs_ ABSL_GUARDED_BY(mutex_);  // ids sort by creation
  std::map<std::string, std::shared_ptr<Run>, std::less<>> by_request_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Run>> finished_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::weak_ptr<Run>> forgotten_ ABSL_GUARDED_BY(mutex_);  // that somebody may still read
};

}  // namespace skillrunner

// The search index on a thread of its own: building it takes seconds where there are thousands of skills, and a query
// up to some milliseconds, which no loop that serves calls may spend.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catalog/search_index.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxWaitingSearches = 256;

class Searcher {
 public:
  using Current = std::function<std::shared_ptr<const Snapshot>()>;
  using Done = std::function<void(SearchAnswer)>;

  // `current` gives the snapshot to search in, on the searcher's thread.
  explicit Searcher(Current current);
  Searcher(const Searcher&) = delete;
  Searcher& operator=(const Searcher&) = delete;
  // Searches that have not begun are dropped: their `done` goes uncalled.
  ~Searcher();

  // From any thread. The answer is about the newest snapshot; `done` runs on the searcher's thread. False: too many
  // are waiting.
  bool Search(SearchQuery query, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // From any thread: there is a new snapshot. It is indexed ahead of the next search.
  void CatchUp() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Job {
    SearchQuery query;
    Done done;
  };
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || behind_ || !jobs_.empty(); }

  const Current current_;
  absl::Mutex mutex_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  bool behind_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace skillrunner::catalog

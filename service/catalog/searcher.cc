#include "catalog/searcher.h"

#include <pthread.h>

#include <optional>
#include <utility>

namespace skillrunner::catalog {

Searcher::Searcher(Current current) : current_(std::move(current)), thread_([this] { Run(); }) {
  ::pthread_setname_np(thread_.native_handle(), "search");
}

Searcher::~Searcher() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

bool Searcher::Search(SearchQuery query, Done done) {
  absl::MutexLock lock(&mutex_);
  if (jobs_.size() >= kMaxWaitingSearches) return false;
  jobs_.push_back({std::move(query), std::move(done)});
  return true;
}

void Searcher::CatchUp() {
  absl::MutexLock lock(&mutex_);
  behind_ = true;
}

void Searcher::Run() {
  SearchIndex index;
  for (;;) {
    std::optional<Job> job;
    {
      absl::MutexLock lock(&mutex_, absl::Condition(this, &Searcher::HasWork));
      if (stopped_) return;
      behind_ = false;
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
    }
    index.Update(current_());
    if (job.has_value()) job->done(index.Search(job->query));
  }
}

}  // namespace skillrunner::catalog

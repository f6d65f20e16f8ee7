#include "runner/run_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace skillrunner {

absl::StatusOr<RunRegistry::Entry> RunRegistry::Add(RunPlan plan) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the service is shutting down");
  if (!plan.request_id.empty()) {
    const auto same = by_request_.find(plan.request_id);
    if (same != by_request_.end()) {
      if (same->second->plan().fingerprint != plan.fingerprint) return absl::AlreadyExistsError(same->second->name());
      same->second->AttachStarter();
      return Entry{.run = same->second, .joined = true};
    }
  }
  if (unfinished_ >= max_unfinished_)
    return absl::ResourceExhaustedError(absl::StrCat(unfinished_, " runs are under way or waiting"));
  const size_t program_bytes = plan.program_bytes();
  if (program_bytes_ + program_bytes > kMostProgramBytes) {
    return absl::ResourceExhaustedError("the programs of the runs under way or waiting take too much memory");
  }
  auto run = std::make_shared<Run>(std::move(plan));
  run->AttachStarter();
  ++unfinished_;
  program_bytes_ += program_bytes;
  runs_.emplace(run->name(), run);
  if (!run->plan().request_id.empty()) by_request_.emplace(run->plan().request_id, run);
  return Entry{.run = std::move(run), .joined = false};
}

std::shared_ptr<Run> RunRegistry::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = runs_.find(std::string(name));
  return found == runs_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Run>> RunRegistry::List(absl::string_view before, size_t most) const {
  absl::MutexLock lock(&mutex_);
  auto at = before.empty() ? runs_.end() : runs_.lower_bound(std::string(before));
  std::vector<std::shared_ptr<Run>> runs;
  while (at != runs_.begin() && runs.size() < most) runs.push_back((--at)->second);
  return runs;
}

void RunRegistry::NoteFinished(const std::shared_ptr<Run>& run) {
  absl::MutexLock lock(&mutex_);
  --unfinished_;
  program_bytes_ -= run->program_bytes();
  finished_bytes_ += run->journal().size_bytes();
  finished_.push_back(run);
  // The newest stays in any case: somebody is reading it.
  while (finished_.size() > 1 && (finished_.size() > retention_.runs || finished_bytes_ > retention_.output_bytes)) {
    const std::shared_ptr<Run> oldest = std::move(finished_.front());
    finished_.pop_front();
    finished_bytes_ -= oldest->journal().size_bytes();
    Forget(oldest);
  }
  DropWhatIsReadTooSlowly();
}

void RunRegistry::Forget(const std::shared_ptr<Run>& run) {
  runs_.erase(run->name());
  if (!run->plan().request_id.empty()) by_request_.erase(run->plan().request_id);
  forgotten_.push_back(run);
}

// What is still being read keeps its output for as long as that takes, within reason.
void RunRegistry::DropWhatIsReadTooSlowly() {
  std::erase_if(forgotten_, [](const std::weak_ptr<Run>& run) { return run.expired(); });
  size_t bytes = 0;
  for (auto read = forgotten_.rbegin(); read != forgotten_.rend(); ++read) {
    const std::shared_ptr<Run> run = read->lock();
    if (run == nullptr) continue;
    bytes += run->journal().size_bytes();
    if (bytes > retention_.read_bytes) run->journal().Drop();
  }
}

size_t RunRegistry::unfinished() const {
  absl::MutexLock lock(&mutex_);
  return unfinished_;
}

void RunRegistry::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

}  // namespace skillrunner

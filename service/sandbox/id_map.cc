#include "sandbox/id_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "sandbox/namespaces.h"

namespace skillrunner::sandbox {
namespace {

StepResult Write(pid_t pid, const char* file, const std::string& content) {
  const UniqueFd fd(::open(absl::StrCat("/proc/", pid, "/", file).c_str(), O_WRONLY | O_CLOEXEC));
  SKILLRUNNER_STEP(fd.get(), absl::StrCat("open ", file));
  SKILLRUNNER_STEP(::write(fd.get(), content.data(), content.size()), absl::StrCat("write ", file));
  return std::nullopt;
}

StepResult WriteMaps(pid_t pid, const std::string& map) {
  SKILLRUNNER_TRY_STEP(Write(pid, "setgroups", "deny"));
  SKILLRUNNER_TRY_STEP(Write(pid, "uid_map", map));
  return Write(pid, "gid_map", map);
}

}  // namespace

StepResult MapIdRange(pid_t pid, uid_t own, uid_t first, uid_t count) {
  return WriteMaps(pid, absl::StrCat(kZygoteId, " ", own, " 1\n", kFirstHandedOutId, " ", first, " ", count, "\n"));
}

StepResult MapIdsOf(pid_t pid, uid_t outside) {
  static_assert(kInsideUid == kInsideGid);
  return WriteMaps(pid, absl::StrCat(kInsideUid, " ", outside, " 1\n"));
}

IdPool::IdPool(uid_t count) : free_(std::make_shared<std::deque<uid_t>>()) {
  for (uid_t i = 0; i < count; ++i) free_->push_back(kFirstHandedOutId + i);
}

StepResult IdPool::Take(Lease* lease) {
  if (free_->empty()) return StepFailed("take a user id: those of --sandbox-uids are all in use", EAGAIN);
  lease->Return();
  lease->id_ = free_->front();
  lease->free_ = free_;
  free_->pop_front();
  return std::nullopt;
}

IdPool::Lease& IdPool::Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  Return();
  free_ = std::move(other.free_);
  id_ = std::exchange(other.id_, kZygoteId);
  return *this;
}

void IdPool::Lease::Return() {
  if (free_ != nullptr) free_->push_back(id_);
  free_.reset();
  id_ = kZygoteId;
}

}  // namespace skillrunner::sandbox

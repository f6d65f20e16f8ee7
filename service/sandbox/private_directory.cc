#include "sandbox/private_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"

namespace skillrunner::sandbox {
namespace {

constexpr char kParent[] = "/tmp";
// Each level holds a descriptor; deeper directories are moved up.
constexpr int kDeepest = 64;

std::string Prefix() {
  return absl::StrCat("skill-runner-sandboxes-", ::geteuid(), "-");
}

// At most so many: a directory may hold millions.
std::vector<std::string> Names(int directory, size_t most = SIZE_MAX) {
  std::vector<std::string> names;
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(again == -1 ? nullptr : ::fdopendir(again), ::closedir);
  while (const dirent* entry = stream == nullptr || names.size() >= most ? nullptr : ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

// Whether the path still leads to the open directory.
bool IsThere(const std::string& path, int directory) {
  struct stat by_path {};
  struct stat by_descriptor {};
  return ::lstat(path.c_str(), &by_path) == 0 && ::fstat(directory, &by_descriptor) == 0 &&
         by_path.st_dev == by_descriptor.st_dev && by_path.st_ino == by_descriptor.st_ino;
}

// Removes what is in a directory, up to so many entries.
class Remover {
 public:
  Remover(int top, size_t most) : top_(top), left_(most) {}

  void Empty(int directory, int depth) {
    for (const std::string& name : Names(directory, left_)) {
      if (left_ == 0) return;
      if (::unlinkat(directory, name.c_str(), 0) == 0) {
        --left_;
        continue;
      }
      (void)!::fchmodat(directory, name.c_str(), 0700, 0);  // a directory: everything else is gone by now
      if (depth > kDeepest) {
        const std::string moved = absl::StrCat("moved-", MonotonicNanos());  // one that nothing there has
        if (::renameat(directory, name.c_str(), top_, moved.c_str()) == 0) --left_;
        continue;
      }
      const UniqueFd below(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (below.valid()) Empty(below.get(), depth + 1);
      if (left_ > 0 && ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) --left_;
    }
  }

  // Entries it has not removed or moved.
  size_t left() const { return left_; }

 private:
  const int top_;
  size_t left_;
};

// Whether nothing is left that could be removed.
bool RemoveSomeOf(const std::string& path) {
  constexpr size_t kAtOnce = 500;
  (void)!::chmod(path.c_str(), 0700);
  const UniqueFd top(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top.valid()) return true;
  Remover remover(top.get(), kAtOnce);
  size_t before = 0;
  do {  // what was moved to the top is looked at again
    before = remover.left();
    remover.Empty(top.get(), 0);
    if (::rmdir(path.c_str()) == 0) return true;
  } while (remover.left() > 0 && remover.left() < before);
  return remover.left() == kAtOnce;
}

}  // namespace

void RemoveTree(const std::string& path) {
  while (!RemoveSomeOf(path)) {
  }
}

bool PrivateDirectory::RemoveSome() {
  if (path_.empty() || RemoveSomeOf(path_)) path_.clear();
  return path_.empty();
}

PrivateDirectory::PrivateDirectory(PrivateDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PrivateDirectory& PrivateDirectory::operator=(PrivateDirectory&& other) noexcept {
  if (this == &other) return *this;
  Remove();
  path_ = std::exchange(other.path_, {});
  return *this;
}

void PrivateDirectory::Remove() {
  if (!path_.empty()) RemoveTree(path_);
  path_.clear();
}

StepResult PrivateDirectories::Open() {
  const UniqueFd parent(::open(kParent, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  SKILLRUNNER_STEP(parent.get(), absl::StrCat("open ", kParent));
  for (const std::string& name : Names(parent.get())) {
    if (!absl::StartsWith(name, Prefix())) continue;
    const UniqueFd left(::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!left.valid() || ::fstat(left.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
    if (::flock(left.get(), LOCK_EX | LOCK_NB) == 0) RemoveTree(absl::StrCat(kParent, "/", name));
  }
  // Until it is locked, others who start now take it for one that was left.
  do {
    SKILLRUNNER_TRY_STEP(TryToMake());
  } while (!lock_.valid());
  return std::nullopt;
}

StepResult PrivateDirectories::TryToMake() {
  std::string path = absl::StrCat(kParent, "/", Prefix(), "XXXXXX");
  SKILLRUNNER_STEP(::mkdtemp(path.data()) == nullptr ? -1 : 0, absl::StrCat("mkdtemp ", path));
  parent_ = PrivateDirectory(path);
  UniqueFd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  SKILLRUNNER_STEP_UNLESS(ENOENT, lock.get(), absl::StrCat("open ", path));
  if (!lock.valid()) return std::nullopt;
  const int locked = ::flock(lock.get(), LOCK_EX | LOCK_NB);
  SKILLRUNNER_STEP_UNLESS(EWOULDBLOCK, locked, absl::StrCat("flock of ", path));
  if (locked == 0 && IsThere(path, lock.get())) lock_ = std::move(lock);
  return std::nullopt;
}

StepResult PrivateDirectories::Make(const std::string& name, PrivateDirectory* made) const {
  const std::string path = absl::StrCat(parent_.path(), "/", name);
  SKILLRUNNER_STEP(::mkdir(path.c_str(), 0700), "mkdir of the sandbox");
  *made = PrivateDirectory(path);
  for (const char* below : {"/work", "/tmp"}) {
    SKILLRUNNER_STEP(::mkdir((path + below).c_str(), 0700), absl::StrCat("mkdir of the sandbox's ", below));
  }
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

// Directories for sandboxes that cannot mount any: one each, below /tmp, for this user only, gone with the sandbox.
// What a killed zygote left is removed by the next one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {

// Removes a directory with everything in it, however deep it is and whatever its permissions are. Nobody else may be at
// work in it. Best effort.
void RemoveTree(const std::string& path);

class PrivateDirectory {
 public:
  PrivateDirectory() = default;
  PrivateDirectory(PrivateDirectory&& other) noexcept;
  PrivateDirectory& operator=(PrivateDirectory&& other) noexcept;
  ~PrivateDirectory() { Remove(); }

  const std::string& path() const { return path_; }
  // Removes some of it: a few hundred entries, in about a millisecond or two. Whether nothing of it is left that could
  // be removed.
  bool RemoveSome();

 private:
  friend class PrivateDirectories;
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  void Remove();

  std::string path_;  // empty: none
};

class PrivateDirectories {
 public:
  // Makes the parent of them all, after it has removed what others left.
  StepResult Open();
  // With `work` and `tmp` in it.
  StepResult Make(const std::string& name, PrivateDirectory* made) const;
  const std::string& path() const { return parent_.path(); }

 private:
  // Does not set lock_ where another one has removed it at once.
  StepResult TryToMake();

  PrivateDirectory parent_;
  UniqueFd lock_;  // held while we live: nobody takes it for one that was left
};

}  // namespace skillrunner::sandbox

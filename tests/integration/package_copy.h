// Packages of Python that a service of every identity can read, and that anybody could write to if nothing but their
// permissions were in the way.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace skillrunner::testing {

// The repository's own, or, as root, a copy that goes with this object. Not in /tmp, which sandboxes have of their own.
class PackageCopy {
 public:
  PackageCopy() : path_(SKILL_RUNNER_TEST_PACKAGES_DIR) {
    namespace fs = std::filesystem;
    if (::geteuid() != 0) return;
    char copy[] = "/var/lib/skill-runner-test-XXXXXX";
    if (::mkdtemp(copy) == nullptr) {
      ADD_FAILURE() << "no directory can be made in /var/lib";
      return;
    }
    copied_ = true;
    fs::copy(path_, copy, fs::copy_options::recursive);
    path_ = copy;
    fs::permissions(path_, fs::perms::all);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
      fs::permissions(entry.path(), fs::perms::all);
    }
  }
  PackageCopy(const PackageCopy&) = delete;
  PackageCopy& operator=(const PackageCopy&) = delete;
  ~PackageCopy() {
    if (copied_) std::filesystem::remove_all(path_);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool copied_ = false;
};

}  // namespace skillrunner::testing

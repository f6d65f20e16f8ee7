// Keeps the files of the descriptor roots and makes snapshots of them. What has not changed is not read again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/descriptor_files.h"

namespace skillrunner::catalog {

struct LoadCounts {
  size_t files = 0;      // there are
  size_t read = 0;       // were read this time
  size_t kept_good = 0;  // are broken or unreadable: their last good content is served
};

class Loader {
 public:
  explicit Loader(std::vector<Root> roots);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  // Walks all roots, in order, and reads the files that are new or changed since the last time; what is read and has
  // the bytes it had is not parsed again. Never fails: what cannot be read is a diagnostic. Blocks on the disk. One
  // thread at a time.
  //
  // A file that was good and is broken now keeps its last good content, with the warning `kept-last-good`: it cannot be
  // read, is empty or too large, or its front matter, which could be read, cannot be any more. The same where a
  // directory cannot be read. A file that is gone is gone.
  //
  // `watch` gets a descriptor of each directory before it is listed, and of each file that a link leads to before it is
  // read.
  std::shared_ptr<const Snapshot> Load(const std::function<void(int fd)>& watch = nullptr);

  // Of the last Load().
  const LoadCounts& counts() const { return counts_; }

 private:
  struct File;
  class Visit;
  // Orders paths by the bytes of their components.
  struct PathLess {
    bool operator()(const std::string& a, const std::string& b) const;
  };
  using Files = std::map<std::string, File, PathLess>;

  void KeepUnreadable(size_t root, const std::vector<std::string>& unreadable);

  const std::vector<Root> roots_;
  std::vector<Files> files_;  // of each root
  LoadCounts counts_;
};

}  // namespace skillrunner::catalog

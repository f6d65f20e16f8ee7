// Follows the descriptor directories: a thread that waits for changes, reads what has changed and hands out the next
// snapshot.
//
//   LiveCatalog live(roots);                    // reads all, once, on this thread
//   CurrentCatalog catalog(live.snapshot());
//   live.Start([&](auto snapshot) { catalog.Publish(std::move(snapshot)); });
//
// An edit is in a snapshot within a second: inotify tells of it, and a few quiet milliseconds are waited for, because
// editors and checkouts write in several steps. Where the kernel watches no more directories, they are walked every
// second instead, less often where that takes long, and the log says so. A root that is replaced (a link to the next
// release, a directory deleted and made again) is found by its name once a second.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "catalog/catalog.h"
#include "catalog/descriptor_files.h"
#include "catalog/directory_watch.h"
#include "catalog/loader.h"

namespace skillrunner::catalog {

class LiveCatalog {
 public:
  // Called on the thread of the LiveCatalog.
  using OnChange = std::function<void(std::shared_ptr<const Snapshot>)>;

  // `watch` false: only walks, as where inotify is not to be had.
  explicit LiveCatalog(std::vector<Root> roots, bool watch = true);
  LiveCatalog(const LiveCatalog&) = delete;
  LiveCatalog& operator=(const LiveCatalog&) = delete;
  // Ends the thread, after the walk under way.
  ~LiveCatalog();

  // Of the first walk. Not after Start().
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_; }

  // Once. `on_change` gets every snapshot that differs from the one before.
  void Start(OnChange on_change);

 private:
  struct RootIdentity {
    int error = 0;
    uint64_t device = 0;
    uint64_t inode = 0;
    bool operator==(const RootIdentity&) const = default;
  };

  void Run();
  // Sleeps until `deadline` (MonotonicNanos), or until something happens. False: the end has come.
  bool Sleep(int64_t deadline) const;
  bool WaitUntilQuiet();
  void Reload();
  void Load();
  std::vector<RootIdentity> Identify() const;
  void ReportWatchProblem();

  const std::vector<Root> roots_;
  Loader loader_;
  std::unique_ptr<DirectoryWatch> watch_;  // null: only walks
  std::vector<RootIdentity> identities_;   // at the last walk
  std::shared_ptr<const Snapshot> snapshot_;
  std::string reported_problem_;
  int64_t walk_nanos_ = 0;  // what the last walk took
  int64_t walked_at_ = 0;   // when it ended
  OnChange on_change_;
  UniqueFd stop_;
  std::thread thread_;
};

}  // namespace skillrunner::catalog

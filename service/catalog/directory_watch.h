// Tells that something below the descriptor directories has changed, by inotify(7). It does not tell what: events get
// lost, arrive in any order and name files that are gone again. What there is now, a walk finds out (loader.h).
//
//   DirectoryWatch watch;
//   watch.BeginRound();
//   loader.Load([&](int fd) { watch.Add(fd); });  // before each directory is listed: no change is missed
//   watch.EndRound();
//   ... watch.fd() is readable: if (watch.TakeEvents()) walk again.
#pragma once

#include <set>
#include <string>

#include "base/unique_fd.h"

namespace skillrunner::catalog {

// One thread at a time.
class DirectoryWatch {
 public:
  // Where the kernel has no inotify instance to give (fs.inotify.max_user_instances counts per user), nothing is
  // watched; see problem().
  DirectoryWatch();

  // Readable when something happened; -1: nothing is watched.
  int fd() const { return inotify_.get(); }

  // Between the two, all that is to be watched is added: directories, and files that are read under another name than
  // theirs. Those of the round before that are not added again are let go.
  void BeginRound();
  void Add(int fd);
  void EndRound();

  // Takes what has happened. True: something that can matter to descriptors, or events were lost.
  bool TakeEvents();

  // Why directories of the last round are not watched, with what to do about it; empty: all are.
  const std::string& problem() const { return problem_; }

 private:
  UniqueFd inotify_;
  std::set<int> watched_;
  std::set<int> round_;
  std::string problem_;
};

}  // namespace skillrunner::catalog

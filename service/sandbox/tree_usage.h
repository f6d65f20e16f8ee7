// What a process tree uses, read from /proc: for hosts where no cgroup counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace skillrunner::sandbox {

struct TreeUsage {
  // Never falls. Of the living, of those they waited for, and of those last seen alive; granularity 10 ms. What a child
  // used after it was last seen is lost if its parent ignores SIGCHLD.
  int64_t cpu_nanos = 0;
  // Resident memory, and shared anonymous memory whether it is resident or not. Once the plain sum passes the limit,
  // pages that are shared count in proportion (Pss). Of a process that does not let itself be looked at: its address
  // space.
  int64_t memory_bytes = 0;
  int64_t tasks = 0;            // processes and threads
  bool loses_children = false;  // somebody ignores SIGCHLD, or has lost one
  int64_t look_nanos = 0;       // processor time that looking took
};

// The tree below `init`, itself excluded. Its init reaps orphans.
class TreeAccount {
 public:
  explicit TreeAccount(pid_t init) : init_(init) {}

  const TreeUsage& Look(int64_t memory_limit);

 private:
  // A pid may come again: the time it was started tells them apart.
  using Process = std::pair<pid_t, int64_t>;
  struct Member {
    pid_t pid = 0;
    pid_t living = 0;   // of its threads, one that is not over: by it the memory is seen
    size_t parent = 0;  // in `tree_`
    int depth = 0;
    int64_t started = 0;
    bool ignores_sigchld = false;
    int64_t resident = 0;  // bytes
  };
  // A process when it was last looked at.
  struct Seen {
    int64_t own_ticks = 0;
    int64_t waited_ticks = 0;
    int64_t waited_before = 0;  // when it was looked at before that
    int64_t ticks_of_gone = 0;  // what was added for children of its that are gone
    Process parent = {};
    bool parent_ignores = false;  // SIGCHLD
    int depth = 0;
  };

  static void LookByLivingThread(const std::vector<std::string>& threads, Member* member);
  void CountGone(std::map<Process, Seen> gone);
  int64_t Memory(int64_t limit);
  int64_t Proportional(int64_t resident, int64_t limit);

  const pid_t init_;
  std::vector<Member> tree_;  // as last looked at
  TreeUsage usage_;
  std::map<Process, Seen> seen_;
  int64_t ticks_of_gone_ = 0;
  bool lost_one_ = false;
  size_t first_looked_at_ = 0;  // for shared memory
  // The last proportional count, which is too dear to be made at every look.
  int64_t proportional_ = 0;
  int64_t resident_then_ = -1;  // -1: none was made
  int64_t next_count_at_ = 0;
};

}  // namespace skillrunner::sandbox

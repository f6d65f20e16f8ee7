// The part of the cgroup tree that the zygotes may manage. Made by the supervisor, which may hold the privilege for it,
// and handed to a zygote as directory descriptors: the zygote then needs none.
//
// v1: one directory for each of the hierarchies memory, pids and cpuacct. v2: one directory with the memory and pids
// controllers. Removed when this goes; what a killed supervisor left behind is removed by the next one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace skillrunner::sandbox {

class CgroupDelegation {
 public:
  // Makes directories below this process's own cgroups, owned by `uid`:`gid`. Moves this process into a leaf of its own
  // where v2 asks for it. FAILED_PRECONDITION with one sentence where this host does not let us.
  static absl::StatusOr<CgroupDelegation> Create(uid_t uid, gid_t gid);

  CgroupDelegation(CgroupDelegation&&) = default;
  CgroupDelegation& operator=(CgroupDelegation&&) = default;
  ~CgroupDelegation();

  // What the zygote's command line gets, such as `--cgroup=v1:memory:7`, when the descriptors of fds() become
  // `first_fd` and the following in it.
  std::vector<std::string> ZygoteFlags(int first_fd) const;
  std::vector<int> fds() const;

  // Removes the groups that a dead zygote's sandboxes have left; 0: those of all zygotes, none of which may be alive.
  void RemoveSandboxGroups(pid_t zygote) const;

 private:
  struct Hierarchy {
    std::string controller;  // v1: its name; v2: "unified"
    std::string path;
    UniqueFd directory;
    UniqueFd join;  // v2: cgroup.procs of the zygotes' own leaf, opened with the supervisor's rights
  };
  CgroupDelegation() = default;
  absl::Status AddV1(uid_t uid, gid_t gid);
  absl::Status AddV2(uid_t uid, gid_t gid);

  std::vector<Hierarchy> hierarchies_;
};

}  // namespace skillrunner::sandbox

// The cgroup of one sandbox, in the directories delegated to the zygote (cgroup_delegation.h). v1 and v2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "sandbox/step.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner::sandbox {

// The delegated directories, as the zygote got them.
class CgroupParent {
 public:
  // Parses the `--cgroup` flags of CgroupDelegation::ZygoteFlags() and takes their descriptors; joins the zygotes'
  // group (v2). No flags: there is no cgroup.
  static absl::StatusOr<CgroupParent> FromFlags(const std::vector<std::string>& flags);

  bool available() const { return !hierarchies_.empty(); }
  bool v2() const { return v2_; }

 private:
  friend class Cgroup;
  struct Hierarchy {
    std::string controller;
    UniqueFd directory;
  };
  const Hierarchy* Find(const char* controller) const;

  bool v2_ = false;
  std::vector<Hierarchy> hierarchies_;
};

// What the names of the groups of a zygote's sandboxes begin with.
inline std::string GroupPrefix(pid_t zygote) {
  return "run-" + std::to_string(zygote) + "-";
}

// One group. Removed when this goes, once its processes are gone. `parent` must outlive it.
class Cgroup {
 public:
  // Does nothing where the parent is not available.
  static StepResult Make(const CgroupParent& parent, uint64_t id, const SandboxLimits& limits, Cgroup* group);

  Cgroup() = default;
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&& other) noexcept;
  ~Cgroup();

  // v2: the group's directory for clone3(CLONE_INTO_CGROUP), else -1. Valid while this lives.
  int clone_fd() const { return directory_.get(); }
  // v1: in the sandbox's init, moves it into the group, before anything else.
  StepResult JoinFromInside() const;

  // Processor time of the tree so far; -1: not measured.
  int64_t CpuNanos() const;
  Counters Read() const;

 private:
  StepResult Prepare(const SandboxLimits& limits);
  int64_t ReadNumber(const char* controller, const char* file, const char* key) const;
  void Remove();

  const CgroupParent* parent_ = nullptr;
  std::string name_;
  UniqueFd directory_;
  std::vector<UniqueFd> procs_;
};

}  // namespace skillrunner::sandbox

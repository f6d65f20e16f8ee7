// The cgroup of one sandbox, in the directories delegated to the zygote (cgroup_delegation.h). v1 and v2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

  // In the zygote, once the init is there: it may have many of them.
  void CloseFiles();

  // v2: the group's directory for clone3(CLONE_INTO_CGROUP), else -1. Valid while this lives.
  int clone_fd() const { return directory_.get(); }
  // In the sandbox's init, before anything else: v1: moves it into the group. Opens what ReadFromInside() reads.
  StepResult JoinFromInside();
  // What is to stay open for it.
  std::vector<int> counter_fds() const;
  // In the init, which cannot reach the group's files by name any more.
  Counters ReadFromInside() const;

  // Processor time of the tree so far; -1: not measured.
  int64_t CpuNanos() const;
  Counters Read() const;

 private:
  StepResult Prepare(const SandboxLimits& limits);
  // One of the kernel's counters: a file, and the key of its line; an empty key: the file is one number.
  struct Counter {
    int64_t Counters::*into;
    const char* controller;
    const char* file;
    const char* key;
    int64_t unit;  // what the file's number is multiplied by
  };
  const std::vector<Counter>& AllCounters() const;
  void ReadFile(const Counter& counter, Counters* counters) const;
  static void Set(const Counter& counter, absl::string_view text, Counters* counters);
  void Remove();

  const CgroupParent* parent_ = nullptr;
  std::string name_;
  UniqueFd directory_;
  std::vector<UniqueFd> procs_;
  std::vector<UniqueFd> counter_files_;  // in the init: of AllCounters()
};

}  // namespace skillrunner::sandbox

// Makes sandboxes: forks an init into new namespaces and a cgroup of its own. Lives in a zygote: a single-threaded
// process in its own user and mount namespace, with the root file system already entered.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "sandbox/cgroup.h"
#include "sandbox/host_support.h"
#include "sandbox/id_map.h"
#include "sandbox/init.h"
#include "sandbox/launcher.h"
#include "sandbox/private_directory.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/step.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner::sandbox {

struct Sandbox {
  IdPool::Lease id;  // its user on the host, until nothing of it is left
  pid_t init_pid = -1;
  UniqueFd init_pidfd;
  Cgroup cgroup;
  PrivateDirectory directory;  // at level RESTRICTED
  // The server's ends.
  UniqueFd control;
  UniqueFd stdout_read;  // non-blocking
  UniqueFd stderr_read;  // non-blocking
};

struct FactoryOptions {
  CgroupParent cgroups;  // from the zygote's flags
  // No stronger level is used, even where the host gives one.
  IsolationLevel ceiling = IsolationLevel::kFull;
  // Socket to the supervisor, which maps ids into the zygote's user namespace; not valid: it cannot (id_map.h).
  UniqueFd id_mapper;
  uid_t ids = 0;  // how many it maps for sandboxes
  // Directories of the host that programs can read beside the system's, at their own paths.
  std::vector<std::string> shown;
  // Library that programs are started with at level RESTRICTED (service/preload); empty: none.
  std::string preload_library;
};

// Reads "auto", "full", "namespaced" or "restricted"; false: it is none of them.
bool ParseCeiling(absl::string_view text, IsolationLevel* level);

class Factory {
 public:
  // Enters the namespaces and the root, and probes what this host gives. The error names the step that failed and what
  // would help.
  static absl::StatusOr<Factory> Create(FactoryOptions options);

  // What the sandboxes made here enforce.
  const Hello& capabilities() const { return capabilities_; }

  // Ready or SetupFailed come over the control socket, from the sandbox itself.
  StepResult Make(uint64_t id, const SandboxLimits& limits, Launcher& launcher, Sandbox* made);

  // Ends every process of it; its init can be waited for soon.
  void Kill(const Sandbox& sandbox) const;
  // At level RESTRICTED, after an init has died: ends what it has left, which is whatever is below this process but not
  // below one of the living `inits`.
  void EndOrphans(const std::set<pid_t>& inits) const;

  bool restricted() const { return directories_.has_value(); }
  // Whether a cgroup counts processor time and memory; else the zygote does (tree_usage.h).
  bool has_cgroups() const { return cgroups_->available(); }

 private:
  Factory() = default;
  void DescribeCapabilities();

  IsolationLevel ceiling_ = IsolationLevel::kFull;
  // Into a user namespace with ids for every sandbox, if that can be had.
  StepResult EnterNamespaces(FactoryOptions& options);
  StepResult Clone(Sandbox* made, InitPlan plan);
  StepResult ProbeWithoutNamespaces();
  StepResult ProbeRestrictedWith(bool brokered, const PrivateDirectory& directory);
  void DescribeRestricted();
  RestrictedPlan RestrictedIn(const PrivateDirectory& directory) const;

  std::vector<std::string> shown_;
  std::string preload_library_;
  std::optional<PrivateDirectories> directories_;  // at level RESTRICTED only
  std::string no_namespaces_reason_;
  StepResult no_broker_;  // at level RESTRICTED

  UniqueFd own_pidfd_;  // by which an init sees that this process is gone
  std::optional<IdPool> ids_;
  std::string no_ids_reason_;
  std::unique_ptr<CgroupParent> cgroups_;  // sandboxes point to it
  SeccompFilter filter_;
  HostSupport support_;
  int landlock_version_ = 0;
  Hello capabilities_;
};

}  // namespace skillrunner::sandbox

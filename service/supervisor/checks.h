// What must hold before anything is started, and the descriptors that come out of it.
//
// The server and the zygotes run as users who may be unable to reach these paths (a directory below /root, say), so
// everything is opened here, with the supervisor's rights, and inherited.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "config/config.h"
#include "supervisor/child_process.h"

namespace skillrunner {

struct Prepared {
  Config config;  // interpreters resolved to absolute paths, node and bash empty where not found; no Python
                  // profiles where the interpreter is not the one that is built in
  std::vector<UniqueFd> skills;  // in the order of config.skills
  UniqueFd state;                // DIR/server of the state directory: the server's to write, mode 0700
  UniqueFd lock;                 // held: no second service with this state directory
  UniqueFd server_executable;
  UniqueFd zygote_executable;         // skill-zygote-exec
  UniqueFd python_zygote_executable;  // skill-zygote-python; not valid where there are no Python profiles
  // Where the service was started as root: whom to become.
  std::optional<Identity> server_identity;
  std::optional<Identity> sandbox_identity;
};

// Checks in this order: skills directories, interpreters, state directory and its lock, executables, port file. The
// first that fails is the error: one sentence that names the flag to change. Creates the state directory.
absl::StatusOr<Prepared> Prepare(const Config& config);

}  // namespace skillrunner

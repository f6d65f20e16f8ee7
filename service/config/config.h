// Every setting of the service, and how it is given.
//
// One table (knobs.cc) holds each flag with its default and help text; the environment variable of `--some-flag` is
// `SKILL_RUNNER_SOME_FLAG`. A flag wins over its variable, a variable over the default; an empty variable counts as not
// set. `skill-runner` and `skill-server` parse the same flags with this code: the supervisor hands its resolved
// settings on with `ToFlags`, so the server needs no environment.
//
// Plain values, no threads, no lifetime. Nothing here looks at the system beyond what a default needs (`./skills`,
// home directory, own executable, number of CPUs): whether paths exist is checked by the supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "config/values.h"

namespace skillrunner {

// Less than this, of memory, disk or open files, and no interpreter starts. Also those that a request may ask for.
inline constexpr int64_t kLeastMemory = 16 << 20;
inline constexpr int64_t kLeastDisk = 64 << 10;
inline constexpr int64_t kLeastOpenFiles = 16;

// Limits of one run; the units are those of the API's `Limits`.
struct RunLimits {
  absl::Duration wall_time;
  absl::Duration cpu_time;
  int64_t memory_bytes = 0;
  int64_t processes = 0;
  int64_t output_bytes = 0;
  int64_t disk_bytes = 0;
  int64_t open_files = 0;
};

// Paths are absolute after parsing. Defaults stand in the table.
struct Config {
  ListenAddress listen;
  bool listen_beyond_loopback_without_credentials = false;
  std::vector<std::string> skills;  // at least one
  std::string state_dir;
  std::string port_file;  // empty: none
  log::Level log_level = log::Level::kInfo;
  std::string libexec_dir;
  // Absolute paths, or bare names that the supervisor looks up on kStandardPath. Empty (`none`): no such runtime.
  std::string python;
  std::string node;
  std::string bash;
  std::vector<std::string> python_packages;  // directories of packages or virtual environments; see profiles.h
  std::vector<std::string> python_profiles;  // see profiles.h; none: no warm interpreters
  int64_t learnt_python_profiles = 0;        // most of them
  std::string isolation;                     // strongest level to use: auto, full, namespaced or restricted

  RunLimits default_limits;
  RunLimits max_limits;
  int64_t max_running = 0;
  int64_t max_queued = 0;
  int64_t retained_runs = 0;
  int64_t retained_output_bytes = 0;
  int64_t ready_sandboxes = 0;
  int64_t max_ready_sandboxes = 0;

  int64_t rpc_threads = 0;
  absl::Duration shutdown_grace;
  int64_t server_uid = 0;
  int64_t sandbox_uid = 0;
  int64_t sandbox_uids = 0;

  // Given by the supervisor to the server only; -1 and empty elsewhere.
  int64_t control_fd = -1;
  int64_t state_fd = -1;
  std::vector<int> skills_fds;  // as many as `skills`, in the same order
};

// Where interpreters given by bare name are looked for, and PATH of every child.
inline constexpr char kStandardPath[] = "/usr/local/bin:/usr/bin:/bin";

// Exit code of a process that refuses its flags or environment.
inline constexpr int kUsageExitCode = 2;

struct ParseResult {
  Config config;
  std::optional<std::string> print;   // --help or --version: print this and exit 0; `config` is not filled
  std::vector<std::string> warnings;  // SKILL_RUNNER_ variables that name no flag
};

// Reads flags and environment. Error: INVALID_ARGUMENT whose message is one sentence that names the flag or variable.
absl::StatusOr<ParseResult> ParseCommandLine(int argc, const char* const* argv);

// `--flag=value` for every setting that has a value: in an empty environment, parsing them gives `config` again.
std::vector<std::string> ToFlags(Config config);

// Version of this build, such as "0.1.0".
absl::string_view Version();

}  // namespace skillrunner

// What a command prints: for asking interpreters and compilers about themselves.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace skillrunner {

struct CommandOptions {
  std::vector<std::string> environment;  // KEY=value, all of it
  bool with_stderr = false;              // what it writes there is part of the answer
  size_t max_bytes = 4 << 20;            // what is beyond is dropped
  absl::Duration patience = absl::Seconds(20);
};

// Runs `words` (an absolute path and its arguments) in `/` with an empty input. None: it could not be started, did not
// end with exit code 0, or ran out of patience, in which case its process group is killed.
//
// Blocks: call it from a thread that may wait. It does not fork: processes with threads may call it.
std::optional<std::string> CommandOutput(const std::vector<std::string>& words, const CommandOptions& options);

}  // namespace skillrunner

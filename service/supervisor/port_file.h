// The file of --port-file: scripts wait for it and read the port from it. An empty path means none; everything is then
// a no-op. Errors are one sentence that names the flag.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace skillrunner {

// Checks that the file can be written, and removes one that an earlier service left, so that nobody reads its port.
absl::Status ClearPortFile(const std::string& path);

// Writes "PORT\n" by rename, mode 0644: readers see the whole content or no file.
absl::Status WritePortFile(const std::string& path, int port);

void RemovePortFile(const std::string& path);

}  // namespace skillrunner

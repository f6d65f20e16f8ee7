// Small file helpers over system calls. Errors are statuses that name the path and the cause.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace skillrunner {

// Status for a failed system call: `what` and the text of `error_number`, with the matching code.
absl::Status ErrnoStatus(int error_number, absl::string_view what);
// Keeps `error_number` in a status of any text; and reads it from a status made by either. 0: it has none.
absl::Status WithErrno(absl::Status status, int error_number);
int ErrnoOf(const absl::Status& status);

// Opens with O_CLOEXEC. `directory` may be AT_FDCWD.
absl::StatusOr<UniqueFd> OpenAt(int directory, const std::string& path, int flags, mode_t mode = 0);

// Reads a whole file, such as one of procfs or cgroupfs; fails with RESOURCE_EXHAUSTED beyond `max_bytes`.
absl::StatusOr<std::string> ReadFileAt(int directory, const std::string& path, size_t max_bytes = 1 << 20);

// Writes all of `content` to an existing file with one write: what procfs and cgroupfs want.
absl::Status WriteFileAt(int directory, const std::string& path, absl::string_view content);

// Writes all bytes to a descriptor, however many calls it takes.
absl::Status WriteAll(int fd, absl::string_view bytes);

// A sealed, close-on-exec memory file that holds `content`.
absl::StatusOr<UniqueFd> MakeMemfd(const char* name, absl::string_view content);

}  // namespace skillrunner

#include "supervisor/port_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace skillrunner {
namespace {

absl::Status CannotWrite(const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat("--port-file=", path, " cannot be written: ", ::strerror(error)));
}

// Writes beside `path` a file that is renamed to it or removed again.
absl::StatusOr<std::string> WriteBeside(const std::string& path, absl::string_view content) {
  const std::string temporary = absl::StrCat(path, ".", ::getpid(), ".tmp");
  ::unlink(temporary.c_str());
  UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return CannotWrite(path, errno);
  if (!WriteAll(fd.get(), content).ok() || ::fchmod(fd.get(), 0644) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return CannotWrite(path, error);
  }
  return temporary;
}

}  // namespace

absl::Status ClearPortFile(const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return CannotWrite(path, EISDIR);
  ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, "0\n"));
  ::unlink(temporary.c_str());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return CannotWrite(path, errno);
  return absl::OkStatus();
}

absl::Status WritePortFile(const std::string& path, int port) {
  if (path.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, absl::StrCat(port, "\n")));
  if (::rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  ::unlink(temporary.c_str());
  return CannotWrite(path, error);
}

void RemovePortFile(const std::string& path) {
  if (!path.empty()) ::unlink(path.c_str());
}

}  // namespace skillrunner

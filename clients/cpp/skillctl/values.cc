#include "skillctl/values.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "skillrunner_client/names.h"

namespace skillrunner::skillctl {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

absl::Status Bad(absl::string_view value, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' ", why));
}

absl::StatusOr<std::string> ReadDescriptor(int fd, const std::string& path, size_t most) {
  std::string content;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, absl::StrCat("cannot read ", path));
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > most) {
      return absl::OutOfRangeError(absl::StrCat(path, " is larger than the ", most, " bytes the service takes"));
    }
  }
}

absl::StatusOr<UniqueFd> OpenForReading(const std::string& path) {
  auto fd = OpenAt(AT_FDCWD, path, O_RDONLY);
  if (fd.ok()) {
    struct stat info {};
    if (::fstat(fd->get(), &info) == 0 && S_ISDIR(info.st_mode)) {
      return ErrnoStatus(EISDIR, absl::StrCat("cannot read ", path));
    }
  }
  return fd;
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration == absl::InfiniteDuration()) {
    return Bad(text, "is not a duration: give a number with a unit, such as 500ms, 10s or 1h30m");
  }
  if (duration <= absl::ZeroDuration()) return Bad(text, "is not above zero");
  return duration;
}

absl::StatusOr<int64_t> ParseSize(absl::string_view text) {
  constexpr char kWanted[] = "is not a size: give whole bytes, or a unit such as 64KiB, 64MiB or 1GiB";
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  int64_t number = 0;
  if (digits == 0 || !absl::SimpleAtoi(text.substr(0, digits), &number)) return Bad(text, kWanted);
  static constexpr struct {
    const char* unit;
    int64_t bytes;
  } kUnits[] = {{"", 1},
                {"b", 1},
                {"k", int64_t{1} << 10},
                {"kib", int64_t{1} << 10},
                {"kb", 1000},
                {"m", int64_t{1} << 20},
                {"mib", int64_t{1} << 20},
                {"mb", 1000 * 1000},
                {"g", int64_t{1} << 30},
                {"gib", int64_t{1} << 30},
                {"gb", 1000 * 1000 * 1000}};
  for (const auto& [unit, bytes] : kUnits) {
    if (!absl::EqualsIgnoreCase(text.substr(digits), unit)) continue;
    if (number == 0) return Bad(text, "is not above zero");
    if (number > std::numeric_limits<int64_t>::max() / bytes) return Bad(text, "is too large");
    return number * bytes;
  }
  return Bad(text, kWanted);
}

absl::StatusOr<std::pair<std::string, std::string>> ParseKeyValue(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || equals == 0) return Bad(text, "is not KEY=VALUE");
  return std::make_pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

absl::StatusOr<v1::IsolationLevel> ParseIsolation(absl::string_view text) {
  if (text == "full") return v1::ISOLATION_LEVEL_FULL;
  if (text == "namespaced") return v1::ISOLATION_LEVEL_NAMESPACED;
  if (text == "restricted") return v1::ISOLATION_LEVEL_RESTRICTED;
  return Bad(text, "is not an isolation level: give full, namespaced or restricted");
}

absl::Status CheckAddress(absl::string_view address) {
  if (absl::StrContains(address, "://")) {
    return Bad(address, "is a URL: give HOST:PORT, such as 127.0.0.1:50051 (there is no TLS in this version)");
  }
  for (const char* scheme : {"unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(address, scheme)) return absl::OkStatus();
  }
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || colon == 0 || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 1 || port > 65535) {
    return Bad(address, "is not an address: give HOST:PORT, such as 127.0.0.1:50051");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::InputFile> ReadInputFile(const std::string& spec) {
  std::string local = spec;
  std::string remote;
  const size_t colon = spec.rfind(':');
  if (colon != std::string::npos && ::access(spec.c_str(), F_OK) != 0) {
    local = spec.substr(0, colon);
    remote = spec.substr(colon + 1);
    if (local.empty() || remote.empty()) return Bad(spec, "is not LOCAL[:REMOTE]");
  }
  if (remote.empty()) remote = std::string(client::LastId(local));
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenForReading(local));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, absl::StrCat("cannot read ", local));
  v1::InputFile file;
  ASSIGN_OR_RETURN(*file.mutable_content(), ReadDescriptor(fd.get(), local, kMostFileBytes));
  file.set_path(remote);
  file.set_executable((info.st_mode & S_IXUSR) != 0);
  return file;
}

absl::StatusOr<std::string> ReadFileOrStdin(const std::string& path, size_t most) {
  if (path == "-") return ReadDescriptor(STDIN_FILENO, "standard input", most);
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenForReading(path));
  return ReadDescriptor(fd.get(), path, most);
}

}  // namespace skillrunner::skillctl

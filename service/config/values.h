// Text to value and back, for the kinds of values that settings have. Errors are INVALID_ARGUMENT and say what was
// expected; the caller puts the name of the flag in front.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace skillrunner {

// Where to listen. An IPv6 host is written in brackets: [::1]:50051.
struct ListenAddress {
  std::string host;  // without brackets
  int port = 0;      // 0: the system picks one

  std::string ToString() const;
  // True where only this machine can connect: 127.0.0.0/8, ::1, localhost. A name that has to be looked up is not.
  bool IsLoopback() const;
};

absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text);

// As absl::ParseDuration ("500ms", "10s", "1h30m"), but neither negative nor infinite.
absl::StatusOr<absl::Duration> ParseDurationValue(absl::string_view text);

// A number of bytes, plain or with B, KiB, MiB or GiB. `FormatSize` writes the largest unit that is exact.
absl::StatusOr<int64_t> ParseSize(absl::string_view text);
std::string FormatSize(int64_t bytes);

absl::StatusOr<int64_t> ParseInteger(absl::string_view text);
absl::StatusOr<bool> ParseBool(absl::string_view text);

// Non-empty parts between commas; empty ones are left out.
std::vector<std::string> SplitList(absl::string_view text);

}  // namespace skillrunner

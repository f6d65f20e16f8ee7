// Values of options: durations, sizes, KEY=VALUE, files. INVALID_ARGUMENT with a sentence for a wrong value; other
// codes where a file could not be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner::skillctl {

// `500ms`, `10s`, `1.5m`, `1h30m`: finite and above zero, always with a unit.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// `1048576`, `64KiB`, `64MiB`, `1GiB` (powers of 1024; `K`, `M`, `G` likewise), `64KB`, `64MB`, `1GB` (powers of 1000),
// in any case: whole and above zero, in bytes.
absl::StatusOr<int64_t> ParseSize(absl::string_view text);

// `KEY=VALUE`; the value may be empty and hold further `=`.
absl::StatusOr<std::pair<std::string, std::string>> ParseKeyValue(absl::string_view text);

// `restricted`, `namespaced`, `full`.
absl::StatusOr<itzamna::skillrunner::v1::IsolationLevel> ParseIsolation(absl::string_view text);

// `HOST:PORT`, or an address with a scheme, such as `unix:/path`.
absl::Status CheckAddress(absl::string_view address);

// `LOCAL[:REMOTE]`: reads LOCAL, keeps whether it may be executed, and names it REMOTE, else as LOCAL without
// directories. A LOCAL that holds a colon is understood where such a file exists.
absl::StatusOr<itzamna::skillrunner::v1::InputFile> ReadInputFile(const std::string& spec);

// A whole file, or standard input for `-`. OUT_OF_RANGE beyond `most` bytes.
absl::StatusOr<std::string> ReadFileOrStdin(const std::string& path, size_t most);

// What the service takes; larger files are refused before they are sent.
inline constexpr size_t kMostStdinBytes = size_t{1} << 20;
inline constexpr size_t kMostSourceBytes = size_t{1} << 20;
inline constexpr size_t kMostFileBytes = size_t{2} << 20;

}  // namespace skillrunner::skillctl

#include "config/values.h"

#include <arpa/inet.h>

#include <cstddef>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace skillrunner {
namespace {

constexpr struct {
  const char* suffix;
  int64_t bytes;
} kSizeUnits[] = {{"GiB", int64_t{1} << 30}, {"MiB", int64_t{1} << 20}, {"KiB", int64_t{1} << 10}, {"B", 1}};

absl::Status Expected(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not ", what));
}

bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace

std::string ListenAddress::ToString() const {
  return host.find(':') == std::string::npos ? absl::StrCat(host, ":", port) : absl::StrCat("[", host, "]:", port);
}

bool ListenAddress::IsLoopback() const {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text) {
  constexpr absl::string_view kExpected = "HOST:PORT, such as 127.0.0.1:50051 or [::1]:0";
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return Expected(text, kExpected);
  absl::string_view host = text.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  ListenAddress address{std::string(host), 0};
  in6_addr v6{};
  const bool host_ok = bracketed ? ::inet_pton(AF_INET6, address.host.c_str(), &v6) == 1 : IsHostName(host);
  if (!host_ok) return Expected(text, kExpected);
  const absl::string_view port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(port, &address.port) || address.port > 65535) {
    return Expected(text, absl::StrCat(kExpected, ": the port is a number from 0 to 65535"));
  }
  return address;
}

absl::StatusOr<absl::Duration> ParseDurationValue(absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return Expected(text, "a duration such as 500ms, 10s or 5m");
  }
  return duration;
}

absl::StatusOr<int64_t> ParseSize(absl::string_view text) {
  constexpr absl::string_view kExpected = "a size such as 4096, 64KiB, 512MiB or 1GiB";
  absl::string_view number = text;
  int64_t unit_bytes = 1;
  for (const auto& unit : kSizeUnits) {
    if (absl::ConsumeSuffix(&number, unit.suffix)) {
      unit_bytes = unit.bytes;
      break;
    }
  }
  int64_t count = 0;
  if (!absl::SimpleAtoi(number, &count) || count < 0 || count > std::numeric_limits<int64_t>::max() / unit_bytes) {
    return Expected(text, kExpected);
  }
  return count * unit_bytes;
}

std::string FormatSize(int64_t bytes) {
  for (const auto& unit : kSizeUnits) {
    if (bytes != 0 && unit.bytes > 1 && bytes % unit.bytes == 0) return absl::StrCat(bytes / unit.bytes, unit.suffix);
  }
  return absl::StrCat(bytes);
}

absl::StatusOr<int64_t> ParseInteger(absl::string_view text) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) return Expected(text, "a whole number");
  return value;
}

absl::StatusOr<bool> ParseBool(absl::string_view text) {
  bool value = false;
  if (!absl::SimpleAtob(text, &value)) return Expected(text, "true or false");
  return value;
}

std::vector<std::string> SplitList(absl::string_view text) {
  return absl::StrSplit(text, ',', absl::SkipWhitespace());
}

}  // namespace skillrunner

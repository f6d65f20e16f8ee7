#include "skillrunner_client/text.h"

#include <utf8proc.h>

#include "absl/strings/str_format.h"

namespace skillrunner::client {
namespace {

struct Decoded {
  utf8proc_int32_t code_point = -1;  // -1: not UTF-8
  size_t bytes = 1;
};

Decoded DecodeFirst(absl::string_view text) {
  Decoded decoded;
  const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                   static_cast<utf8proc_ssize_t>(text.size()), &decoded.code_point);
  if (length <= 0) return Decoded{};
  decoded.bytes = static_cast<size_t>(length);
  return decoded;
}

bool MustBeEscaped(utf8proc_int32_t code_point) {
  constexpr utf8proc_int32_t kZeroWidthNonJoiner = 0x200c;
  constexpr utf8proc_int32_t kZeroWidthJoiner = 0x200d;
  if (code_point == kZeroWidthNonJoiner || code_point == kZeroWidthJoiner) return false;
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string EscapeForTerminal(absl::string_view text, Lines lines) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = DecodeFirst(text);
    const absl::string_view bytes = text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
    if (next.code_point < 0) {
      result += "\xef\xbf\xbd";
    } else if (next.code_point == '\r' && !text.empty() && text.front() == '\n') {
      continue;
    } else if (next.code_point == '\n' || next.code_point == '\t') {
      result += lines == Lines::kKeep ? static_cast<char>(next.code_point) : ' ';
    } else if (!MustBeEscaped(next.code_point)) {
      result.append(bytes.data(), bytes.size());
    } else if (next.code_point < 0x100) {
      absl::StrAppendFormat(&result, "\\x%02x", static_cast<unsigned>(next.code_point));
    } else {
      absl::StrAppendFormat(&result, "\\u%04x", static_cast<unsigned>(next.code_point));
    }
  }
  return result;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Decoded next = DecodeFirst(text);
    text.remove_prefix(next.bytes);
    width += next.code_point < 0 ? 1 : static_cast<size_t>(utf8proc_charwidth(next.code_point));
  }
  return width;
}

std::string ClipToWidth(absl::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  size_t width = 0;
  size_t bytes = 0;
  while (bytes < text.size()) {
    const Decoded next = DecodeFirst(text.substr(bytes));
    const size_t more = next.code_point < 0 ? 1 : static_cast<size_t>(utf8proc_charwidth(next.code_point));
    if (width + more + 1 > columns) break;
    width += more;
    bytes += next.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace skillrunner::client

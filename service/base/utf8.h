// UTF-8 as the Unicode standard defines it (table 3-7: no surrogates, no overlong forms, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace skillrunner {

struct Utf8Prefix {
  size_t valid_bytes = 0;  // length of the longest prefix made of whole, valid characters
  bool incomplete =
      false;  // what follows the prefix is the beginning of a valid character, cut by the end of the input
};

Utf8Prefix ScanUtf8(absl::string_view bytes);

inline bool IsValidUtf8(absl::string_view bytes) {
  return ScanUtf8(bytes).valid_bytes == bytes.size();
}

// The text with each byte that belongs to no valid character replaced by U+FFFD.
std::string ReplaceInvalidUtf8(absl::string_view bytes);

}  // namespace skillrunner

// Text that others wrote (descriptors, names, error messages) made safe for a terminal. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace skillrunner::client {

// What becomes of line breaks and tabs.
enum class Lines {
  kJoin,  // each becomes one space: for table cells and one-line messages
  kKeep,  // `\n` and `\t` stay, the `\r` of `\r\n` goes: for sources and prose
};

// The text with every character that could steer a terminal or disguise other text written out (`\x1b`, `\u202e`):
// controls, C1 controls, bidirectional and other format characters except the two joiners that scripts need, line and
// paragraph separators. Bytes that are not UTF-8 become U+FFFD.
std::string EscapeForTerminal(absl::string_view text, Lines lines = Lines::kJoin);

// Columns the (escaped) text takes in a terminal; combining characters take none, wide ones two.
size_t DisplayWidth(absl::string_view text);

// The text if it fits into `columns`, else as much of it as does with `…` behind it. Never cuts a character.
std::string ClipToWidth(absl::string_view text, size_t columns);

}  // namespace skillrunner::client

// Python source as tokens, good enough to see which names a block binds and uses. Lenient: any bytes give tokens.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxPythonBytes = 128 << 10;  // of a block; what is behind is not looked at

struct PythonToken {
  enum class Kind { kName, kNumber, kString, kOperator };
  Kind kind = Kind::kOperator;
  std::string text;  // of a string: its value between the quotes, escapes as written
  int line = 0;      // from 1
  int column = 0;    // from 1, in bytes
  int depth = 0;     // of open brackets around it; a bracket itself has the depth outside it
};

// A statement (or a compound statement's head), brackets and continuation lines joined.
struct PythonLine {
  std::vector<PythonToken> tokens;  // never empty
  int indent = 0;                   // columns before it
  int line = 0;
};

struct PythonComment {
  std::string text;  // from `#` on
  int line = 0;
  int column = 0;
  bool alone = false;  // nothing but blanks before it
};

struct PythonSource {
  std::vector<PythonLine> lines;
  std::vector<PythonComment> comments;
};

// Linear time. Expressions inside f-strings are tokens of their line, in brackets of their own. At most
// kMaxPythonBytes are read.
PythonSource LexPython(absl::string_view source);

// Whether `text` is a keyword of Python 3.
bool IsPythonKeyword(absl::string_view text);

}  // namespace skillrunner::catalog

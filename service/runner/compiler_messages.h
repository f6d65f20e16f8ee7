// What compilers say: gcc, go, javac, kotlinc and esbuild, each in its own way.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner {

struct CompilerMessage {
  bool error = true;  // else a warning
  std::string text;
  int line = 0;    // of the source, from 1; 0: none is named
  int column = 0;  // from 1; 0: none is named
};

// The messages about the file of that name, in order, at most 100; those about the program as a whole, such as a
// missing entry point, without a line.
std::vector<CompilerMessage> ReadCompilerMessages(absl::string_view file, absl::string_view text);

}  // namespace skillrunner

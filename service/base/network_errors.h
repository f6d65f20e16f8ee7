// What programs print when a name cannot be resolved or a host not be reached.
#pragma once

#include "absl/strings/string_view.h"

namespace skillrunner {

// Explains why a program failed; does not prove it: the text is the program's own.
bool TellsOfNoNetwork(absl::string_view text);

}  // namespace skillrunner

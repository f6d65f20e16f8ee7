// Content hashes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// SHA-256 in lower-case hex.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace skillrunner::catalog

// "Did you mean": names close to a wrong one.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner {

// Up to `most` of `candidates`, nearest first: those that contain `wanted` or are contained in it, and those within an
// edit distance (Levenshtein) of a third of its length, at least 2. Inputs beyond 256 bytes have no near names.
std::vector<std::string> NearNames(absl::string_view wanted, const std::vector<std::string>& candidates,
                                   size_t most = 3);

}  // namespace skillrunner

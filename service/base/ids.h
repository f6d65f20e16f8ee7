// Identifiers of resources.
#pragma once

#include <string>

namespace skillrunner {

// A new id: 26 characters [0-9a-z], the first ten from the time in milliseconds, so that ids sort by creation; the rest
// from getrandom(2), so that they cannot be guessed. The layout of a ULID (github.com/ulid/spec), in lower case.
std::string NewSortableId();

}  // namespace skillrunner

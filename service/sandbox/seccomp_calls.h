// The system calls that programs may make, by name; and those that are known and refused (seccomp_filter.h).
#pragma once

#include "absl/types/span.h"

namespace skillrunner::sandbox {

// At some levels, or with some arguments, fewer.
absl::Span<const char* const> AllowedCalls();

// EPERM rather than ENOSYS: programs would take that for "try another way".
absl::Span<const char* const> ForbiddenCalls();

}  // namespace skillrunner::sandbox

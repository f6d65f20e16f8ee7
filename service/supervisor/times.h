// Times of the supervisor: monotonic nanoseconds.
#pragma once

#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "base/clock.h"

namespace skillrunner {

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

inline int64_t After(absl::Duration wait) {
  return MonotonicNanos() + absl::ToInt64Nanoseconds(wait);
}

inline absl::Duration Since(int64_t time) {
  return absl::Nanoseconds(MonotonicNanos() - time);
}

}  // namespace skillrunner

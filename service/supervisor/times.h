// Times of the supervisor: monotonic nanoseconds.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"

namespace skillrunner {

inline int64_t After(absl::Duration wait) {
  return MonotonicNanos() + absl::ToInt64Nanoseconds(wait);
}

inline absl::Duration Since(int64_t time) {
  return absl::Nanoseconds(MonotonicNanos() - time);
}

}  // namespace skillrunner

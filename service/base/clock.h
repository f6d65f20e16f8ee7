// Time as this project uses it: wall-clock time for people, monotonic time for limits.
#pragma once

#include <time.h>

#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace skillrunner {

// Nanoseconds of CLOCK_MONOTONIC: never jumps, comparable between processes of this host.
inline int64_t MonotonicNanos() {
  timespec ts{};
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace skillrunner

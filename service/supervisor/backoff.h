// How long to wait before a process that died is started again.
//
// The first restart is immediate; while the process keeps dying young, the wait starts at 100 ms and doubles up to 5 s.
// A life of 10 s or more starts over. Plain value, not thread-safe.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace skillrunner {

class Backoff {
 public:
  // The process died after `lived`: the wait before the next start.
  absl::Duration Next(absl::Duration lived) {
    if (lived >= kLongLife) quick_deaths_ = 0;
    ++quick_deaths_;
    if (quick_deaths_ == 1) return absl::ZeroDuration();
    return std::min(kMost, kFirst * (1 << std::min(quick_deaths_ - 2, 10)));
  }

  // Deaths in a row of which none but perhaps the first ended a long life.
  int quick_deaths() const { return quick_deaths_; }

 private:
  static constexpr absl::Duration kLongLife = absl::Seconds(10);
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kMost = absl::Seconds(5);

  int quick_deaths_ = 0;
};

}  // namespace skillrunner

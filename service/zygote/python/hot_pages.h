// The pages of this process that a copy of it writes to sooner or later, whatever it does: reference counts are all
// over the heap of an interpreter. Learnt once, by watching a copy; a later copy then gets its own of all of them in a
// few calls, rather than by hundreds of page faults.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace skillrunner::python {

class HotPages {
 public:
  // Forks, calls `live` in the child, and notes which pages it has then written to (/proc/self/pagemap: "page
  // exclusively mapped"). Knows none where the child ends early or takes longer than it has, or pagemap cannot be read.
  // What the child writes to its streams goes nowhere. The process must have one thread.
  static HotPages Learn(const std::function<void()>& live, int64_t patience_nanos = 5'000'000'000);

  bool known() const { return !ranges_.empty(); }
  // In a copy: makes its own pages of them (MADV_POPULATE_WRITE, Linux 5.14). False: this kernel cannot.
  bool Populate() const;

 private:
  struct Range {
    uintptr_t begin;
    uintptr_t end;
  };
  std::vector<Range> ranges_;
};

}  // namespace skillrunner::python

// What changed from one snapshot to the next.
#pragma once

#include <memory>
#include <vector>

#include "catalog/catalog.h"

namespace skillrunner::catalog {

struct Change {
  enum class Kind {
    kAdded,
    kUpdated,  // another revision, or other diagnostics
    kRemoved,
    kBroken,  // a file of it is broken: it stays at its last good revision
  };
  Kind kind = Kind::kAdded;
  std::shared_ptr<const Skill> before;  // null: kAdded
  std::shared_ptr<const Skill> after;   // null: kRemoved
};

// Ordered by id. Skills that both snapshots share cost a comparison of two pointers. Pure, any thread.
std::vector<Change> Compare(const Snapshot& before, const Snapshot& after);

// Whether there is nothing to tell the two apart by: neither skills nor documents nor diagnostics.
bool SameContent(const Snapshot& before, const Snapshot& after);

}  // namespace skillrunner::catalog

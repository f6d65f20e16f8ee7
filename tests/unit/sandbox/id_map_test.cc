#include "sandbox/id_map.h"

#include <gmock/gmock.h>

#include <set>
#include <utility>
#include <vector>

namespace skillrunner::sandbox {
namespace {

TEST(IdPool, GivesEachIdOnceAndFailsWhenAllAreInUse) {
  IdPool pool(3);
  std::vector<IdPool::Lease> leases(3);
  std::set<uid_t> ids;
  for (IdPool::Lease& lease : leases) {
    EXPECT_FALSE(pool.Take(&lease));
    ids.insert(lease.id());
  }
  EXPECT_EQ(ids.size(), 3U);
  IdPool::Lease none;
  const StepResult failed = pool.Take(&none);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error, EAGAIN);
  leases[1] = {};
  EXPECT_FALSE(pool.Take(&none));
}

TEST(IdPool, IdRestsLongestBeforeItIsGivenAgain) {
  IdPool pool(3);
  IdPool::Lease first;
  ASSERT_FALSE(pool.Take(&first));
  const uid_t id = first.id();
  first = {};
  for (int i = 0; i < 2; ++i) {
    IdPool::Lease other;
    ASSERT_FALSE(pool.Take(&other));
    EXPECT_NE(other.id(), id);
  }
  ASSERT_FALSE(pool.Take(&first));
  EXPECT_EQ(first.id(), id);
}

TEST(IdPool, LeaseMayOutliveItsPoolAndMove) {
  IdPool::Lease kept;
  {
    IdPool pool(1);
    IdPool::Lease lease;
    ASSERT_FALSE(pool.Take(&lease));
    kept = std::move(lease);
    EXPECT_TRUE(pool.Take(&lease));
  }
  EXPECT_EQ(kept.id(), kFirstHandedOutId);
}

}  // namespace
}  // namespace skillrunner::sandbox

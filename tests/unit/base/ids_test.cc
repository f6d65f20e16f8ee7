#include "base/ids.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <thread>

namespace skillrunner {
namespace {

TEST(NewSortableId, IsTwentySixLowerCaseCharactersAndNeverTheSame) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = NewSortableId();
    EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-z]{26}"));
    EXPECT_TRUE(ids.insert(id).second);
  }
}

TEST(NewSortableId, SortsByTheMillisecondOfItsMaking) {
  const std::string first = NewSortableId();
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  EXPECT_LT(first, NewSortableId());
}

}  // namespace
}  // namespace skillrunner

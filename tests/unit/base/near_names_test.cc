#include "base/near_names.h"

#include <gmock/gmock.h>

namespace skillrunner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(NearNames, FindsTyposAndPartsNearestFirst) {
  EXPECT_THAT(NearNames("exemplo-basic", {"exemplo-com-aiohttp", "exemplo-basico", "outro"}),
              ElementsAre("exemplo-basico"));
  EXPECT_THAT(NearNames("aiohttp", {"exemplo-com-aiohttp", "exemplo-basico"}), ElementsAre("exemplo-com-aiohttp"));
}

TEST(NearNames, HasNothingToSayAboutStrangers) {
  EXPECT_THAT(NearNames("kubernetes", {"python-async-io"}), IsEmpty());
  EXPECT_THAT(NearNames("", {"a", "b"}), IsEmpty());
  EXPECT_THAT(NearNames(std::string(300, 'a'), {std::string(300, 'a')}), IsEmpty());
}

TEST(NearNames, GivesNoMoreThanAskedFor) {
  EXPECT_EQ(NearNames("aaa", {"aab", "aac", "aad", "aae"}, 2).size(), 2U);
}

}  // namespace
}  // namespace skillrunner

#include "runner/compile_cache.h"

#include <gmock/gmock.h>

namespace skillrunner {
namespace {

std::shared_ptr<const std::string> Made(size_t bytes) {
  return std::make_shared<const std::string>(bytes, 'x');
}

TEST(CompileCache, ForgetsWhatWasNotAskedForTheLongest) {
  CompileCache cache(100);
  for (const char* key : {"a", "b", "c", "d"}) cache.Keep(key, Made(25));
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Keep("e", Made(20));
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("e")->size(), 20U);
  EXPECT_EQ(cache.bytes(), 95U);
}

TEST(CompileCache, KeepsTheFirstAndNothingThatIsTooLarge) {
  CompileCache cache(100);
  cache.Keep("large", Made(26));
  EXPECT_EQ(cache.Find("large"), nullptr);
  cache.Keep("a", Made(1));
  cache.Keep("a", Made(2));
  EXPECT_EQ(cache.Find("a")->size(), 1U);
  EXPECT_EQ(cache.bytes(), 1U);
}

}  // namespace
}  // namespace skillrunner

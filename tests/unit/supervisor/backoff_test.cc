#include "supervisor/backoff.h"

#include <gtest/gtest.h>

namespace skillrunner {
namespace {

TEST(Backoff, FirstRestartIsImmediateAndLaterOnesWaitEverLonger) {
  Backoff backoff;
  EXPECT_EQ(backoff.Next(absl::Seconds(1)), absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(absl::Seconds(1)), absl::Milliseconds(100));
  EXPECT_EQ(backoff.Next(absl::Seconds(1)), absl::Milliseconds(200));
  for (int i = 0; i < 100; ++i) backoff.Next(absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(absl::ZeroDuration()), absl::Seconds(5));
  EXPECT_EQ(backoff.quick_deaths(), 104);
}

TEST(Backoff, LongLifeStartsOver) {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.Next(absl::ZeroDuration());
  EXPECT_EQ(backoff.Next(absl::Seconds(10)), absl::ZeroDuration());
  EXPECT_EQ(backoff.quick_deaths(), 1);
}

}  // namespace
}  // namespace skillrunner

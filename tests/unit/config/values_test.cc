#include "config/values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skillrunner {
namespace {

using ::testing::ElementsAre;

TEST(ListenAddress, ReadsHostAndPort) {
  const auto v4 = ParseListenAddress("127.0.0.1:0");
  ASSERT_TRUE(v4.ok());
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 0);
  const auto v6 = ParseListenAddress("[::1]:65535");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->ToString(), "[::1]:65535");
  EXPECT_EQ(ParseListenAddress("localhost:80")->ToString(), "localhost:80");
}

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "127.0.0.1", ":50051", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
                           "127.0.0.1: 1", "::1:50051", "[::1]", "[127.0.0.1]:1", "[::1:1", "a b:1", "/tmp/x:1"}) {
    EXPECT_FALSE(ParseListenAddress(text).ok()) << text;
  }
}

TEST(ListenAddress, OnlyThisMachineIsLoopback) {
  for (const char* text : {"127.0.0.1:1", "127.255.0.3:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(ParseListenAddress(text)->IsLoopback()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "example.org:1", "127.0.0.1.org:1"}) {
    EXPECT_FALSE(ParseListenAddress(text)->IsLoopback()) << text;
  }
}

TEST(Sizes, ReadEveryUnitAndComeBackExact) {
  EXPECT_EQ(*ParseSize("4096"), 4096);
  EXPECT_EQ(*ParseSize("3B"), 3);
  EXPECT_EQ(*ParseSize("64KiB"), 64 << 10);
  EXPECT_EQ(*ParseSize("512MiB"), 512 << 20);
  EXPECT_EQ(*ParseSize("4GiB"), int64_t{4} << 30);
  for (const int64_t bytes :
       {int64_t{0}, int64_t{1}, int64_t{1023}, int64_t{1025}, int64_t{3} << 20, int64_t{1} << 40}) {
    EXPECT_EQ(*ParseSize(FormatSize(bytes)), bytes);
  }
  EXPECT_EQ(FormatSize(512 << 20), "512MiB");
}

TEST(Sizes, RefuseOtherUnitsSignsAndOverflow) {
  for (const char* text :
       {"", "MiB", "-1", "1MB", "1.5MiB", "1 TiB", "9223372036854775807KiB", "99999999999999999999"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

TEST(Durations, AreFiniteAndNotNegative) {
  EXPECT_EQ(*ParseDurationValue("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDurationValue("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDurationValue("0"), absl::ZeroDuration());
  for (const char* text : {"", "10", "-1s", "inf", "5 m"}) EXPECT_FALSE(ParseDurationValue(text).ok()) << text;
}

TEST(Lists, LeaveEmptyPartsOut) {
  EXPECT_THAT(SplitList("a,,b, "), ElementsAre("a", "b"));
  EXPECT_THAT(SplitList(","), ElementsAre());
}

}  // namespace
}  // namespace skillrunner

#include "base/wire.h"

#include <gtest/gtest.h>

namespace skillrunner {
namespace {

enum class Kind : int64_t { kOne = 1, kTwo = 2 };

struct Inner {
  std::string text;
  template <class A>
  void Fields(A& a) {
    a(text);
  }
};

struct Sample {
  static constexpr Kind kTag = Kind::kTwo;
  int64_t number = 0;
  bool flag = false;
  std::string bytes;
  std::vector<Inner> inner;
  template <class A>
  void Fields(A& a) {
    a(number, flag, bytes, inner);
  }
};

struct Other {
  static constexpr Kind kTag = Kind::kOne;
  template <class A>
  void Fields(A&) {}
};

TEST(Wire, GivesBackWhatWasPutIn) {
  const Sample sample{.number = -5, .flag = true, .bytes = std::string("a\0b", 3), .inner = {{"x"}, {""}}};
  Sample read;
  ASSERT_TRUE(Decode(Encode(sample), &read));
  EXPECT_EQ(read.number, -5);
  EXPECT_TRUE(read.flag);
  EXPECT_EQ(read.bytes, sample.bytes);
  ASSERT_EQ(read.inner.size(), 2U);
  EXPECT_EQ(read.inner[0].text, "x");
}

TEST(Wire, RefusesOtherTypesCutAndLongMessages) {
  const std::string bytes = Encode(Sample{.bytes = "content", .inner = {{"x"}}});
  Sample read;
  EXPECT_FALSE(Decode(Encode(Other{}), &read));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(Decode(bytes.substr(0, size), &read)) << size;
  EXPECT_FALSE(Decode(bytes + "x", &read));
}

TEST(Wire, LiesAboutSizesNeitherCrashNorAllocate) {
  std::string bytes = Encode(Sample{.bytes = "content"});
  for (size_t at = 8; at < bytes.size(); ++at) {
    for (const char value : {'\x7f', '\xff'}) {
      std::string bent = bytes;
      bent[at] = value;
      Sample read;
      (void)Decode(bent, &read);
      EXPECT_LE(read.bytes.size(), bent.size());
      EXPECT_LE(read.inner.size(), bent.size());
    }
  }
}

}  // namespace
}  // namespace skillrunner

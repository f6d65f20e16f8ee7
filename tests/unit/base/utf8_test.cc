#include "base/utf8.h"

#include <gtest/gtest.h>

namespace skillrunner {
namespace {

TEST(ScanUtf8, AcceptsWholeCharactersOfEveryLength) {
  const std::string text = "plain ASCII of more than eight bytes, é € 😀";
  EXPECT_EQ(ScanUtf8(text).valid_bytes, text.size());
  EXPECT_FALSE(ScanUtf8(text).incomplete);
}

TEST(ScanUtf8, TellsACutCharacterFromABadOne) {
  for (const std::string character : {"é", "€", "😀"}) {
    for (size_t cut = 1; cut < character.size(); ++cut) {
      const std::string text = "abc" + character.substr(0, cut);
      EXPECT_EQ(ScanUtf8(text).valid_bytes, 3U);
      EXPECT_TRUE(ScanUtf8(text).incomplete) << cut;
    }
  }
  // A lone continuation, overlong forms, a surrogate, beyond U+10FFFF, a broken sequence.
  for (const std::string bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5", "\xC3("}) {
    EXPECT_EQ(ScanUtf8("abc" + bad).valid_bytes, 3U);
    EXPECT_FALSE(ScanUtf8("abc" + bad).incomplete) << bad;
  }
}

TEST(ReplaceInvalidUtf8, KeepsWhatIsValid) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xff é\xC3"), "a\uFFFD é\uFFFD");
  EXPECT_EQ(ReplaceInvalidUtf8(""), "");
}

}  // namespace
}  // namespace skillrunner

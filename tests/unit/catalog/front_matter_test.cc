#include "catalog/front_matter.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace skillrunner::catalog {
namespace {

TEST(FrontMatter, KeepsScalarsAsWritten) {
  const FrontMatter parsed = ParseFrontMatter("a: 1.0\nb: 2026-02-03\nc: yes\nd: \"q: x\"\ne:\nf: 0x10\n");
  ASSERT_EQ(parsed.result, FrontMatter::Result::kMap);
  EXPECT_EQ(parsed.Get("a"), "1.0");
  EXPECT_EQ(parsed.Get("b"), "2026-02-03");
  EXPECT_EQ(parsed.Get("c"), "yes");
  EXPECT_EQ(parsed.Get("d"), "q: x");
  EXPECT_EQ(parsed.Get("e"), "");
  EXPECT_EQ(parsed.Get("f"), "0x10");
  EXPECT_EQ(parsed.entries[1].line, 2);
}

TEST(FrontMatter, FlattensWhatIsNested) {
  const FrontMatter parsed = ParseFrontMatter("m: {x: 1, y: [2, 3]}\nl:\n  - a\n  - [b, c]\n");
  EXPECT_EQ(parsed.Get("m"), "x: 1, y: 2, 3");
  EXPECT_EQ(parsed.Get("l"), "a, b, c");
}

TEST(FrontMatter, KeepsTheFirstOfRepeatedKeys) {
  const FrontMatter parsed = ParseFrontMatter("a: 1\na: 2\n");
  EXPECT_EQ(parsed.Get("a"), "1");
  ASSERT_EQ(parsed.notes.size(), 1U);
  EXPECT_EQ(parsed.notes[0].code, "front-matter-duplicate-key");
  EXPECT_EQ(parsed.notes[0].line, 2);
}

TEST(FrontMatter, DoesNotExpandAliases) {
  std::string bomb = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous + ", " + previous + "]\n";
  }
  const FrontMatter parsed = ParseFrontMatter(bomb);
  ASSERT_EQ(parsed.result, FrontMatter::Result::kMap);
  EXPECT_EQ(parsed.Get("a0"), "lol, lol");
  EXPECT_EQ(parsed.Get("a29"), ",");
  EXPECT_EQ(parsed.notes[0].code, "front-matter-alias");
}

TEST(FrontMatter, RejectsWhatIsTooDeepOrTooLarge) {
  for (const char* open : {"[", "{a: ", "- "}) {
    std::string deep = "k:\n  ";
    for (int i = 0; i < 2000; ++i) deep += open;
    const FrontMatter parsed = ParseFrontMatter(deep);
    EXPECT_EQ(parsed.result, FrontMatter::Result::kRejected) << open;
    ASSERT_EQ(parsed.notes.size(), 1U);
    EXPECT_EQ(parsed.notes[0].code, "front-matter-invalid");
  }
  EXPECT_EQ(ParseFrontMatter("a: " + std::string(kMaxFrontMatterBytes, 'x')).notes.at(0).code,
            "front-matter-too-large");
}

TEST(FrontMatter, QuotesNoPartOfACharacter) {
  const FrontMatter parsed = ParseFrontMatter("a: \"\\\u00e9\"\n");
  ASSERT_EQ(parsed.notes.size(), 1U);
  EXPECT_EQ(parsed.notes[0].code, "front-matter-invalid");
  EXPECT_TRUE(IsValidUtf8(parsed.notes[0].message)) << parsed.notes[0].message;
}

TEST(FrontMatter, TellsTextFromAMap) {
  EXPECT_EQ(ParseFrontMatter("just text\n").result, FrontMatter::Result::kNotAMap);
  EXPECT_EQ(ParseFrontMatter("- a\n- b\n").result, FrontMatter::Result::kNotAMap);
  EXPECT_EQ(ParseFrontMatter("").result, FrontMatter::Result::kNotAMap);
}

TEST(FrontMatter, SurvivesBytesThatLookLikeUtf16) {
  EXPECT_EQ(ParseFrontMatter(absl::string_view("\xFF\xFE"
                                               "a\0:\0",
                                               6))
                .result,
            FrontMatter::Result::kNotAMap);
  EXPECT_EQ(ParseFrontMatter(absl::string_view("a: \0b\n", 6)).Get("a"),
            "\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace skillrunner::catalog

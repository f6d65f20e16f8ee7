#include "catalog/slug.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace skillrunner::catalog {
namespace {

TEST(Slug, StripsMarksAndFoldsCase) {
  EXPECT_EQ(Slug("Exemplo com Concorrência"), "exemplo-com-concorrencia");
  EXPECT_EQ(Slug("ÀÉÎõü Çedilha"), "aeiou-cedilha");
  EXPECT_EQ(Slug("Stra\xC3\x9F"
                 "e \xEF\xBC\xA1"),
            "strasse-a");             // sharp s; full-width A
  EXPECT_EQ(Slug("e\xCC\x81"), "e");  // e and a combining acute
}

TEST(Slug, CollapsesAndTrimsHyphens) {
  EXPECT_EQ(Slug("  --C/C++ — Linguagem!! "), "c-c-linguagem");
  EXPECT_EQ(Slug("\xF0\x9F\x93\x8B CONTENTS"), "contents");
  EXPECT_EQ(Slug("***"), "");
  EXPECT_EQ(Slug(""), "");
}

TEST(Slug, StaysWithinItsLengthWithoutATrailingHyphen) {
  EXPECT_EQ(Slug(std::string(200, 'a')).size(), 64U);
  EXPECT_EQ(Slug(std::string(63, 'a') + " bcd"), std::string(63, 'a'));
  EXPECT_EQ(NumberedSlug(std::string(64, 'a'), 12).size(), 64U);
  EXPECT_EQ(NumberedSlug(std::string(61, 'a') + "-bc", 12), std::string(61, 'a') + "-12");
}

TEST(Slug, IsNumberedWhereItIsTaken) {
  UniqueSlugs ids;
  EXPECT_EQ(ids.Take("a"), "a");
  EXPECT_EQ(ids.Take("a"), "a-2");
  EXPECT_EQ(ids.Take("a-3"), "a-3");
  EXPECT_EQ(ids.Take("a"), "a-4");
  EXPECT_EQ(ids.Take("b"), "b");
  const std::string longest(kMaxSlugBytes, 'x');
  EXPECT_EQ(ids.Take(longest), longest);
  EXPECT_EQ(ids.Take(longest), std::string(kMaxSlugBytes - 2, 'x') + "-2");
}

// A hundred thousand that are equal once they are cut would take minutes if each were compared with all before it.
TEST(Slug, IsNumberedInLinearTime) {
  UniqueSlugs ids;
  std::set<std::string> all;
  for (int i = 0; i < 100'000; ++i) {
    const std::string suffix = std::to_string(i % 1000);
    const std::string id = ids.Take(std::string(kMaxSlugBytes - 3, 'x') + std::string(3 - suffix.size(), '0') + suffix);
    EXPECT_LE(id.size(), kMaxSlugBytes);
    all.insert(id);
  }
  EXPECT_EQ(all.size(), 100'000U);
}

TEST(Slug, SurvivesInvalidUtf8) {
  EXPECT_EQ(Slug("a\xFF\xC3 b\xE2\x82"), "a-b");
}

TEST(Slug, StripsNumberingOnly) {
  EXPECT_EQ(StripNumbering("1. Uso"), "Uso");
  EXPECT_EQ(StripNumbering("2) Uso"), "Uso");
  EXPECT_EQ(StripNumbering("3.1. Uso"), "Uso");
  EXPECT_EQ(StripNumbering("3 ways"), "3 ways");
  EXPECT_EQ(StripNumbering("2.0"), "2.0");
  EXPECT_EQ(StripNumbering("1."), "1.");
}

}  // namespace
}  // namespace skillrunner::catalog

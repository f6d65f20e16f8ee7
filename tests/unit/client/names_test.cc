#include "skillrunner_client/names.h"

#include <gtest/gtest.h>

namespace skillrunner::client {
namespace {

TEST(Names, SkillIsTakenWithOrWithoutCollection) {
  EXPECT_EQ(*SkillName("async"), "skills/async");
  EXPECT_EQ(*SkillName("skills/async"), "skills/async");
}

TEST(Names, RunIsTakenWithOrWithoutCollection) {
  EXPECT_EQ(*RunName("01h"), "runs/01h");
  EXPECT_EQ(*RunName("runs/01h"), "runs/01h");
}

TEST(Names, ExampleIsTakenInEachOfItsForms) {
  for (const char* typed : {"async/basic", "async/examples/basic", "skills/async/examples/basic"}) {
    const auto name = ExampleName(typed);
    ASSERT_TRUE(name.ok()) << typed;
    EXPECT_EQ(*name, "skills/async/examples/basic") << typed;
  }
}

TEST(Names, WrongShapesAreRefused) {
  for (const char* typed : {"", "/", "a/b", "runs/a/b", "skills/"}) EXPECT_FALSE(SkillName(typed).ok()) << typed;
  for (const char* typed : {"", "skills/a", "a//b"}) EXPECT_FALSE(RunName(typed).ok()) << typed;
  for (const char* typed : {"", "async", "skills/async", "a/b/c", "skills/a/b/c", "skills/a/examples/", "a/b/c/d/e"}) {
    EXPECT_FALSE(ExampleName(typed).ok()) << typed;
  }
}

TEST(Names, SkillAloneIsToldHowToFindItsExamples) {
  EXPECT_NE(ExampleName("async").status().message().find("skillctl show async"), absl::string_view::npos);
}

}  // namespace
}  // namespace skillrunner::client

#include "runner/profile_learner.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace skillrunner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kLater = ProfileLearner::kUnusedNanos + 1;

// Notes it so often that it is to be learnt if it ever is.
std::optional<std::string> NoteOften(ProfileLearner& learner, const std::vector<std::string>& chosen,
                                     const std::set<std::string>& imports, const std::set<std::string>& loaded) {
  for (int i = 1; i < ProfileLearner::kRunsToLearn; ++i) {
    if (learner.Note(chosen, imports, loaded)) return "too early";
  }
  return learner.Note(chosen, imports, loaded);
}

TEST(ProfileLearner, LearnsWhatIsOftenImportedAndNotThereYet) {
  ProfileLearner learner(1);
  EXPECT_EQ(NoteOften(learner, {"asyncio"}, {"asyncio", "sys", "decimal"}, {"asyncio", "sys"}), "asyncio+decimal");
  EXPECT_EQ(NoteOften(learner, {}, {"json"}, {"sys"}), "json");
}

TEST(ProfileLearner, HasNothingToLearnFromProgramsThatAreWarm) {
  ProfileLearner learner(1);
  EXPECT_EQ(NoteOften(learner, {"asyncio"}, {"asyncio", "sys"}, {"asyncio", "sys"}), std::nullopt);
}

TEST(ProfileLearner, LearnsNothingWithoutABudget) {
  ProfileLearner learner(0);
  EXPECT_EQ(NoteOften(learner, {}, {"json"}, {}), std::nullopt);
}

TEST(ProfileLearner, LeavesOutWhatIsNoModuleOrActsWhenItIsImported) {
  ProfileLearner learner(1);
  EXPECT_EQ(NoteOften(learner, {}, {"this", "antigravity", "idlelib.idle", "a-b", "", "x,y"}, {}), std::nullopt);
  EXPECT_EQ(NoteOften(learner, {}, {"this", "json"}, {}), "json");
}

TEST(ProfileLearner, LearnsNothingThatIsTooLongForAMessage) {
  ProfileLearner learner(1);
  EXPECT_EQ(NoteOften(learner, {}, {std::string(600, 'x')}, {}), std::nullopt);
}

TEST(ProfileLearner, KeepsToItsBudget) {
  ProfileLearner learner(1);
  ASSERT_TRUE(learner.HasRoom());
  learner.Add("json", 0);
  EXPECT_FALSE(learner.HasRoom());
  EXPECT_EQ(learner.LeastUsed(1), std::nullopt) << "it was used a moment ago";
  learner.Used("json", kLater);
  EXPECT_EQ(learner.LeastUsed(kLater + 1), std::nullopt);
  EXPECT_EQ(learner.LeastUsed(2 * kLater), "json");
  learner.Drop("json");
  EXPECT_TRUE(learner.HasRoom());
  EXPECT_EQ(NoteOften(learner, {}, {"json"}, {}), "json") << "it may come back";
}

TEST(ProfileLearner, DoesNotTryAgainWhatCannotBeHad) {
  ProfileLearner learner(1);
  learner.Add("json", 0);
  learner.Refuse("json");
  EXPECT_THAT(learner.learnt(), IsEmpty());
  EXPECT_EQ(NoteOften(learner, {}, {"json"}, {}), std::nullopt);
}

TEST(ProfileLearner, RemembersWhatIsRunOftenAmongMuchThatIsNot) {
  ProfileLearner learner(1);
  std::optional<std::string> learnt;
  for (int i = 0; i < 1000 && !learnt; ++i) {
    EXPECT_EQ(learner.Note({}, {absl::StrCat("rare", i)}, {}), std::nullopt);
    learnt = learner.Note({}, {"json"}, {});
  }
  EXPECT_EQ(learnt, "json");
}

TEST(ProfileLearner, NamesTheLearntOnesInOrder) {
  ProfileLearner learner(2);
  learner.Add("json", 0);
  learner.Add("asyncio+decimal", 0);
  EXPECT_THAT(learner.learnt(), ElementsAre("asyncio+decimal", "json"));
}

}  // namespace
}  // namespace skillrunner

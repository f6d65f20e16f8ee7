// The lint profiles on descriptors as they are found in the wild: they must say what the sources of their rules say.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "catalog/catalog.h"
#include "catalog/lint.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

// One line for each file and profile, as in lint_expectations.txt.
std::vector<std::string> Describe(const std::string& where) {
  std::vector<std::string> lines;
  const auto snapshot = LoadSnapshot({{"x", (SharedDir() / where).string()}});
  for (const auto& skill : snapshot->skills()) {
    for (const std::string& profile : LintProfiles()) {
      std::map<std::string, int> counts;
      const std::vector<Diagnostic> findings = *Lint(*skill, profile);
      for (const Diagnostic& finding : findings) ++counts[finding.code];
      const std::string found = counts.empty() ? "nothing" : absl::StrJoin(counts, ",", absl::PairFormatter(":"));
      lines.push_back(absl::StrCat(where, "/", skill->path, " | ", profile, " | ", found));
    }
  }
  return lines;
}

TEST(LintCorpus, FindsWhatTheSourcesOfItsRulesFind) {
  for (const char* where : {"corpus", "seed"}) {
    if (!std::filesystem::is_directory(SharedDir() / where)) GTEST_SKIP() << "no descriptors at " << SharedDir();
  }
  std::vector<std::string> found = Describe("corpus");
  for (const std::string& line : Describe("seed")) found.push_back(line);
  std::vector<std::string> expected;
  for (const absl::string_view line :
       absl::StrSplit(ReadWhole(SKILL_RUNNER_LINT_EXPECTATIONS), '\n', absl::SkipEmpty())) {
    if (line[0] != '#') expected.emplace_back(line);
  }
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(absl::StrJoin(found, "\n"), absl::StrJoin(expected, "\n"));
}

// The script that states the rule takes the f-strings of the seed for placeholders.
TEST(LintCorpus, TakesNoFormatStringOfTheSeedForAPlaceholder) {
  if (!std::filesystem::is_directory(SharedDir() / "seed")) GTEST_SKIP() << "no seed descriptor at " << SharedDir();
  const auto snapshot = LoadSnapshot({{"seed", (SharedDir() / "seed").string()}});
  const auto skill = snapshot->find("python-async-programming");
  ASSERT_NE(skill, nullptr);
  ASSERT_NE(skill->body.find("{url}"), std::string::npos);
  for (const std::string& profile : LintProfiles()) {
    const std::vector<Diagnostic> findings = *Lint(*skill, profile);
    for (const std::string& code : Codes(findings)) EXPECT_EQ(code.find("placeholder"), std::string::npos) << profile;
  }
}

}  // namespace
}  // namespace skillrunner::catalog

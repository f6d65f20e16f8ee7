// What VerifySkill says of the blocks of the corpus is what plain interpreters say, offline: whether a block fails; and
// each failure has a reason with a name.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "../integration/service_cases.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace skillrunner::testing {
namespace {

namespace fs = std::filesystem;

// The interpreter that sandboxes have, in a directory of its own and a namespace without network, as anybody calls it.
CommandResult RunPlainly(const v1::Example& example, const std::string& scratch, const std::string& interpreter,
                         const std::string& file) {
  fs::remove_all(scratch);
  fs::create_directories(scratch);
  std::ofstream(scratch + "/" + file, std::ios::binary)
      << (example.source_bytes().empty() ? example.source() : example.source_bytes());
  return RunCommand({"unshare", "--user", "--map-root-user", "--net", "sh", "-c",
                     "ip link set lo up; cd \"$1\"; shift; exec \"$@\"", "sh", scratch, "env", "-i",
                     "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "timeout", "30", interpreter, file});
}

bool PlainRunSucceeds(const v1::Example& example, const std::string& scratch) {
  if (example.runtime() == "python") return RunPlainly(example, scratch, "python3", "block.py").exit_code == 0;
  CommandResult result = RunPlainly(example, scratch, "node", "block.js");
  // What a node before 20.19 says of import and export in a .js file; later ones see for themselves.
  if (absl::StrContains(result.err, "use the .mjs extension"))
    result = RunPlainly(example, scratch, "node", "block.mjs");
  return result.exit_code == 0;
}

class VerifyParity : public ServiceFixture {};

TEST_F(VerifyParity, VerdictsOnTheCorpusAreThoseOfPlainInterpreters) {
  const std::string shared = SharedDirectory();
  if (shared.empty()) {
    ASSERT_EQ(std::getenv("SKILL_RUNNER_REQUIRE_SHARED"), nullptr) << "the corpus is not there";
    GTEST_SKIP() << "the corpus is on build machines only";
  }
  Start({.identity = PossibleIdentities().front(), .skills = shared + "/corpus"});
  const std::string scratch = absl::StrCat(StagedDirectory(), "/plain");
  v1::ListSkillsRequest list;
  list.set_page_size(1000);
  v1::ListSkillsResponse skills;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(catalog().ListSkills(&context, list, &skills).ok());
  }
  std::map<std::string, int> reasons;
  int compared = 0;
  for (const v1::Skill& listed : skills.skills()) {
    v1::GetSkillRequest get;
    get.set_name(listed.name());
    v1::GetSkillResponse skill;
    {
      grpc::ClientContext context;
      ASSERT_TRUE(catalog().GetSkill(&context, get, &skill).ok()) << listed.name();
    }
    std::map<std::string, const v1::Example*> examples;
    v1::VerifySkillRequest verify;
    verify.set_name(listed.name());
    for (const v1::Example& example : skill.skill().examples()) {
      if (example.runtime() != "python" && example.runtime() != "node") continue;
      examples[example.name()] = &example;
      verify.add_examples(example.name());
    }
    if (examples.empty()) continue;
    grpc::ClientContext context;
    const auto stream = catalog().VerifySkill(&context, verify);
    for (v1::VerifySkillResponse response; stream->Read(&response);) {
      if (!response.has_verdict()) continue;
      const v1::ExampleVerdict& verdict = response.verdict();
      ++reasons[verdict.reason()];
      if (verdict.verdict() == v1::ExampleVerdict::VERDICT_SKIPPED) {
        EXPECT_EQ(verdict.reason(), "anti-pattern") << verdict.DebugString();
        continue;
      }
      const bool passed = verdict.verdict() == v1::ExampleVerdict::VERDICT_PASSED;
      EXPECT_EQ(passed, PlainRunSucceeds(*examples[verdict.example()], scratch)) << verdict.DebugString();
      EXPECT_EQ(passed, verdict.reason().empty()) << verdict.DebugString();
      EXPECT_NE(verdict.reason(), "error") << verdict.DebugString();
      ++compared;
    }
    EXPECT_TRUE(stream->Finish().ok()) << listed.name();
  }
  std::printf("%d blocks compared\n", compared);
  for (const auto& [reason, count] : reasons)
    std::printf("%5d %s\n", count, reason.empty() ? "passed" : reason.c_str());
  EXPECT_GE(compared, 208);
}

}  // namespace
}  // namespace skillrunner::testing

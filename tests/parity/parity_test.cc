// A program must not notice that its interpreter is a copy of a warm one: every program is run both ways, in the same
// kind of sandbox, and must have written the same bytes and ended the same way.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "../integration/service_cases.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace skillrunner::testing {
namespace {

namespace fs = std::filesystem;

// What differs from one run of a cold interpreter to the next.
std::string WithoutAddresses(std::string text) {
  for (size_t at = text.find("0x"); at != std::string::npos; at = text.find("0x", at + 3)) {
    size_t end = at + 2;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end - at > 8) text.replace(at, end - at, "0xADDRESS");
  }
  return text;
}

std::string Describe(const RunRecord& record) {
  const v1::RunFinished finished = record.finished();
  return absl::StrCat(v1::TerminationCause_Name(finished.cause()), " exit code ", finished.exit_code(), " signal ",
                      finished.signal(), "\n--- stdout\n", WithoutAddresses(record.Stdout()), "\n--- stderr\n",
                      WithoutAddresses(record.Stderr()), "\n");
}

bool WasWarm(const RunRecord& record) {
  return std::any_of(record.events.begin(), record.events.end(),
                     [](const v1::RunEvent& event) { return event.has_started() && event.started().warm(); });
}

class Parity : public ServiceFixture {};

std::vector<fs::path> Programs() {
  std::vector<fs::path> programs;
  for (const auto& entry : fs::directory_iterator(SKILL_RUNNER_PARITY_PROGRAMS)) {
    programs.push_back(entry.path());
  }
  std::sort(programs.begin(), programs.end());
  return programs;
}

TEST_F(Parity, ProgramsWriteAndEndAsInAColdInterpreter) {
  Start({.identity = PossibleIdentities().front()});
  for (const fs::path& program : Programs()) {
    std::ifstream file(program, std::ios::binary);
    v1::RunSourceRequest request = PythonSource(std::string(std::istreambuf_iterator<char>(file), {}));
    const RunRecord warm = RunSource(runs(), request);
    request.set_fresh_interpreter(true);
    const RunRecord cold = RunSource(runs(), request);
    EXPECT_TRUE(WasWarm(warm)) << program;
    EXPECT_FALSE(WasWarm(cold)) << program;
    EXPECT_EQ(warm.Problem(), "") << program;
    EXPECT_EQ(Describe(warm), Describe(cold)) << program;
  }
}

// Some print times or what comes of a race, and differ from one cold run to the next: those get a few attempts.
constexpr int kAttempts = 4;

TEST_F(Parity, PythonBlocksOfTheCorpusDoToo) {
  const std::string shared = SharedDirectory();
  if (shared.empty()) GTEST_SKIP() << "the corpus is on build machines only";
  Start({.identity = PossibleIdentities().front(), .skills = shared + "/corpus"});
  v1::ListSkillsRequest list;
  list.set_page_size(1000);
  v1::ListSkillsResponse skills;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(catalog().ListSkills(&context, list, &skills).ok());
  }
  int compared = 0;
  int unstable = 0;
  for (const v1::Skill& listed : skills.skills()) {
    grpc::ClientContext context;
    v1::GetSkillRequest get;
    get.set_name(listed.name());
    get.set_view(v1::SKILL_VIEW_FULL);
    v1::GetSkillResponse skill;
    ASSERT_TRUE(catalog().GetSkill(&context, get, &skill).ok()) << listed.name();
    for (const v1::Example& example : skill.skill().examples()) {
      if (example.runtime() != "python") continue;
      v1::RunExampleRequest request;
      request.set_example(example.name());
      std::set<std::string> warm_outcomes, cold_outcomes;
      bool same = false;
      for (int attempt = 0; attempt < kAttempts && !same; ++attempt) {
        request.set_fresh_interpreter(false);
        const RunRecord warm = RunExample(runs(), request);
        EXPECT_TRUE(WasWarm(warm)) << example.name();
        warm_outcomes.insert(Describe(warm));
        request.set_fresh_interpreter(true);
        cold_outcomes.insert(Describe(RunExample(runs(), request)));
        same = std::any_of(warm_outcomes.begin(), warm_outcomes.end(),
                           [&](const std::string& outcome) { return cold_outcomes.count(outcome) != 0; });
        if (attempt == 1) ++unstable;
      }
      ++compared;
      // Where every attempt was another (a clock, say), nothing can be compared but what is printed above.
      if (!same && cold_outcomes.size() == kAttempts) continue;
      EXPECT_TRUE(same) << example.name() << "\nwarm: " << *warm_outcomes.begin()
                        << "\ncold: " << *cold_outcomes.begin();
    }
  }
  RecordProperty("compared", compared);
  RecordProperty("unstable", unstable);
  std::printf("%d blocks compared, %d of them more than once\n", compared, unstable);
  EXPECT_GT(compared, 0);
  EXPECT_LE(unstable * 10, compared);
}

}  // namespace
}  // namespace skillrunner::testing

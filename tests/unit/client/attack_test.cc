// The attack suite's own parts: headers of guests, verdicts, reports.
#include <gmock/gmock.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/time_util.h"
#include "skillctl/attack/observe.h"
#include "skillctl/attack/report.h"
#include "skillctl/attack/suite.h"

namespace skillrunner::attack {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Observed Exited(int code, const std::string& out) {
  Observed observed;
  observed.out = out;
  observed.finished.set_cause(v1::TERMINATION_CAUSE_EXITED);
  observed.finished.set_exit_code(code);
  observed.started.mutable_limits()->mutable_wall_time()->set_seconds(10);
  observed.took = absl::Seconds(1);
  return observed;
}

Guest MustParse(const std::string& header) {
  const auto guest = ParseGuest("x.py", header);
  EXPECT_TRUE(guest.ok()) << guest.status();
  return guest.ok() ? *guest : Guest();
}

TEST(Guest, HeaderSaysWhatIsAskedForAndExpected) {
  const Guest guest = MustParse(
      "# id: A4.x\n# title: too much\n#    of it\n# limits: memory=64MiB wall=2s processes=20\n"
      "# cause: MEMORY_LIMIT|SIGNALED\n# runs: a & b; c\n# not-at: restricted,namespaced: no cgroup\n# alone: yes\n"
      "# needs: host-name\n"
      "import os  # id: B1\n# id: B2\n");
  EXPECT_EQ(guest.id, "A4.x");
  EXPECT_EQ(guest.title, "too much of it");
  EXPECT_EQ(guest.runtime, "python");
  EXPECT_EQ(guest.limits.memory_bytes(), 64 << 20);
  EXPECT_EQ(guest.limits.wall_time().seconds(), 2);
  EXPECT_EQ(guest.limits.processes(), 20);
  EXPECT_THAT(guest.expectation.causes,
              ElementsAre(v1::TERMINATION_CAUSE_SIGNALED, v1::TERMINATION_CAUSE_MEMORY_LIMIT));
  EXPECT_THAT(guest.expectation.exit_codes, IsEmpty());
  EXPECT_THAT(guest.runs, ElementsAre(ElementsAre("a", "b"), ElementsAre("c")));
  EXPECT_EQ(guest.not_at.size(), 2u);
  EXPECT_TRUE(guest.alone);
  EXPECT_EQ(guest.needs, "host-name");
}

TEST(Guest, WithoutWordsItMustPrintOkAndExitWithZero) {
  const Guest guest = MustParse("# id: D1\n# title: x\nprint('OK')\n");
  EXPECT_EQ(Judge(guest.expectation, Exited(0, "OK\n")), "");
  EXPECT_THAT(Judge(guest.expectation, Exited(1, "OK\n")), HasSubstr("expected exit code 0"));
  EXPECT_THAT(Judge(guest.expectation, Exited(0, "OK")), HasSubstr("expected stdout to match"));
  EXPECT_THAT(Judge(guest.expectation, Exited(0, "not OK\n")), HasSubstr("expected stdout to match"));
}

TEST(Guest, WrongHeadersNameTheirLine) {
  for (const char* line : {"limits: memory=x", "limits: what=1", "cause: BOREDOM", "exit: zero", "no-such-key: 1",
                           "not-at: nowhere: reason", "not-at: full", "repeat: 0", "stdout-repeat: x", "within: 5"}) {
    const auto guest = ParseGuest("x.py", absl::StrCat("# id: A1\n# title: t\n# ", line, "\n"));
    EXPECT_THAT(std::string(guest.status().message()), HasSubstr("x.py:3: ")) << line;
  }
  EXPECT_FALSE(ParseGuest("x.py", "print()\n").ok());
}

TEST(Verdict, EveryExpectationCanFail) {
  Observed observed = Exited(3, "abc\n");
  observed.err = "wrong";
  observed.finished.set_message("because");
  (*observed.finished.mutable_evidence())["memory.events"] = "oom 1";
  const std::string good =
      "exit: 3;stdout: ^abc\\n$;stderr: wro;message: cause;evidence: memory.events=oom;output-bytes: 9";
  const std::string bad =
      "exit: 4;stdout: ^ab$;stderr: right;message: reason;evidence: pids;output-bytes: 8;cause: SIGNALED;"
      "signal: 9;stdout-repeat: 2 x;within: 500ms";
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(good, ';'))) {
    const Guest guest = MustParse("# id: A1\n# title: t\n# exit: any\n# stdout: any\n# " + line + "\n");
    EXPECT_EQ(Judge(guest.expectation, observed), "") << line;
  }
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(bad, ';'))) {
    const Guest guest = MustParse("# id: A1\n# title: t\n# exit: any\n# stdout: any\n# " + line + "\n");
    EXPECT_NE(Judge(guest.expectation, observed), "") << line;
  }
}

TEST(Verdict, BrokenStreamIsAFailureWhateverItBrought) {
  Observed observed = Exited(0, "OK\n");
  observed.problem = "the journal has a gap";
  EXPECT_EQ(Judge(MustParse("# id: A1\n# title: t\n").expectation, observed), "the journal has a gap");
}

TEST(Verdict, FarTooLateIsAFailure) {
  Observed observed = Exited(0, "OK\n");
  const Expectation expectation = MustParse("# id: A1\n# title: t\n").expectation;
  observed.took = absl::Seconds(51);
  EXPECT_EQ(Judge(expectation, observed), "");
  observed.took = absl::Seconds(52);
  EXPECT_THAT(Judge(expectation, observed), HasSubstr("took 52s"));
}

TEST(Suite, HoldsEveryLineOfTheCatalogueOrSaysWhyNot) {
  const auto suite = LoadSuite();
  ASSERT_TRUE(suite.ok()) << suite.status();
  std::set<std::string> ids;
  std::set<std::string> lines;
  const auto add = [&](const std::string& id) {
    EXPECT_TRUE(ids.insert(id).second) << id << " is there twice";
    lines.insert(id.substr(0, id.find('.')));
  };
  for (const Guest& guest : suite->guests) add(guest.id);
  for (const ClientCase& one : ClientCases()) add(one.id);
  for (const Elsewhere& line : suite->elsewhere) {
    add(line.id);
    EXPECT_THAT(line.reason, Not(IsEmpty()));
  }
  const std::map<char, int> catalogue = {{'A', 19}, {'B', 14}, {'C', 13}, {'D', 9}, {'E', 10}, {'F', 7},
                                         {'G', 3},  {'H', 9},  {'I', 9},  {'J', 9}, {'L', 6}};
  for (const auto& [letter, count] : catalogue) {
    for (int i = 1; i <= count; ++i) {
      const std::string id = absl::StrCat(std::string(1, letter), i);
      EXPECT_EQ(lines.count(id), 1u) << id;
    }
  }
}

TEST(Suite, IdsSortByNumber) {
  EXPECT_TRUE(IdLess("A2", "A10"));
  EXPECT_TRUE(IdLess("A4", "A4.children"));
  EXPECT_TRUE(IdLess("A4.children", "A5"));
  EXPECT_TRUE(IdLess("A19", "B1"));
  EXPECT_FALSE(IdLess("B1", "A19"));
}

TEST(Report, CountsByLevelAndTellsWhatFailed) {
  const std::vector<CaseResult> results = {
      {.id = "A1", .title = "bomb", .level = v1::ISOLATION_LEVEL_FULL},
      {.id = "A2",
       .title = "two",
       .level = v1::ISOLATION_LEVEL_FULL,
       .verdict = Verdict::kFailed,
       .why = "be\x1b[2Jcause"},
      {.id = "A3", .title = "three", .level = v1::ISOLATION_LEVEL_FULL, .verdict = Verdict::kKnown, .why = "old"}};
  const std::string text = RenderResults(results, 0);
  EXPECT_THAT(text, HasSubstr("full: 1 passed, 1 FAILED, 1 known failure, 0 not applicable, 0 not installed\n"));
  EXPECT_THAT(text, HasSubstr("A2: FAILED: be"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const std::string json = JsonResults(results);
  EXPECT_THAT(json, HasSubstr(R"("case":"A2","level":"full","result":"failed")"));
  EXPECT_THAT(json, HasSubstr(R"({"summary":{"level":"full","passed":1,"failed":1,"known_failure":1)"));
  EXPECT_TRUE(AnyFailed(results));
  EXPECT_FALSE(AnyFailed({results[0], results[2]}));
}

}  // namespace
}  // namespace skillrunner::attack

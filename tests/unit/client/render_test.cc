#include "skillctl/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "skillctl/output.h"
#include "skillctl/reports.h"

namespace skillrunner::skillctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

google::protobuf::Timestamp At(int64_t seconds, int nanos) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(RenderSearch, ShowsTheMatchAndHowManyMoreThereAre) {
  v1::SearchSkillsResponse answer;
  EXPECT_EQ(RenderSearch(answer, 0), "no skills\n");
  v1::Skill* skill = answer.add_skills();
  skill->set_name("skills/a");
  skill->set_title("A");
  skill->set_description("about it");
  skill->set_example_count(3);
  answer.add_matches()->set_snippet("the [word]\x1b[31m");
  *answer.add_skills() = *skill;
  answer.add_matches();
  answer.set_total_size(5);
  EXPECT_EQ(RenderSearch(answer, 0),
            "SKILL  EXAMPLES  TITLE  MATCH\n"
            "a      3         A      the [word]\\x1b[31m\n"
            "a      3         A      about it\n"
            "and 3 more: --most says how many to list\n");
}

v1::DescriptorDiagnostic Finding(const std::string& code, v1::Severity severity, int line, int column) {
  v1::DescriptorDiagnostic finding;
  finding.set_code(code);
  finding.set_severity(severity);
  finding.set_message("it is \"so\"");
  finding.set_root("/skills");
  finding.set_source(code == "loader" ? "" : "docs/rules.md");
  finding.mutable_position()->set_path("a/SKILL.md");
  finding.mutable_position()->set_line(line);
  finding.mutable_position()->set_column(column);
  return finding;
}

TEST(RenderFindings, NamesThePlaceAsFarAsItIsKnown) {
  EXPECT_EQ(RenderFindings({Finding("one", v1::SEVERITY_ERROR, 3, 7), Finding("two", v1::SEVERITY_WARNING, 3, 0),
                            Finding("three", v1::SEVERITY_INFO, 0, 0)}),
            "/skills/a/SKILL.md:3:7: error: it is \"so\" [one]\n"
            "/skills/a/SKILL.md:3: warning: it is \"so\" [two]\n"
            "/skills/a/SKILL.md: info: it is \"so\" [three]\n");
}

TEST(RenderSarif, HasARuleForEachCodeAndAResultForEachFinding) {
  const auto report = nlohmann::json::parse(
      RenderSarif({Finding("one", v1::SEVERITY_ERROR, 3, 7), Finding("one", v1::SEVERITY_WARNING, 3, 0),
                   Finding("loader", v1::SEVERITY_INFO, 0, 0)}));
  EXPECT_EQ(report["version"], "2.1.0");
  const auto& run = report["runs"][0];
  ASSERT_EQ(run["tool"]["driver"]["rules"].size(), 2U);
  EXPECT_EQ(run["tool"]["driver"]["rules"][0], nlohmann::json::parse(R"({"id": "loader"})"));
  EXPECT_EQ(run["tool"]["driver"]["rules"][1]["fullDescription"]["text"], "Stated by docs/rules.md");
  ASSERT_EQ(run["results"].size(), 3U);
  EXPECT_EQ(run["results"][0], nlohmann::json::parse(R"({
      "ruleId": "one", "level": "error", "message": {"text": "it is \"so\""},
      "locations": [{"physicalLocation": {"artifactLocation": {"uri": "/skills/a/SKILL.md"},
                                          "region": {"startLine": 3}}}]})"));
  EXPECT_EQ(run["results"][1]["level"], "warning");
  EXPECT_EQ(run["results"][1]["locations"][0]["physicalLocation"]["region"].size(), 1U);
  EXPECT_EQ(run["results"][2]["level"], "note");
  EXPECT_FALSE(run["results"][2]["locations"][0]["physicalLocation"].contains("region"));
  EXPECT_EQ(nlohmann::json::parse(RenderSarif({}))["runs"][0]["results"].size(), 0U);
}

TEST(RenderSarif, PathsAreUriReferences) {
  v1::DescriptorDiagnostic finding = Finding("one", v1::SEVERITY_ERROR, 3, 7);
  finding.mutable_position()->set_path("sp ace/Olá #1%.md");
  const auto report = nlohmann::json::parse(RenderSarif({finding}));
  EXPECT_EQ(report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "/skills/sp%20ace/Ol%C3%A1%20%231%25.md");
}

TEST(RenderJUnit, CallThatBrokeOffIsAnErrorAndWhatCameBeforeCounts) {
  VerifiedSkill skill{.name = "skills/a", .verdicts = {}, .summary = {}, .error = "gone <away>"};
  for (const auto verdict :
       {v1::ExampleVerdict::VERDICT_PASSED, v1::ExampleVerdict::VERDICT_FAILED, v1::ExampleVerdict::VERDICT_SKIPPED}) {
    v1::ExampleVerdict& one = skill.verdicts.emplace_back();
    one.set_example("skills/a/examples/b");
    one.set_verdict(verdict);
  }
  const std::string xml = RenderJUnit({skill});
  EXPECT_THAT(xml,
              ::testing::HasSubstr("<testsuites name=\"skillctl verify\" tests=\"4\" failures=\"1\" errors=\"1\">"));
  EXPECT_THAT(xml, ::testing::HasSubstr("<testsuite name=\"a\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
  EXPECT_THAT(xml, ::testing::HasSubstr("<error type=\"call-failed\" message=\"gone &lt;away&gt;\"/>"));
}

TEST(RenderEvent, OutputTellsStreamSizeAndOffset) {
  v1::RunEvent event;
  event.set_sequence(4);
  *event.mutable_event_time() = At(101, 500'000'000);
  event.mutable_output()->set_stream(v1::OutputChunk::STREAM_STDERR);
  event.mutable_output()->set_offset(32);
  event.mutable_output()->set_text("ação\n");
  EXPECT_EQ(RenderEvent(event, At(100, 0)), "[4 +1.500s] output: stderr, 7 bytes at 32");
  event.mutable_output()->set_data("\xff");
  EXPECT_EQ(RenderEvent(event, At(100, 0)), "[4 +1.500s] output: stderr, 1 byte (not UTF-8) at 32");
}

TEST(RenderEvent, StartedTellsRuntimeIsolationAndLimits) {
  v1::RunEvent event;
  event.set_sequence(2);
  v1::RunStarted* started = event.mutable_started();
  started->set_runtime("python");
  started->set_runtime_version("3.11.2");
  started->set_isolation(v1::ISOLATION_LEVEL_NAMESPACED);
  started->mutable_queue_time()->set_nanos(1'500'000);
  started->mutable_limits()->mutable_wall_time()->set_seconds(30);
  started->mutable_limits()->set_memory_bytes(int64_t{512} << 20);
  EXPECT_EQ(RenderEvent(event, {}),
            "[2 +0.000s] started: python 3.11.2, isolation namespaced, cold, queued for 1.5ms; wall time 30s, memory "
            "512 MiB");
}

TEST(RenderEvent, FinishedTellsCauseEvidenceAndMessage) {
  v1::RunEvent event;
  event.set_sequence(9);
  v1::RunFinished* finished = event.mutable_finished();
  finished->set_state(v1::Run::STATE_FAILED);
  finished->set_cause(v1::TERMINATION_CAUSE_MEMORY_LIMIT);
  finished->set_signal(9);
  finished->set_message("Used more than 64 MiB.");
  (*finished->mutable_evidence())["memory.oom_kill"] = "1";
  EXPECT_EQ(RenderEvent(event, {}),
            "[9 +0.000s] finished: failed, memory-limit, signal 9; memory.oom_kill=1; Used more than 64 MiB.");
}

TEST(RenderEvent, EveryKindHasWordsOfItsOwn) {
  const auto* kinds = v1::RunEvent::descriptor()->FindOneofByName("event");
  ASSERT_NE(kinds, nullptr);
  for (int i = 0; i < kinds->field_count(); ++i) {
    v1::RunEvent event;
    event.GetReflection()->MutableMessage(&event, kinds->field(i));
    EXPECT_THAT(RenderEvent(event, {}), HasSubstr(kinds->field(i)->name()));
  }
  EXPECT_THAT(RenderEvent(v1::RunEvent(), {}), HasSubstr("does not know"));
}

TEST(RenderEvent, ProgramCannotSteerTheTerminalThroughIt) {
  v1::RunEvent event;
  event.mutable_diagnostic()->set_message("\x1b[2J\n");
  EXPECT_THAT(RenderEvent(event, {}), Not(HasSubstr("\x1b")));
}

TEST(Render, SizesAreShort) {
  EXPECT_EQ(RenderSize(112), "112 B");
  EXPECT_EQ(RenderSize(1536), "1.5 KiB");
  EXPECT_EQ(RenderSize(int64_t{64} << 20), "64 MiB");
}

TEST(Render, EnumValuesOfANewerServiceHaveWords) {
  EXPECT_EQ(Words(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT), "wall-time-limit");
  EXPECT_EQ(Words(static_cast<v1::TerminationCause>(99)), "cause 99");
}

TEST(Render, FailureWithoutMessageTellsTheCause) {
  v1::RunFinished finished;
  finished.set_state(v1::Run::STATE_FAILED);
  finished.set_cause(v1::TERMINATION_CAUSE_SANDBOX_LOST);
  EXPECT_EQ(RenderFailure(finished), "the run failed: sandbox-lost");
}

TEST(Table, AlignsByColumnsNotBytes) {
  Table table({"NAME", "N", "TITLE"});
  table.Add({"ação", "1", "x"});
  table.Add({"日本語", "22", ""});
  EXPECT_EQ(table.Render(),
            "NAME    N   TITLE\n"
            "ação    1   x\n"
            "日本語  22\n");
}

TEST(Table, RowsAreClippedWhereTheTerminalEnds) {
  Table table({"A", "B"});
  table.Add({"1", "abcdef"});
  EXPECT_EQ(table.Render(6), "A  B\n1  ab…\n");
}

TEST(RenderSkill, DescriptorCannotSteerTheTerminal) {
  v1::Skill skill;
  skill.set_name("skills/evil");
  skill.set_title("\x1b]0;t\x07");
  skill.set_description("\x1b[31m");
  v1::Section* section = skill.add_sections();
  section->set_title("\x1b[1m");
  section->set_body("line\n\x1b[5m\n");
  v1::Example* example = skill.add_examples();
  example->set_title("\x1b[7m");
  example->set_language("\x9b");
  v1::Reference* reference = skill.add_references();
  reference->set_url("\x1b]8;;http://x\x07");
  v1::DescriptorDiagnostic* diagnostic = skill.add_diagnostics();
  diagnostic->set_message("\x1b[0m");
  diagnostic->mutable_position()->set_path("\x1b.md");
  const std::string text = RenderSkill(skill);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
  EXPECT_THAT(text, Not(HasSubstr("\x9b")));
  EXPECT_THAT(text, HasSubstr("line\n\\x1b[5m\n"));
}

TEST(RenderCapabilities, TellsMechanismsRuntimesAndHints) {
  v1::GetCapabilitiesResponse capabilities;
  capabilities.set_version("0.1.0");
  capabilities.set_isolation(v1::ISOLATION_LEVEL_FULL);
  v1::IsolationMechanism* mechanism = capabilities.add_mechanisms();
  mechanism->set_name("seccomp");
  mechanism->set_active(true);
  mechanism->set_detail("300 system calls allowed");
  v1::RuntimeInfo* runtime = capabilities.add_runtimes();
  runtime->set_name("node");
  runtime->set_hint("install nodejs");
  v1::WarmProfile* profile = capabilities.add_warm_profiles();
  profile->set_name("python+numpy");
  profile->set_reason("the module numpy cannot be imported");
  const std::string text = RenderCapabilities(capabilities);
  EXPECT_THAT(text, HasSubstr("python+numpy  no         0      the module numpy cannot be imported"));
  EXPECT_THAT(text, HasSubstr("isolation       full\n"));
  EXPECT_THAT(text, HasSubstr("seccomp    yes     300 system calls allowed\n"));
  EXPECT_THAT(text, HasSubstr("install nodejs"));
  EXPECT_THAT(text, HasSubstr("not available"));
}

TEST(JsonLine, KeepsFieldNamesAndEndsWithOneNewline) {
  v1::RunEvent event;
  event.mutable_finished()->set_exit_code(3);
  EXPECT_EQ(JsonLine(event), "{\"finished\":{\"exit_code\":3}}\n");
}

}  // namespace
}  // namespace skillrunner::skillctl

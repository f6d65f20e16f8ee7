#include "verify/verdict.h"

#include <gmock/gmock.h>

namespace skillrunner::verify {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using catalog::Example;
using ::testing::HasSubstr;

Example Block(const std::string& id, const std::string& source, int line) {
  Example example;
  example.id = id;
  example.language = "python";
  example.runtime = "python";
  example.source = source;
  example.position = {"x.md", line, 1};
  return example;
}

class Verdict : public ::testing::Test {
 protected:
  Verdict() {
    skill_.id = "x";
    skill_.examples = {Block("first", "y = 1\nprint('one')\n", 10), Block("second", "print(y)\n", 20)};
    finished_.set_cause(v1::TERMINATION_CAUSE_EXITED);
    finished_.set_state(v1::Run::STATE_SUCCEEDED);
  }

  void Exit(int code, const std::string& err) {
    finished_.set_exit_code(code);
    finished_.set_state(code == 0 ? v1::Run::STATE_SUCCEEDED : v1::Run::STATE_FAILED);
    err_ = err;
  }
  v1::ExampleVerdict JudgeSecond(bool with_session = false) {
    const Example& example = skill_.examples[1];
    const catalog::SessionProgram program =
        catalog::MakeSessionProgram(skill_, example, with_session, catalog::SessionOutput::kMarked);
    v1::ExampleVerdict verdict;
    Judge({skill_, example, program, "second.py", out_, /*out_cut=*/false, err_, diagnostics_, finished_}, &verdict);
    return verdict;
  }

  catalog::Skill skill_;
  std::string out_;
  std::string err_;
  std::vector<v1::RunDiagnostic> diagnostics_;
  v1::RunFinished finished_;
};

TEST_F(Verdict, PassesWithExitCodeZeroAndThePromisedOutput) {
  EXPECT_EQ(JudgeSecond().verdict(), v1::ExampleVerdict::VERDICT_PASSED);
  skill_.examples[1].expectations = {{"1", false, 22}};
  out_ = "2\n";
  const v1::ExampleVerdict differs = JudgeSecond();
  EXPECT_EQ(differs.verdict(), v1::ExampleVerdict::VERDICT_FAILED);
  EXPECT_EQ(differs.reason(), "output-differs");
  EXPECT_THAT(differs.message(), HasSubstr("line 22"));
  EXPECT_EQ(differs.stdout_tail(), "2\n");
  out_ = "1\n";
  EXPECT_EQ(JudgeSecond().verdict(), v1::ExampleVerdict::VERDICT_PASSED);
}

TEST_F(Verdict, FragmentNamesTheBlockThatHasTheName) {
  Exit(1, "  File \"/work/second.py\", line 1, in <module>\nNameError: name 'y' is not defined\n");
  skill_.examples[1].undefined = {"y", "z"};
  const v1::ExampleVerdict verdict = JudgeSecond();
  EXPECT_EQ(verdict.reason(), "fragment");
  EXPECT_THAT(verdict.message(), HasSubstr("`y`"));
  EXPECT_THAT(verdict.message(), HasSubstr("no `z` either"));
  EXPECT_THAT(verdict.message(), HasSubstr("first at line 10"));
  EXPECT_THAT(verdict.message(), HasSubstr("`continue`"));
  EXPECT_EQ(verdict.failed_line(), 20);
  EXPECT_THAT(verdict.stderr_tail(), HasSubstr("NameError"));
}

TEST_F(Verdict, NameThatIsBoundTooLateIsTheProgramsOwnError) {
  skill_.examples[1].source = "print(y)\ny = 2\n";
  Exit(1, "  File \"/work/second.py\", line 1, in <module>\nNameError: name 'y' is not defined\n");
  EXPECT_EQ(JudgeSecond().reason(), "error");
  skill_.examples[1].source = "def f(y):\n  print(y)\nprint(y)\n";
  EXPECT_EQ(JudgeSecond().reason(), "fragment");
  skill_.examples[1].source = "print(y)\ndef y():\n  pass\n";
  EXPECT_EQ(JudgeSecond().reason(), "error");
}

TEST_F(Verdict, SessionIsOneProgramWithLinesOfBothBlocks) {
  skill_.examples[1].session = {"first"};
  skill_.examples[1].expectations = {{"1\n", true, 25}};
  out_ = "one\n\n----- output of second -----\n1\n";
  EXPECT_EQ(JudgeSecond(true).verdict(), v1::ExampleVerdict::VERDICT_PASSED);
  EXPECT_EQ(JudgeSecond(false).verdict(), v1::ExampleVerdict::VERDICT_FAILED);
  skill_.examples[1].expectations = {{"one\n1\n", true, 25}};  // what all of it prints
  EXPECT_EQ(JudgeSecond(true).verdict(), v1::ExampleVerdict::VERDICT_PASSED);
  skill_.examples[1].expectations = {{"one", false, 25}};  // which the block before it printed
  EXPECT_EQ(JudgeSecond(true).reason(), "output-differs");
  skill_.examples[1].expectations = {{"1\n", true, 25}};
  out_ = "one\n\n----- output of second -----\n21\n";
  EXPECT_EQ(JudgeSecond(true).reason(), "output-differs");
  out_ = "1\n";  // by the first, which then ended the program
  EXPECT_EQ(JudgeSecond(true).reason(), "output-differs");
  Exit(1, "  File \"/work/second.py\", line 4, in <module>\nValueError\n");
  EXPECT_EQ(JudgeSecond(true).failed_line(), 20);
  Exit(1, "  File \"/work/second.py\", line 2, in <module>\nValueError\n");
  EXPECT_EQ(JudgeSecond(true).failed_line(), 11);
}

TEST_F(Verdict, WhatShouldFailMustFailByItself) {
  skill_.examples[1].attributes.should_fail = true;
  EXPECT_EQ(JudgeSecond().reason(), "should-fail");
  Exit(1, "ValueError: as shown\n");
  EXPECT_EQ(JudgeSecond().verdict(), v1::ExampleVerdict::VERDICT_PASSED);
  Exit(1, "ModuleNotFoundError: No module named 'pandas'\n");
  EXPECT_EQ(JudgeSecond().reason(), "module-missing");
  finished_.set_cause(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
  EXPECT_EQ(JudgeSecond().reason(), "limit");
}

TEST_F(Verdict, SyntaxErrorIsPlacedInTheDescriptor) {
  skill_.examples[1].position.column = 5;  // in a list
  skill_.examples[1].source = "if 1:\n  x = = 1\n";
  Exit(1, "  File \"/work/second.py\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n");
  const v1::ExampleVerdict verdict = JudgeSecond();
  EXPECT_EQ(verdict.reason(), "syntax");
  EXPECT_EQ(verdict.failed_line(), 21);
  EXPECT_THAT(verdict.message(), HasSubstr("line 21, column 11"));
}

TEST_F(Verdict, TailsAreCutAtALine) {
  Exit(1, std::string(5000, 'a') + "\nlast \xff\n");
  const std::string tail = JudgeSecond().stderr_tail();
  EXPECT_EQ(tail, "last \xEF\xBF\xBD\n");
}

TEST(WhyNotRun, IsToldByTheDescriptor) {
  Example example = Block("x", "", 1);
  EXPECT_EQ(WhyNotRun(example).reason, "");
  example.purpose = catalog::Purpose::kTheory;
  EXPECT_EQ(WhyNotRun(example).reason, "");
  example.purpose = catalog::Purpose::kAntiPattern;
  EXPECT_EQ(WhyNotRun(example).reason, "anti-pattern");
  example.purpose = catalog::Purpose::kConfiguration;
  EXPECT_EQ(WhyNotRun(example).reason, "not-a-program");
  example.purpose = catalog::Purpose::kExample;
  example.attributes.no_run = true;
  EXPECT_EQ(WhyNotRun(example).reason, "no-run");
  example.attributes.no_run = false;
  example.runtime = "";
  EXPECT_EQ(WhyNotRun(example).reason, "no-runtime");
  example.language = "";
  EXPECT_EQ(WhyNotRun(example).reason, "not-a-program");
}

}  // namespace
}  // namespace skillrunner::verify

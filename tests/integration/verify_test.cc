// VerifySkill through a real service, and `skillctl verify` on a directory.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSkill[] = R"(# Skill: Verdicts

## Exemplos

### Keeps its promise
```python
print("one")  # Output: one
```

### Breaks its promise
```python
print("two")  # Output: three
```

### Fails as it should
```python should_fail
raise ValueError("as shown")
```

### Should have failed
```python should_fail
print("fine")
```

### Takes too long
```python timeout=300ms
import time
time.sleep(60)
```

### Not run
```python no_run
raise SystemExit(1)
```

### Definition
```python
greeting = "hello"
print("defined")
```

### Goes on
```python continue
print(greeting)  # Output: hello
```

### Fragment
```python
print(greeting)
```

### Module
```python
import no_such_module_anywhere
```

### Syntax
```python
if True:
  x = = 1
```

### Settings
```yaml
a: 1
```

### Json
```python
import json
print(json.dumps([1]))  # Output: [1]
```

### Network
```python
import socket
socket.create_connection(("192.0.2.7", 80), timeout=5)
```

### Argument
```python
import sys
print(sys.argv[1])
```

### Input
```python
print(open("notes.txt").read())
```

### Cobol
```cobol
DISPLAY 'x'.
```

## Common Pitfalls

```python
raise SystemExit("wrong on purpose")
```
)";

std::string SkillDirectory(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(StagedDirectory(), "/", name, "-", ::getpid());
  std::filesystem::create_directories(path);
  std::ofstream(path + "/verdicts.md", std::ios::binary) << text;
  return path;
}

struct Verified {
  grpc::Status status;
  std::vector<v1::ExampleVerdict> verdicts;
  v1::VerifySummary summary;
  int summaries = 0;
  const v1::ExampleVerdict& operator[](const std::string& id) const {
    static const v1::ExampleVerdict kNone;
    for (const v1::ExampleVerdict& verdict : verdicts) {
      if (verdict.example() == "skills/verdicts/examples/" + id) return verdict;
    }
    return kNone;
  }
};

class Verify : public ServiceCase {
 protected:
  Verified Run(const v1::VerifySkillRequest& request) {
    Verified verified;
    grpc::ClientContext context;
    const auto stream = catalog().VerifySkill(&context, request);
    v1::VerifySkillResponse response;
    while (stream->Read(&response)) {
      if (response.has_verdict()) verified.verdicts.push_back(response.verdict());
      if (response.has_summary()) {
        verified.summary = response.summary();
        ++verified.summaries;
      }
    }
    verified.status = stream->Finish();
    return verified;
  }
  static v1::VerifySkillRequest Request(const std::string& name) {
    v1::VerifySkillRequest request;
    request.set_name(name);
    return request;
  }
};

TEST_P(Verify, EveryVerdictHasItsReason) {
  StartService({.skills = SkillDirectory("verdicts", kSkill)});
  const Verified verified = Run(Request("skills/verdicts"));
  ASSERT_TRUE(verified.status.ok()) << verified.status.error_message();
  const std::map<std::string, std::string> reasons = {{"keeps-its-promise", ""},
                                                      {"breaks-its-promise", "output-differs"},
                                                      {"fails-as-it-should", ""},
                                                      {"should-have-failed", "should-fail"},
                                                      {"takes-too-long", "limit"},
                                                      {"not-run", "no-run"},
                                                      {"definition", ""},
                                                      {"goes-on", ""},
                                                      {"fragment", "fragment"},
                                                      {"module", "module-missing"},
                                                      {"syntax", "syntax"},
                                                      {"settings", "not-a-program"},
                                                      {"json", ""},
                                                      {"network", "network"},
                                                      {"argument", "arguments"},
                                                      {"input", "input-file"},
                                                      {"cobol", "no-runtime"},
                                                      {"common-pitfalls", "anti-pattern"}};
  EXPECT_EQ(verified.verdicts.size(), reasons.size());
  for (const auto& [id, reason] : reasons) {
    EXPECT_EQ(verified[id].reason(), reason) << id << ": " << verified[id].DebugString();
    EXPECT_NE(verified[id].verdict(), v1::ExampleVerdict::VERDICT_UNSPECIFIED) << id;
  }
  EXPECT_EQ(verified.verdicts.front().example(), "skills/verdicts/examples/keeps-its-promise");
  EXPECT_EQ(verified.verdicts.back().example(), "skills/verdicts/examples/common-pitfalls");
  EXPECT_EQ(verified.summaries, 1);
  EXPECT_EQ(verified.summary.passed(), 5);
  EXPECT_EQ(verified.summary.failed(), 9);
  EXPECT_EQ(verified.summary.skipped(), 4);
  EXPECT_NE(verified.summary.skill_revision(), "");
  EXPECT_THAT(verified["goes-on"].session(), ElementsAre("skills/verdicts/examples/definition"));
  EXPECT_EQ(verified["syntax"].failed_line(), verified["syntax"].position().line() + 1);
  EXPECT_THAT(verified["fragment"].message(), AllOf(HasSubstr("`greeting`"), HasSubstr("definition")));
  EXPECT_EQ(verified["takes-too-long"].cause(), v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
  // What a verdict says can be read up in the run.
  const RunRecord record = WatchRun(runs(), verified["breaks-its-promise"].run());
  EXPECT_EQ(record.Stdout(), "two\n");
}

// In every language whose blocks can be joined: what the blocks before it printed keeps none of its promises.
TEST_P(Verify, BlockThatGoesOnMustKeepItsPromisesItself) {
  std::string text = "# Skill: Verdicts\n\n## Exemplos\n";
  const std::map<std::string, std::string> prints = {
      {"python", "print(\"@\")"}, {"js", "console.log(\"@\");"}, {"bash", "echo \"@\""}};
  for (const auto& [language, print] : prints) {
    const std::string comment = language == "js" ? " // " : "  # ";
    const auto block = [&](const std::string& title, const std::string& what, const std::string& promise) {
      absl::StrAppend(&text, "\n### ", language, " ", title, "\n```", language, " continue\n",
                      absl::StrReplaceAll(print, {{"@", what}}), promise.empty() ? "" : comment + "Output: " + promise,
                      "\n```\n");
    };
    block("first", "5", "");
    block("keeps", "6", "6");
    block("breaks", "wrong", "5");
    block("longer", "15", "");
    text += "\nOutput:\n\n```\n5\n```\n";
    block("whole", "7", "");
    text += "\nOutput:\n\n```\n7\n```\n";
  }
  StartService({.skills = SkillDirectory("sessions", text)});
  const Verified verified = Run(Request("skills/verdicts"));
  ASSERT_TRUE(verified.status.ok()) << verified.status.error_message();
  for (const auto& [language, print] : prints) {
    for (const char* good : {"first", "keeps", "whole"})
      EXPECT_EQ(verified[language + "-" + good].reason(), "") << verified[language + "-" + good].DebugString();
    for (const char* bad : {"breaks", "longer"})
      EXPECT_EQ(verified[language + "-" + bad].reason(), "output-differs") << language << " " << bad;
  }
}

TEST_P(Verify, LooksAtMuchOutput) {
  StartService({.skills = SkillDirectory("verdicts",
                                         "# Skill: Verdicts\n\n## Exemplos\n\n### Far\n```python\n"
                                         "print('x' * (3 << 20))\nprint('end')  # Output: end\n```\n\n"
                                         "### Errors\n```python\nimport sys\nsys.stderr.write('y' * (3 << 20))\n"
                                         "import no_such_module\n```\n")});
  const Verified verified = Run(Request("skills/verdicts"));
  EXPECT_EQ(verified["far"].reason(), "") << verified["far"].message();
  EXPECT_EQ(verified["errors"].reason(), "module-missing") << verified["errors"].message();
}

TEST_P(Verify, OnlyTheExamplesAskedFor) {
  StartService({.skills = SkillDirectory("verdicts", kSkill)});
  v1::VerifySkillRequest request = Request("skills/verdicts");
  request.add_examples("skills/verdicts/examples/definition");
  const Verified one = Run(request);
  EXPECT_TRUE(one.status.ok());
  ASSERT_EQ(one.verdicts.size(), 1U);
  EXPECT_EQ(one.summary.passed(), 1);
  request.add_examples("skills/other/examples/definition");
  EXPECT_EQ(Run(request).status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Run(Request("skills/verdict")).status.error_code(), grpc::StatusCode::NOT_FOUND);
  v1::VerifySkillRequest limits = Request("skills/verdicts");
  limits.mutable_limits()->set_memory_bytes(1);
  EXPECT_EQ(Run(limits).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_P(Verify, RunsEndWhenTheClientGoes) {
  std::string text = "# Skill: Verdicts\n\n## Exemplos\n";
  for (int i = 0; i < 8; ++i)
    absl::StrAppend(&text, "\n### Sleeper ", i, "\n```python\nimport time\ntime.sleep(600)\n```\n");
  StartService({.skills = SkillDirectory("sleepers", text)});
  grpc::ClientContext context;
  const auto stream = catalog().VerifySkill(&context, Request("skills/verdicts"));
  const auto running = [&] {
    grpc::ClientContext call;
    v1::GetCapabilitiesResponse capabilities;
    EXPECT_TRUE(system().GetCapabilities(&call, v1::GetCapabilitiesRequest(), &capabilities).ok());
    return capabilities.running();
  };
  EXPECT_TRUE(Eventually([&] { return running() >= 2; }));
  EXPECT_LT(running(), 8);  // not all at once
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([&] { return running() == 0; }));
}

FOR_EVERY_IDENTITY(Verify);

TEST(SkillctlVerify, ShippedSkillsAreGreen) {
  const CommandResult result =
      RunCommand({StagedDirectory() + "/bin/skillctl", "verify", StagedDirectory() + "/skills"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("0 failed"));
}

TEST(SkillctlVerify, FailuresAreAnExitCodeAndAReport) {
  const std::string directory = SkillDirectory("verdicts", kSkill);
  const std::string skillctl = StagedDirectory() + "/bin/skillctl";
  const CommandResult text = RunCommand({skillctl, "verify", directory});
  EXPECT_EQ(text.exit_code, 1) << text.err;
  EXPECT_THAT(text.out,
              AllOf(HasSubstr("FAIL  verdicts/breaks-its-promise"), HasSubstr("5 examples passed, 9 failed")));
  const CommandResult junit = RunCommand({skillctl, "verify", "--format", "junit", directory});
  EXPECT_EQ(junit.exit_code, 1) << junit.err;
  EXPECT_THAT(junit.out, AllOf(HasSubstr("<?xml"), HasSubstr("failures=\"9\""), HasSubstr("type=\"fragment\"")));
  const CommandResult json = RunCommand({skillctl, "verify", "--format", "json", directory});
  EXPECT_EQ(json.exit_code, 1) << json.err;
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"summary\""), HasSubstr("\"reason\":\"limit\""),
                              HasSubstr("\"name\":\"skills/verdicts\"")));
}

TEST(SkillctlVerify, NothingToCheckIsNoSuccess) {
  const std::string directory = MakeTemporaryDirectory("empty");
  for (const char* command : {"verify", "lint"}) {
    const CommandResult result = RunCommand({StagedDirectory() + "/bin/skillctl", command, directory});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.err, absl::StrCat("skillctl: ", directory, " has no skill to check\n"));
  }
  std::filesystem::remove_all(directory);
}

TEST(SkillctlVerify, BrokenDescriptorsAreErrorsOfTheReport) {
  const std::string directory = SkillDirectory("fine", "# Skill: Fine\n\n## Exemplos\n\n```bash\necho 1\n```\n");
  std::ofstream(directory + "/broken.md") << "";
  const CommandResult junit =
      RunCommand({StagedDirectory() + "/bin/skillctl", "verify", "--format", "junit", directory});
  EXPECT_EQ(junit.exit_code, 1);
  EXPECT_THAT(junit.out, AllOf(HasSubstr("errors=\"1\""), HasSubstr("<error type=\"empty-file\"")));
  const CommandResult lint = RunCommand({StagedDirectory() + "/bin/skillctl", "--json", "lint", directory});
  EXPECT_EQ(lint.exit_code, 1);
  EXPECT_THAT(lint.out, AllOf(HasSubstr("empty-file"), HasSubstr("\"name\":\"skills/fine\"")));
}

TEST(SkillctlVerify, OneFileOrOneExampleOfIt) {
  const std::string directory = SkillDirectory("verdicts", kSkill);
  std::ofstream(directory + "/other.md") << "# Skill: Other\n\n## Exemplos\n\n```bash\nexit 1\n```\n";
  const std::string skillctl = StagedDirectory() + "/bin/skillctl";
  const CommandResult file = RunCommand({skillctl, "verify", directory + "/other.md"});
  EXPECT_EQ(file.exit_code, 1) << file.err;
  EXPECT_THAT(file.out, HasSubstr("1 skills: 0 examples passed, 1 failed"));
  Service service({.skills = directory});
  const CommandResult example = RunCommand(
      {skillctl, "--address", service.address(), "verify", "verdicts/breaks-its-promise", "--memory", "1GiB"});
  EXPECT_EQ(example.exit_code, 1) << example.err;
  EXPECT_THAT(example.out, HasSubstr("1 skills: 0 examples passed, 1 failed"));
  const CommandResult both =
      RunCommand({skillctl, "--address", service.address(), "verify", "verdicts/breaks-its-promise", "verdicts"});
  EXPECT_THAT(both.out, HasSubstr("1 skills: 5 examples passed, 9 failed"));
}

TEST(SkillctlVerify, MissingRuntimeIsAFailureWhereThatIsAskedFor) {
  const std::string directory =
      SkillDirectory("script", "# Skill: Script\n\n## Exemplos\n\n```javascript\nconsole.log(1)\n```\n");
  Service service({.skills = directory, .flags = {"--node=no-such-node"}});
  const std::string skillctl = StagedDirectory() + "/bin/skillctl";
  EXPECT_EQ(RunCommand({skillctl, "--address", service.address(), "verify"}).exit_code, 0);
  EXPECT_EQ(RunCommand({skillctl, "--address", service.address(), "verify", "--strict"}).exit_code, 1);
}

TEST(SkillctlVerify, InterruptLeavesNothingBehind) {
  const std::string directory =
      SkillDirectory("sleeper", "# Skill: Sleeper\n\n## Exemplos\n\n```python\nimport time\ntime.sleep(600)\n```\n");
  const std::string temporary = MakeTemporaryDirectory("verify");
  const auto ran = [&](const char* number) {
    // timeout(1) waits for the command, and here sends it what a terminal would.
    return RunCommand({"timeout", "--foreground", "--preserve-status", "--signal", number, "4", "env",
                       "TMPDIR=" + temporary, StagedDirectory() + "/bin/skillctl", "verify", directory});
  };
  for (const char* number : {"INT", "TERM"}) {
    EXPECT_EQ(ran(number).exit_code, 130);
    EXPECT_TRUE(std::filesystem::is_empty(temporary));
  }
  std::filesystem::remove_all(temporary);
}

}  // namespace
}  // namespace skillrunner::testing

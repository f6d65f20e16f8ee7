// Every language: programs run, mistakes are told where they are, and what is not installed is named.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// What scripts/setup --all installs: in CI these must be there.
bool MustBeInstalled(const std::string& runtime) {
  for (const char* name : {"bash", "c", "cpp", "go", "java", "node", "python", "typescript"}) {
    if (runtime == name) return std::getenv("CI") != nullptr;
  }
  return false;
}

struct Language {
  std::string runtime;
  std::string good;  // prints "<first argument> <stdin>"
  std::string bad;   // does not compile
  int bad_line = 0;  // where
};

std::vector<Language> Languages() {
  return {
      {"c",
       "#include <stdio.h>\nint main(int c, char** v) {\n  char b[9];\n  return c == 2 && fgets(b, 9, stdin) && "
       "printf(\"%s %s\\n\", v[1], b) > 0 ? 0 : 1;\n}\n",
       "int main() {\n  return nothing;\n}\n", 2},
      {"cpp",
       "#include <iostream>\n#include <string>\nint main(int, char** v) {\n  std::string s;\n  std::cin >> s;\n  "
       "std::cout << v[1] << ' ' << s << std::endl;\n}\n",
       "#include <vector>\n\nint main() { return std::nothing(); }\n", 3},
      {"go",
       "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tvar s string\n\tfmt.Scan(&s)\n\t"
       "fmt.Println(os.Args[1], s)\n}\n",
       "package main\n\nfunc main() {\n\tnothing()\n}\n", 4},
      {"java",
       "import java.util.Scanner;\npublic class Echo {\n  public static void main(String[] args) {\n    "
       "System.out.println(args[0] + \" \" + new Scanner(System.in).next());\n  }\n}\n",
       "class Bad {\n  void f() {\n    nothing();\n  }\n}\n", 3},
      {"kotlin", "fun main(args: Array<String>) {\n  println(args[0] + \" \" + readLine())\n}\n",
       "fun main() {\n  nothing()\n}\n", 2},
      {"typescript",
       "const first: string = process.argv[2];\nprocess.stdin.on('data', (d: Buffer) => console.log(first, "
       "d.toString()));\n",
       "const a: number = 1;\nconst b = a a;\n", 2},
      {"node", "process.stdin.on('data', d => console.log(process.argv[2], d.toString()));\n", "", 0},
  };
}

class RuntimesCase : public SandboxCase {
 protected:
  // Empty: it is there. Else why not.
  std::string WhyMissing(const std::string& runtime) {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse capabilities;
    EXPECT_TRUE(system().GetCapabilities(&context, v1::GetCapabilitiesRequest(), &capabilities).ok());
    for (const v1::RuntimeInfo& info : capabilities.runtimes()) {
      if (info.name() == runtime) return info.available() ? "" : info.hint();
    }
    return "unknown";
  }
  v1::RunSourceRequest Request(const std::string& runtime, const std::string& source) {
    v1::RunSourceRequest request;
    request.set_runtime(runtime);
    request.set_source(source);
    request.add_args("one");
    request.set_stdin("two");
    request.mutable_limits()->mutable_wall_time()->set_seconds(90);
    return request;
  }
};

std::vector<v1::RunDiagnostic> Diagnostics(const RunRecord& record) {
  std::vector<v1::RunDiagnostic> diagnostics;
  for (const v1::RunEvent& event : record.events) {
    if (event.has_diagnostic()) diagnostics.push_back(event.diagnostic());
  }
  return diagnostics;
}

TEST_P(RuntimesCase, ProgramsOfEveryLanguageRunAndMistakesHaveAPlace) {
  StartService();
  for (const Language& language : Languages()) {
    const std::string missing = WhyMissing(language.runtime);
    if (!missing.empty()) {
      EXPECT_FALSE(MustBeInstalled(language.runtime)) << language.runtime << ": " << missing;
      const RunRecord refused = RunSource(runs(), Request(language.runtime, language.good));
      EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << language.runtime;
      EXPECT_THAT(refused.status.error_message(), HasSubstr("install the package ")) << language.runtime;
      std::printf("not run: %s: %s\n", language.runtime.c_str(), missing.c_str());
      continue;
    }
    for (const char* how : {"compiled", "kept"}) {
      const RunRecord good = RunSource(runs(), Request(language.runtime, language.good));
      EXPECT_EQ(good.Problem(), "") << language.runtime << " " << how;
      EXPECT_EQ(good.finished().state(), v1::Run::STATE_SUCCEEDED)
          << language.runtime << " " << how << ": " << good.finished().message() << good.Stderr();
      EXPECT_THAT(good.Stdout(), AllOf(HasSubstr("one two"), ::testing::EndsWith("\n"))) << language.runtime;
      EXPECT_EQ(good.Stderr(), "") << language.runtime;
    }
    if (language.bad.empty()) continue;
    const RunRecord bad = RunSource(runs(), Request(language.runtime, language.bad));
    EXPECT_EQ(bad.Problem(), "") << language.runtime;
    EXPECT_EQ(bad.finished().state(), v1::Run::STATE_FAILED) << language.runtime;
    EXPECT_EQ(bad.finished().cause(), v1::TERMINATION_CAUSE_EXITED) << language.runtime;
    EXPECT_THAT(bad.finished().message(), HasSubstr("does not compile")) << language.runtime;
    EXPECT_NE(bad.Stderr(), "") << language.runtime;
    const std::vector<v1::RunDiagnostic> diagnostics = Diagnostics(bad);
    ASSERT_FALSE(diagnostics.empty()) << language.runtime << bad.Stderr();
    EXPECT_EQ(diagnostics[0].code(), "compile-error") << language.runtime;
    EXPECT_EQ(diagnostics[0].line(), language.bad_line) << language.runtime << bad.Stderr();
    EXPECT_GT(diagnostics[0].column(), 0) << language.runtime;
    EXPECT_EQ(diagnostics[0].descriptor_line(), 0) << language.runtime;
  }
}

AT_LEVELS(RuntimesCase, "auto", "restricted");

class Compiled : public RuntimesCase {
 protected:
  void SetUp() override {
    StartService();
    if (!WhyMissing("c").empty()) GTEST_SKIP() << "no C compiler: " << WhyMissing("c");
  }
  v1::RunSourceRequest C(const std::string& source) { return Request("c", source); }
};

// __TIME__ is when the compiler ran.
constexpr char kWhenCompiled[] = "#include <stdio.h>\nint main() { puts(__TIME__); }\n";

TEST_P(Compiled, SameSourceIsCompiledOnceWhateverElseTheRequestSays) {
  const RunRecord first = RunSource(runs(), C(kWhenCompiled));
  ASSERT_EQ(first.finished().state(), v1::Run::STATE_SUCCEEDED) << first.Stderr();
  absl::SleepFor(absl::Milliseconds(1100));
  v1::RunSourceRequest again = C(kWhenCompiled);
  again.add_args("other");
  again.mutable_limits()->set_output_bytes(1 << 16);
  EXPECT_EQ(RunSource(runs(), again).Stdout(), first.Stdout());
  const RunRecord other = RunSource(runs(), C(absl::StrCat(kWhenCompiled, "\n")));
  EXPECT_NE(other.Stdout(), first.Stdout());
}

TEST_P(Compiled, NothingOfOneRequestReachesWhatAnotherGets) {
  v1::RunSourceRequest request =
      C("#include <stdio.h>\n#include \"value.h\"\nint main() { printf(\"%d\\n\", VALUE); }\n");
  v1::InputFile* header = request.add_files();
  header->set_path("value.h");
  header->set_content("#define VALUE 1\n");
  EXPECT_EQ(RunSource(runs(), request).Stdout(), "1\n");
  header->set_content("#define VALUE 2\n");
  EXPECT_EQ(RunSource(runs(), request).Stdout(), "2\n");
  request.clear_files();
  EXPECT_THAT(RunSource(runs(), request).finished().message(), HasSubstr("value.h"));
  // Variables that compilers listen to are the program's, not its compiler's.
  v1::RunSourceRequest variables =
      C("#include <stdio.h>\n#include <stdlib.h>\nint main() { puts(getenv(\"GCC_EXEC_PREFIX\")); }\n");
  (*variables.mutable_env())["GCC_EXEC_PREFIX"] = "/work/";
  EXPECT_EQ(RunSource(runs(), variables).Stdout(), "/work/\n");
}

TEST_P(Compiled, FileInThePlaceOfTheProgramIsRefused) {
  v1::RunSourceRequest request = C("int main() {}\n");
  request.add_files()->set_path("main");
  EXPECT_EQ(RunSource(runs(), request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_P(Compiled, LimitsHoldForTheCompilerToo) {
  // Each level is ten times the one before: more than any compiler can hold.
  std::string bomb = "#define a0 1,\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&bomb, "#define a", i);
    for (int j = 0; j < 10; ++j) absl::StrAppend(&bomb, " a", i - 1);
    bomb += "\n";
  }
  bomb += "int x[] = {a9};\nint main() {}\n";
  v1::RunSourceRequest request = C(bomb);
  request.mutable_limits()->mutable_wall_time()->set_seconds(2);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().state(), v1::Run::STATE_FAILED);
  EXPECT_THAT(record.finished().cause(),
              ::testing::AnyOf(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT, v1::TERMINATION_CAUSE_MEMORY_LIMIT,
                               v1::TERMINATION_CAUSE_CPU_TIME_LIMIT))
      << record.finished().message();
  EXPECT_EQ(RunSource(runs(), C("#include <stdio.h>\nint main() { puts(\"next\"); }\n")).Stdout(), "next\n");
}

TEST_P(Compiled, ResultThatIsTooLargeIsRefusedAndTold) {
  const RunRecord record = RunSource(runs(), C("char large[20 << 20] = {1};\nint main() {}\n"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_START_FAILED);
  EXPECT_THAT(record.finished().message(), HasSubstr("size of the compiled program"));
}

TEST_P(Compiled, WarningsAreDiagnosticsAndNotOutput) {
  const RunRecord record =
      RunSource(runs(), C("#include <stdio.h>\nint main() {\n  char c = 12345;\n  printf(\"%d\\n\", c == 0);\n}\n"));
  EXPECT_EQ(record.finished().state(), v1::Run::STATE_SUCCEEDED) << record.finished().message();
  EXPECT_EQ(record.Stderr(), "");
  const std::vector<v1::RunDiagnostic> diagnostics = Diagnostics(record);
  ASSERT_EQ(diagnostics.size(), 1U);
  EXPECT_EQ(diagnostics[0].code(), "compile-warning");
  EXPECT_EQ(diagnostics[0].line(), 3);
}

std::string TakesLongToCompile() {
  std::string slow = "#define a0 1,\n";
  for (int i = 1; i < 9; ++i) {
    absl::StrAppend(&slow, "#define a", i);
    for (int j = 0; j < 10; ++j) absl::StrAppend(&slow, " a", i - 1);
    slow += "\n";
  }
  return slow + "int x[] = {a8};\nint main() {}\n";
}

// What could not be compiled must not be run all the same, and fail in a way of its own.
TEST_P(Compiled, LostCompilerIsALostSandbox) {
  const RunRecord record = RunSource(runs(), C(TakesLongToCompile()), [this](const v1::RunEvent& event, auto&) {
    if (event.has_started()) ::kill(service().zygote(), SIGKILL);
  });
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_SANDBOX_LOST) << record.finished().message();
}

TEST_P(Compiled, CompilerWithoutMemoryIsAMemoryLimit) {
  v1::RunSourceRequest request = C(TakesLongToCompile());
  request.mutable_limits()->set_memory_bytes(64 << 20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT) << record.finished().message();
}

TEST_P(Compiled, RunThatIsCancelledWhileItCompilesEnds) {
  const RunRecord record =
      RunSource(runs(), C(TakesLongToCompile()), [](const v1::RunEvent& event, grpc::ClientContext& context) {
        if (event.has_started()) context.TryCancel();
      });
  ASSERT_NE(record.name(), "");
  const RunRecord watched = WatchRun(runs(), record.name());
  EXPECT_EQ(watched.finished().cause(), v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED);
}

AT_LEVELS(Compiled, "auto");

class DescriptorLines : public ServiceCase {};

TEST_P(DescriptorLines, CompileErrorsNameTheLineOfTheDescriptor) {
  const std::string directory = absl::StrCat(StagedDirectory(), "/compile-", ::getpid());
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/c.md")
      << "# Skill: C\n\n## Exemplos\n\n### Uno\n\n```c\nint main() {\n  return nothing;\n}\n```\n";
  StartService({.skills = directory});
  v1::RunExampleRequest request;
  request.set_example("skills/c/examples/uno");
  const RunRecord record = RunExample(runs(), request);
  if (record.status.error_code() == grpc::StatusCode::FAILED_PRECONDITION)
    GTEST_SKIP() << record.status.error_message();
  const std::vector<v1::RunDiagnostic> diagnostics = Diagnostics(record);
  ASSERT_FALSE(diagnostics.empty());
  EXPECT_EQ(diagnostics[0].line(), 2);
  EXPECT_EQ(diagnostics[0].descriptor_line(), 9);
}

FOR_EVERY_IDENTITY(DescriptorLines);

TEST(SwitchedOff, RuntimeSaysSo) {
  const Service service({.flags = {"--node=none"}});
  const auto stub = v1::RunService::NewStub(service.NewChannel());
  v1::RunSourceRequest request;
  request.set_runtime("node");
  const RunRecord record = RunSource(*stub, request);
  EXPECT_EQ(record.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(record.status.error_message(), HasSubstr("set --node"));
}

}  // namespace
}  // namespace skillrunner::testing

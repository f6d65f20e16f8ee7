#include "runner/runtimes.h"

#include <gmock/gmock.h>

#include "../async/running_reactor.h"
#include "runner/compilers.h"

namespace skillrunner {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Task<void> Look(Runtimes* runtimes, std::string name, const Runtime** found) {
  const Runtime* runtime = co_await runtimes->Get(name);
  *found = runtime;
}

TEST(Runtimes, InstalledOnesHaveAVersionAndMissingOnesAHint) {
  Runtimes runtimes({.python = "/usr/bin/python3", .node = "/nonexistent/node", .bash = ""});
  RunningReactor runner;
  const auto get = [&](const char* name) {
    const Runtime* found = nullptr;
    runner.Await([&] { return Look(&runtimes, name, &found); });
    return found;
  };
  const Runtime* python = get("python");
  ASSERT_NE(python, nullptr);
  EXPECT_TRUE(python->available());
  EXPECT_THAT(python->version, ::testing::StartsWith("3."));
  EXPECT_FALSE(get("node")->available());
  EXPECT_THAT(get("node")->hint, HasSubstr("nodejs"));
  EXPECT_THAT(get("bash")->hint, HasSubstr("--bash"));
  EXPECT_EQ(get("cobol"), nullptr);
}

TEST(Runtimes, ProgramThatIsNoInterpreterIsNotAvailable) {
  Runtimes runtimes({.python = "/bin/false", .node = "/bin/sh", .bash = ""});
  RunningReactor runner;
  const Runtime* found = nullptr;
  runner.Await([&] { return Look(&runtimes, "python", &found); });
  EXPECT_FALSE(found->available());
  runner.Await([&] { return Look(&runtimes, "node", &found); });
  EXPECT_FALSE(found->available());
}

Runtime Make(const std::string& name, const std::string& version, const std::string& launcher = "") {
  Runtime runtime;
  runtime.name = name;
  runtime.executable = "/usr/bin/" + name;
  runtime.version = version;
  runtime.launcher = launcher;
  return runtime;
}

ProgramSource Source(const std::string& text, const std::string& language = "") {
  ProgramSource source;
  source.stem = "x";
  source.text = text;
  source.language = language;
  source.memory_bytes = 1 << 29;
  return source;
}

TEST(Runtimes, ProgramIsTheInterpreterWithItsFileAndASmallEnvironment) {
  ProgramSource source = Source("print(1)");
  source.stem = "exemplo-basico";
  source.arguments = {"a b"};
  source.environment = {{"LANG", "pt_BR.UTF-8"}, {"X", "1"}};
  source.files = {{.path = "data.txt", .content = "1", .executable = false}};
  const PreparedProgram prepared = PrepareProgram(Make("python", "3.11.2"), source);
  EXPECT_FALSE(prepared.compile.has_value());
  const sandbox::Program& program = prepared.program;
  EXPECT_EQ(program.executable, "/usr/bin/python");
  EXPECT_THAT(program.arguments, ElementsAre("python3", "-u", "exemplo-basico.py", "a b"));
  EXPECT_THAT(program.environment, Contains("LANG=pt_BR.UTF-8"));
  EXPECT_THAT(program.environment, Contains("X=1"));
  EXPECT_THAT(program.environment, Contains("HOME=/work"));
  ASSERT_EQ(program.files.size(), 2U);
  EXPECT_EQ(program.files[0].content, "print(1)");
  EXPECT_EQ(program.files[1].path, "data.txt");
}

std::string NodeFile(const std::string& version, const std::string& text, const std::string& language = "js") {
  return PrepareProgram(Make("node", version), Source(text, language)).program.files[0].path;
}

TEST(Runtimes, JavaScriptModulesAreNamedSoUnlessNodeTellsThemItself) {
  EXPECT_EQ(NodeFile("18.19.0", "import fs from 'fs'\n"), "x.mjs");
  EXPECT_EQ(NodeFile("18.19.0", "import{a} from 'fs'\n"), "x.mjs");
  EXPECT_EQ(NodeFile("18.19.0", "const fs = require('fs')\n"), "x.js");
  EXPECT_EQ(NodeFile("20.19.0", "import fs from 'fs'\n"), "x.js");
  EXPECT_EQ(NodeFile("22.6.0", "import fs from 'fs'\n"), "x.mjs");
  EXPECT_EQ(NodeFile("24.1.0", "import fs from 'fs'\n"), "x.js");
  EXPECT_EQ(NodeFile("24.1.0", "1\n", "mjs"), "x.mjs");
  EXPECT_EQ(NodeFile("24.1.0", "1\n", "CJS"), "x.cjs");
}

TEST(Compiled, SourceIsCompiledAloneAndTheProgramGetsTheRest) {
  ProgramSource source = Source("int main() {}");
  source.arguments = {"a", "b"};
  source.environment = {{"CPATH", "/tmp"}};
  const PreparedProgram prepared = PrepareProgram(Make("c", "12.2.0"), source);
  ASSERT_TRUE(prepared.compile.has_value());
  EXPECT_EQ(prepared.compile->file, "x.c");
  EXPECT_EQ(prepared.compile->program.files.size(), 1U);
  EXPECT_THAT(prepared.compile->program.environment, ::testing::Not(Contains("CPATH=/tmp")));
  EXPECT_TRUE(prepared.compile->executable);
  EXPECT_THAT(prepared.program.arguments, ElementsAre("./x", "a", "b"));
  EXPECT_THAT(prepared.program.environment, Contains("CPATH=/tmp"));
}

TEST(Compiled, KeyIsThatOfSourceVersionAndCommandAndThereIsNoneWithOtherFiles) {
  const auto key = [](const std::string& runtime, const std::string& version, const ProgramSource& source) {
    return PrepareProgram(Make(runtime, version), source).compile->key;
  };
  const std::string one = key("c", "12.2.0", Source("int main() {}"));
  EXPECT_EQ(one.size(), 64U);
  ProgramSource same = Source("int main() {}");
  same.arguments = {"a"};  // of the program, not of its compiler
  EXPECT_EQ(key("c", "12.2.0", same), one);
  EXPECT_NE(key("c", "12.2.0", Source("int main() { }")), one);
  EXPECT_NE(key("c", "12.3.0", Source("int main() {}")), one);
  EXPECT_NE(key("cpp", "12.2.0", Source("int main() {}")), one);
  same.files = {{.path = "x.h", .content = "", .executable = false}};
  EXPECT_EQ(key("c", "12.2.0", same), "");
}

TEST(Compiled, JavaClassesAreReadFromTheirFile) {
  const auto names = [](const char* source) {
    const JavaNames read = ReadJavaNames(source);
    return read.main_class + " " + read.file_stem;
  };
  EXPECT_EQ(names("class A { public static void main(String[] a) {} }"), "A A");
  EXPECT_EQ(names("package p.q; interface I {} public class B { record R(int x) {} static void main(String[] a){} }"),
            "p.q.B B");
  EXPECT_EQ(
      names("class A {} /* class C { void main( } */ class B { String s = \"class D {\"; void main(String[] a) {} }"),
      "B B");
  EXPECT_EQ(names("public class Api { } class Main { public static void main(String[] args) { } }"), "Main Api");
  EXPECT_EQ(names("@RunWith(X.class) public final class T { }"), "T T");
  EXPECT_EQ(names("System.out.println(1);"), "Main Main");
  EXPECT_EQ(names(""), "Main Main");
  EXPECT_EQ(names("class"), "Main Main");
  EXPECT_EQ(names("package p; package q; class A { void main() {} }"), "p.A A");
  std::string packages;  // which must not become quadratically many
  for (int i = 0; i < 100'000; ++i) packages += "package ";
  EXPECT_LT(ReadJavaNames(packages).main_class.size(), packages.size());
}

}  // namespace
}  // namespace skillrunner

#include "runner/runtimes.h"

#include <gmock/gmock.h>

#include "../async/running_reactor.h"

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

TEST(Runtimes, ProgramIsTheInterpreterWithItsFileAndASmallEnvironment) {
  const Runtime python{
      .name = "python", .executable = "/usr/bin/python3", .version = "3.11.2", .hint = "", .languages = {}};
  const auto program =
      MakeProgram(python, "exemplo-basico", "print(1)", {"a b"}, {{"LANG", "pt_BR.UTF-8"}, {"X", "1"}});
  EXPECT_EQ(program.executable, "/usr/bin/python3");
  EXPECT_THAT(program.arguments, ElementsAre("python3", "-u", "exemplo-basico.py", "a b"));
  EXPECT_THAT(program.environment, Contains("LANG=pt_BR.UTF-8"));
  EXPECT_THAT(program.environment, Contains("X=1"));
  EXPECT_THAT(program.environment, Contains("HOME=/work"));
  ASSERT_EQ(program.files.size(), 1U);
  EXPECT_EQ(program.files[0].content, "print(1)");
}

TEST(Runtimes, JavaScriptModulesAreNamedSo) {
  const Runtime node{.name = "node", .executable = "/usr/bin/node", .version = "20", .hint = "", .languages = {}};
  EXPECT_EQ(MakeProgram(node, "x", "import fs from 'fs'\n", {}, {}).files[0].path, "x.mjs");
  EXPECT_EQ(MakeProgram(node, "x", "const fs = require('fs')\n", {}, {}).files[0].path, "x.js");
}

}  // namespace
}  // namespace skillrunner

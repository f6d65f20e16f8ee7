#include "runner/runtimes.h"

#include <gmock/gmock.h>

namespace skillrunner {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Runtimes, InstalledOnesHaveAVersionAndMissingOnesAHint) {
  const auto runtimes = DetectRuntimes({.python = "/usr/bin/python3", .node = "/nonexistent/node", .bash = ""});
  const Runtime* python = FindRuntime(runtimes, "python");
  ASSERT_NE(python, nullptr);
  EXPECT_TRUE(python->available());
  EXPECT_THAT(python->version, ::testing::StartsWith("3."));
  EXPECT_FALSE(FindRuntime(runtimes, "node")->available());
  EXPECT_THAT(FindRuntime(runtimes, "node")->hint, HasSubstr("nodejs"));
  EXPECT_THAT(FindRuntime(runtimes, "bash")->hint, HasSubstr("--bash"));
  EXPECT_EQ(FindRuntime(runtimes, "cobol"), nullptr);
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

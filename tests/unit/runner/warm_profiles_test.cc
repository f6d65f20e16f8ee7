#include "runner/warm_profiles.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "sandbox/environment.h"

namespace skillrunner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

sandbox::Program Program(std::string source) {
  sandbox::Program program;
  program.environment = sandbox::DefaultEnvironment();
  program.files.push_back({.path = "main.py", .content = std::move(source)});
  return program;
}

TEST(ImportedModules, FindsEveryFormOfTheStatement) {
  EXPECT_THAT(ImportedModules("import asyncio\nimport os.path as p, json;import re # x\n  from a.b import c\n"
                              "from . import d\nfrom .e import f\nif x: pass\nimportant = 1\n"),
              UnorderedElementsAre("asyncio", "os", "os.path", "json", "re", "a", "a.b"));
}

TEST(ImportedModules, PassesOverTextInTripleQuotes) {
  EXPECT_THAT(ImportedModules("\"\"\"Doc\nimport a\n\"\"\"\nimport b\nx = '''\nimport c'''\nimport d\n"),
              UnorderedElementsAre("b", "d"));
}

TEST(ImportedModules, FollowsQuotesInOnePass) {
  EXPECT_THAT(ImportedModules("x = \"\"\"'''\nimport a\n\"\"\"; y = 'it'\nimport b\n"), UnorderedElementsAre("b"));
  const std::string quotes(4 << 20, '"');
  EXPECT_THAT(ImportedModules(quotes), IsEmpty());
}

TEST(ImportedModules, RemembersNoMoreThanAProgramNeeds) {
  std::string dots = "import a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  EXPECT_THAT(ImportedModules(dots), IsEmpty());
  std::string many = "import m";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&many, ",m", i);
  EXPECT_LE(ImportedModules(many).size(), 256U);
}

TEST(ModulesToHave, AreThoseTheProgramImports) {
  EXPECT_THAT(ModulesToHave({}, Program("print(1)")), Optional(IsEmpty()));
  EXPECT_THAT(ModulesToHave({}, Program("import asyncio\nfrom aiohttp.web import run_app")),
              Optional(UnorderedElementsAre("asyncio", "aiohttp", "aiohttp.web")));
}

TEST(ModulesToHave, NoneWhereTheEnvironmentChangesTheStart) {
  for (const char* variable :
       {"PYTHONOPTIMIZE=1", "LANG=C", "LC_ALL=C", "HOME=/tmp", "PATH=/bin", "TZ=UTC", "LD_PRELOAD=x"}) {
    sandbox::Program program = Program("import asyncio");
    program.environment.push_back(variable);
    EXPECT_EQ(ModulesToHave({}, program), std::nullopt) << variable;
  }
}

TEST(ModulesToHave, EmptyWhereModulesMayReadTheProgramsEnvironmentWhenTheyAreImported) {
  sandbox::Program program = Program("import aiohttp");
  program.environment.push_back("AIOHTTP_NO_EXTENSIONS=1");
  EXPECT_THAT(ModulesToHave({}, program), Optional(IsEmpty()));
}

TEST(ModulesToHave, TheEnvironmentThatTheInterpretersStartedWithChangesNothing) {
  sandbox::Program program = Program("import asyncio");
  program.environment.push_back("PYTHONPATH=/opt/packages");
  EXPECT_THAT(ModulesToHave({{"PYTHONPATH", "/opt/packages"}}, program), Optional(ElementsAre("asyncio")));
  EXPECT_EQ(ModulesToHave({{"PYTHONPATH", "/opt/others"}}, program), std::nullopt);
}

TEST(ModulesToHave, EmptyWhereFilesMayBeModules) {
  sandbox::Program program = Program("import asyncio");
  program.files.push_back({.path = "asyncio.py", .content = "x = 1"});
  EXPECT_THAT(ModulesToHave({}, program), Optional(IsEmpty()));
  program = Program("import asyncio");
  program.files[0].path = "asyncio.py";
  EXPECT_THAT(ModulesToHave({}, program), Optional(IsEmpty()));
  program = Program("import asyncio");
  program.files.push_back({.path = "data/input.txt", .content = "1"});
  EXPECT_THAT(ModulesToHave({}, program), Optional(ElementsAre("asyncio")));
}

TEST(ModulesToHave, NoneWhereFilesAreAPackageDirectory) {
  sandbox::Program program = Program("import asyncio");
  program.files.push_back({.path = ".local/lib/python3.11/site-packages/x.pth", .content = "import os"});
  EXPECT_EQ(ModulesToHave({}, program), std::nullopt);
}

TEST(Suits, AProfileThatBringsNothingTheProgramDoesNotImport) {
  const PythonProfile both = {.name = "python+asyncio+aiohttp", .modules = {"asyncio", "aiohttp"}};
  EXPECT_TRUE(Suits(both, {"asyncio", "aiohttp", "os"}));
  EXPECT_FALSE(Suits(both, {"asyncio"}));
  EXPECT_TRUE(Suits({.name = "python", .modules = {}}, {}));
}

}  // namespace
}  // namespace skillrunner

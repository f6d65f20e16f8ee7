#include "runner/warm_profiles.h"

#include <gmock/gmock.h>

#include "sandbox/environment.h"

namespace skillrunner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::vector<PythonProfile> kProfiles = {{.name = "python", .modules = {}},
                                              {.name = "python+asyncio", .modules = {"asyncio"}},
                                              {.name = "python+asyncio+aiohttp", .modules = {"asyncio", "aiohttp"}}};

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

TEST(SuitableProfiles, TheWarmestThatBringsNothingTheProgramDoesNotImport) {
  EXPECT_THAT(SuitableProfiles(kProfiles, Program("print(1)")), ElementsAre("python"));
  EXPECT_THAT(SuitableProfiles(kProfiles, Program("import asyncio")), ElementsAre("python+asyncio", "python"));
  EXPECT_THAT(SuitableProfiles(kProfiles, Program("import aiohttp")), ElementsAre("python"));
  EXPECT_THAT(SuitableProfiles(kProfiles, Program("import asyncio\nimport aiohttp")),
              ElementsAre("python+asyncio+aiohttp", "python+asyncio", "python"));
}

TEST(SuitableProfiles, NoneWhereTheEnvironmentChangesTheStart) {
  for (const char* variable :
       {"PYTHONOPTIMIZE=1", "LANG=C", "LC_ALL=C", "HOME=/tmp", "PATH=/bin", "TZ=UTC", "LD_PRELOAD=x"}) {
    sandbox::Program program = Program("import asyncio");
    program.environment.push_back(variable);
    EXPECT_THAT(SuitableProfiles(kProfiles, program), IsEmpty()) << variable;
  }
  sandbox::Program harmless = Program("import asyncio");
  harmless.environment.push_back("API_URL=http://example.com");
  EXPECT_THAT(SuitableProfiles(kProfiles, harmless), ElementsAre("python+asyncio", "python"));
}

TEST(SuitableProfiles, OnlyTheBareOneWhereFilesMayBeModules) {
  sandbox::Program program = Program("import asyncio");
  program.files.push_back({.path = "asyncio.py", .content = ""});
  EXPECT_THAT(SuitableProfiles(kProfiles, program), ElementsAre("python"));
  program = Program("import asyncio");
  program.files.front().path = "asyncio.py";
  EXPECT_THAT(SuitableProfiles(kProfiles, program), ElementsAre("python"));
  program = Program("import asyncio");
  program.files.push_back({.path = "input.txt", .content = ""});
  EXPECT_THAT(SuitableProfiles(kProfiles, program), ElementsAre("python+asyncio", "python"));
}

TEST(SuitableProfiles, NoneWhereFilesAreAPackageDirectory) {
  sandbox::Program program = Program("import asyncio");
  program.files.push_back({.path = ".local/lib/python3.11/site-packages/x.pth", .content = ""});
  EXPECT_THAT(SuitableProfiles(kProfiles, program), IsEmpty());
}

}  // namespace
}  // namespace skillrunner

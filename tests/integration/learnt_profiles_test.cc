// Profiles of warm interpreters that the service learns from the examples it runs.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "package_copy.h"
#include "service_cases.h"
#include "testing/processes.h"

namespace skillrunner::testing {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr int kEnough = 25;
constexpr char kSource[] = "import sys\nprint('decimal' in sys.modules)\nimport asyncio, decimal\n";
constexpr char kLearnt[] = "python+asyncio+decimal";

class LearntProfiles : public ServiceCase {
 protected:
  void SetUp() override {
    directory_ = MakeTemporaryDirectory("learnt");
    std::ofstream(directory_ + "/sums.md")
        << "---\nname: sums\ndescription: Adds decimals. Use it to add.\n---\n# Sums\n\n"
           "## Example\n\n```python\n"
        << kSource << "```\n";
  }
  void TearDown() override {
    ServiceCase::TearDown();
    service_.reset();
    std::filesystem::remove_all(directory_);
  }
  void StartWith(const std::vector<std::string>& flags) { StartService({.skills = directory_, .flags = flags}); }

  std::string RunOnce() {
    v1::RunExampleRequest request;
    request.set_example("skills/sums/examples/example");
    const RunRecord record = RunExample(runs(), request);
    EXPECT_EQ(record.Problem(), "");
    return record.Stdout();
  }
  std::vector<std::string> Profiles() {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse response;
    EXPECT_TRUE(system().GetCapabilities(&context, v1::GetCapabilitiesRequest(), &response).ok());
    std::vector<std::string> names;
    for (const v1::WarmProfile& profile : response.warm_profiles()) names.push_back(profile.name());
    return names;
  }

  std::string directory_;
  const PackageCopy packages_;
};

TEST_P(LearntProfiles, ExamplesThatAreOftenRunFindTheirModulesImported) {
  StartWith({"--python-profiles=bare,asyncio"});
  EXPECT_EQ(RunOnce(), "False\n");
  EXPECT_TRUE(Eventually([&] { return RunOnce() == "True\n"; }));
  EXPECT_THAT(Profiles(), Contains(kLearnt));
}

TEST_P(LearntProfiles, SourceOfRequestsTeachesNothing) {
  StartWith({"--python-profiles=bare,asyncio"});
  for (int i = 0; i < kEnough; ++i) EXPECT_EQ(RunSource(runs(), PythonSource(kSource)).Stdout(), "False\n");
  EXPECT_THAT(Profiles(), Not(Contains(kLearnt)));
}

TEST_P(LearntProfiles, NoneWithoutABudget) {
  StartWith({"--python-profiles=bare,asyncio", "--learnt-python-profiles=0"});
  for (int i = 0; i < kEnough; ++i) EXPECT_EQ(RunOnce(), "False\n");
  EXPECT_THAT(Profiles(), Not(Contains(kLearnt)));
}

TEST_P(LearntProfiles, WhatCannotBeImportedIsGivenUp) {
  std::ofstream(directory_ + "/sums.md", std::ios::app) << "\n## Broken\n\n```python\nimport nosuchmodule\n```\n";
  StartWith({"--python-profiles=bare"});
  v1::RunExampleRequest request;
  request.set_example("skills/sums/examples/broken");
  EXPECT_TRUE(Eventually([&] {
    const RunRecord record = RunExample(runs(), request);
    EXPECT_THAT(record.Stderr(), ::testing::HasSubstr("No module named 'nosuchmodule'"));
    return service().Log().find("profile given up") != std::string::npos;
  }));
  EXPECT_TRUE(Eventually([&] { return Profiles().size() == 1; })) << Profiles().size();
}

TEST_P(LearntProfiles, WarningsOfAnImportAreNotLost) {
  std::ofstream(directory_ + "/sums.md", std::ios::app) << "\n## Old\n\n```python\nimport telnetlib\n```\n";
  StartWith({"--python-profiles=bare"});
  v1::RunExampleRequest request;
  request.set_example("skills/sums/examples/old");
  const auto warns = [&] {
    EXPECT_THAT(RunExample(runs(), request).Stderr(), ::testing::HasSubstr("DeprecationWarning"));
  };
  EXPECT_TRUE(Eventually([&] {
    warns();
    return service().Log().find("the import of telnetlib writes to the standard streams") != std::string::npos;
  }));
  warns();
}

// Waits until the patience of the service comes to its end: half a minute.
TEST_P(LearntProfiles, ModulesThatHangOrKillWhenTheyAreImportedAheadAreGivenUp) {
  const std::vector<std::string> modules = {"hangs_ahead", "dies_ahead"};
  for (const std::string& module : modules) {
    std::ofstream(directory_ + "/sums.md", std::ios::app)
        << "\n## " << module << "\n\n```python\nimport " << module << "\nprint('imported')\n```\n";
  }
  StartWith({"--python-profiles=bare", "--python-packages=" + packages_.path() + "/ahead"});
  const auto run_them = [&] {
    for (const std::string& module : modules) {
      v1::RunExampleRequest request;
      request.set_example("skills/sums/examples/" + absl::StrReplaceAll(module, {{"_", "-"}}));
      EXPECT_EQ(RunExample(runs(), request).Stdout(), "imported\n");
    }
  };
  for (int i = 0; i < kEnough; ++i) run_them();
  const auto says = [&](absl::string_view text) { return absl::StrContains(service().Log(), text); };
  EXPECT_TRUE(Eventually([&] { return says("zygote of a learnt profile keeps dying and is given up"); }));
  for (const std::string& module : modules) {
    EXPECT_THAT(Profiles(), Contains("python+" + module)) << "given up too early to tell why";
  }
  EXPECT_TRUE(Eventually([&] { return Profiles().size() == 1; }, 60)) << Profiles().size();
  EXPECT_TRUE(says("profile given up"));
  run_them();
}

FOR_EVERY_IDENTITY(LearntProfiles);

}  // namespace
}  // namespace skillrunner::testing

// The seam through which privileged helpers of the sandbox, such as cgroups, come into the supervisor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/log.h"
#include "config/config.h"
#include "service_under_test.h"
#include "supervisor/checks.h"
#include "supervisor/supervisor.h"

namespace skillrunner {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// Runs a supervisor with these hooks in place of the executable; for the `prepare` of ServiceUnderTest::Start.
[[noreturn]] void RunSupervisor(const ServiceUnderTest& service, SupervisorHooks hooks) {
  const std::string texts[] = {"--listen=127.0.0.1:0", absl::StrCat("--skills=", service.At("skills")),
                               absl::StrCat("--state-dir=", service.At("state")),
                               absl::StrCat("--libexec-dir=", service.At("bin")), "--python-profiles=none"};
  const char* argv[] = {"skill-runner",   texts[0].c_str(), texts[1].c_str(),
                        texts[2].c_str(), texts[3].c_str(), texts[4].c_str()};
  const auto parsed = ParseCommandLine(6, argv);
  if (!parsed.ok()) ::_exit(100);
  log::Configure("skill-runner", log::Level::kInfo);
  absl::StatusOr<Prepared> prepared = Prepare(parsed->config);
  if (!prepared.ok()) ::_exit(101);
  Supervisor supervisor(*std::move(prepared), std::move(hooks));
  ::_exit(supervisor.Run());
}

void Append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(SupervisorHooks, PassArgumentsAndDescriptorsToEveryZygote) {
  ServiceUnderTest service;
  service.Start({}, [&service] {
    SupervisorHooks hooks;
    hooks.prepare_zygote = []() -> absl::StatusOr<ZygoteLaunch> {
      ZygoteLaunch launch;
      for (const char* name : {"one", "two"}) {
        auto fd = MakeMemfd(name, name);
        if (!fd.ok()) return fd.status();
        launch.fds.push_back(*std::move(fd));
      }
      launch.args = {"--cgroup-fds=4,5"};
      return launch;
    };
    RunSupervisor(service, std::move(hooks));
  });
  service.WaitForZygotes(1);
  Kill(service.WaitForZygotes(1)["zygotes"][0]);
  const nlohmann::json report = service.WaitForZygotes(2);
  for (const nlohmann::json& zygote : report["zygotes"]) {
    EXPECT_EQ(zygote["fds"], nlohmann::json({0, 1, 2, 3, 4, 5}));
    EXPECT_THAT(zygote["argv"].get<std::vector<std::string>>(), Contains("--cgroup-fds=4,5"));
  }
}

TEST(SupervisorHooks, SweepRunsAtTheStartAfterEachDeathAndAtTheEnd) {
  ServiceUnderTest service;
  service.Start({}, [&service] {
    SupervisorHooks hooks;
    hooks.sweep = [&service](pid_t) { Append(service.At("sweeps"), "x"); };
    RunSupervisor(service, std::move(hooks));
  });
  const nlohmann::json report = service.WaitForZygotes(1);
  EXPECT_EQ(ReadText(service.At("sweeps")), "x");
  Kill(report["zygotes"][0]);
  service.WaitForZygotes(2);
  EXPECT_EQ(ReadText(service.At("sweeps")), "xx");
  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 0);
  EXPECT_EQ(ReadText(service.At("sweeps")), "xxx");
}

TEST(SupervisorHooks, ZygoteThatCannotBePreparedIsTriedAgain) {
  ServiceUnderTest service;
  service.Start({}, [&service] {
    SupervisorHooks hooks;
    hooks.prepare_zygote = [calls = 0]() mutable -> absl::StatusOr<ZygoteLaunch> {
      ++calls;
      if (calls == 2 || calls == 3) return absl::UnavailableError("no cgroup just now");
      return ZygoteLaunch{};
    };
    RunSupervisor(service, std::move(hooks));
  });
  Kill(service.WaitForZygotes(1)["zygotes"][0]);
  service.WaitForZygotes(2);
  EXPECT_THAT(service.Stderr(), HasSubstr("no cgroup just now"));
}

TEST(SupervisorHooks, FirstZygoteThatCannotBePreparedEndsTheService) {
  ServiceUnderTest service;
  service.Start({}, [&service] {
    SupervisorHooks hooks;
    hooks.prepare_zygote = []() -> absl::StatusOr<ZygoteLaunch> { return absl::UnavailableError("no cgroup at all"); };
    RunSupervisor(service, std::move(hooks));
  });
  EXPECT_EQ(service.WaitForExit(), 1);
  EXPECT_THAT(service.Stderr(), HasSubstr("skill-runner: no cgroup at all\n"));
}

}  // namespace
}  // namespace skillrunner

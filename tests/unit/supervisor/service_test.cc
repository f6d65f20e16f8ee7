// The supervisor with real children: what they get, and what happens when one of them dies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service_under_test.h"

namespace skillrunner {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Texts(const nlohmann::json& array) {
  return array.get<std::vector<std::string>>();
}

void ExpectUnprivileged(const nlohmann::json& report, const std::string& user) {
  const nlohmann::json& status = report["status"];
  const std::string four_times = user + "\t" + user + "\t" + user + "\t" + user;
  EXPECT_EQ(status["Uid"], four_times);
  EXPECT_EQ(status["Gid"], four_times);
  EXPECT_THAT(status["Groups"].get<std::string>(), ::testing::MatchesRegex(" *"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) EXPECT_EQ(status[set], "0000000000000000") << set;
  EXPECT_EQ(status["NoNewPrivs"], "1");
}

void ExpectCleanStart(const nlohmann::json& report) {
  EXPECT_THAT(Texts(report["environment"]), UnorderedElementsAre("PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"));
  EXPECT_EQ(report["directory"], "/");
  EXPECT_EQ(report["umask"], 077);
  EXPECT_EQ(report["death_signal"], SIGKILL);
  EXPECT_EQ(report["stdin"], "/dev/null");
  EXPECT_EQ(report["session"], report["pid"]);
  for (const char* set : {"SigBlk", "SigIgn"}) EXPECT_EQ(report["status"][set], "0000000000000000") << set;
}

std::vector<pid_t> ProcessesOf(const nlohmann::json& report) {
  std::vector<pid_t> pids = {report["pid"].get<pid_t>()};
  for (const nlohmann::json& zygote : report["zygotes"]) {
    pids.push_back(zygote["pid"].get<pid_t>());
    pids.push_back(zygote["sandbox"].get<pid_t>());
  }
  return pids;
}

bool AllGone(const nlohmann::json& report) {
  const std::vector<pid_t> pids = ProcessesOf(report);
  return std::all_of(pids.begin(), pids.end(), IsGone);
}

TEST(Service, ServesWritesThePortFileAndLeavesNothingBehind) {
  ServiceUnderTest service;
  WriteText(service.At("run/port"), "1\n");  // of a service that was killed
  service.Start();
  const nlohmann::json report = service.WaitForZygotes(1);
  ASSERT_TRUE(WaitFor([&] { return ReadText(service.At("run/port")) != "1\n" && Exists(service.At("run/port")); }));
  EXPECT_EQ(service.WaitForPortFile(), std::to_string(report["port"].get<int>()) + "\n");
  struct stat info {};
  ASSERT_EQ(::stat(service.At("run/port").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
  EXPECT_EQ(report["zygotes"][0]["profile"], "exec");

  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 0);
  EXPECT_TRUE(AllGone(report));
  EXPECT_TRUE(std::filesystem::is_empty(service.At("run")));
}

TEST(Service, ChildrenGetNothingButWhatTheyNeed) {
  const int leaked = ::open("/etc/passwd", O_RDONLY);  // not close-on-exec: whoever starts the service may be careless
  ASSERT_GE(leaked, 3);
  ServiceUnderTest service;
  service.Start({"--max-queued=77"}, [] {
    ::setenv("GRPC_TRACE", "all", 1);
    ::setenv("SECRET", "x", 1);
    ::setenv("SKILL_RUNNER_MAX_RUNNING", "33", 1);
    ::signal(SIGUSR1, SIG_IGN);
    ::umask(0);
  });
  ::close(leaked);
  const nlohmann::json report = service.WaitForZygotes(1);
  ExpectCleanStart(report);
  EXPECT_EQ(report["fds"], nlohmann::json({0, 1, 2, 3, 4, 5}));
  EXPECT_THAT(Texts(report["argv"]), Contains("--max-running=33"));
  EXPECT_THAT(Texts(report["argv"]), Contains("--max-queued=77"));
  EXPECT_EQ(report["argv"][0], "skill-server");
  EXPECT_EQ(report["skills"][0], nlohmann::json({"one.md"}));

  const nlohmann::json& zygote = report["zygotes"][0];
  ExpectCleanStart(zygote);
  // Where this host lets us delegate cgroups, the zygote gets their directories after its socket, and is told so.
  std::vector<int> fds = {0, 1, 2, 3};
  std::vector<std::string> arguments = {"skill-zygote-exec", "--server-fd=3", "--isolation=auto"};
  for (const std::string& argument : Texts(zygote["argv"])) {
    if (!absl::StartsWith(argument, "--cgroup=")) continue;
    arguments.push_back(argument);
    for (int given = absl::StartsWith(argument, "--cgroup=v2:") ? 2 : 1; given > 0; --given) {
      fds.push_back(static_cast<int>(fds.size()));
    }
  }
  if (::geteuid() == 0) {  // ids can be mapped for it
    arguments.push_back(absl::StrCat("--id-mapper-fd=", fds.size()));
    arguments.push_back("--ids=4096");
    fds.push_back(static_cast<int>(fds.size()));
  }
  EXPECT_EQ(zygote["fds"], nlohmann::json(fds));
  EXPECT_EQ(Texts(zygote["argv"]), arguments);
}

TEST(Service, StartedAsRootDropsToItsTwoUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ServiceUnderTest service;
  service.Start({"--server-uid=61410", "--sandbox-uid=61411"}, [] {
    const gid_t groups[] = {4, 27};
    if (::setgroups(2, groups) != 0) ::_exit(126);
  });
  const nlohmann::json report = service.WaitForZygotes(1);
  ExpectUnprivileged(report, "61410");
  ExpectUnprivileged(report["zygotes"][0], "61411");
  EXPECT_EQ(report["status"]["CapBnd"], "0000000000000000");
  EXPECT_EQ(report["zygotes"][0]["status"]["CapBnd"], "0000000000000000");
  struct stat info {};
  ASSERT_EQ(::stat(service.At("state/server").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 61410u);
  ASSERT_EQ(::stat(service.At("state").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0u);
}

TEST(Service, StartedAsRootServesSkillsBelowADirectoryThatOnlyRootMayEnter) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  ServiceUnderTest service;
  for (const char* part : {"closed", "closed/skills"}) std::filesystem::create_directory(service.At(part));
  WriteText(service.At("closed/skills/two.md"), "# Two\n");
  std::filesystem::rename(service.At("bin"), service.At("closed/bin"));
  std::filesystem::create_directory_symlink("closed/bin", service.At("bin"));
  ::chmod(service.At("closed").c_str(), 0700);
  service.Start({"--skills=" + service.At("skills") + "," + service.At("closed/skills"),
                 "--state-dir=" + service.At("closed/new/state")});
  service.WaitForPortFile();
  ASSERT_TRUE(WaitFor([&] { return Exists(service.At("closed/new/state/server/report.json")); }));
  const nlohmann::json report =
      nlohmann::json::parse(ReadText(service.At("closed/new/state/server/report.json")), nullptr, false);
  EXPECT_EQ(report["skills"], nlohmann::json({{"one.md"}, {"two.md"}}));
  EXPECT_EQ(report["fds"], nlohmann::json({0, 1, 2, 3, 4, 5, 6}));
}

TEST(Service, WorksAsAnUnprivilegedUser) {
  ServiceUnderTest service;
  const uid_t user = ::geteuid() == 0 ? 65534 : ::geteuid();
  if (::geteuid() == 0) service.BecomeUser(user);
  service.Start();
  const nlohmann::json report = service.WaitForZygotes(1);
  ExpectCleanStart(report);
  if (::geteuid() == 0) {
    ExpectUnprivileged(report, std::to_string(user));
    ExpectUnprivileged(report["zygotes"][0], std::to_string(user));
  }
  service.Signal(SIGINT);
  EXPECT_EQ(service.WaitForExit(), 0);
  EXPECT_TRUE(AllGone(report));
}

TEST(Service, ReplacesADeadZygoteAndSendsItToTheSameServer) {
  ServiceUnderTest service;
  service.Start();
  const nlohmann::json before = service.WaitForZygotes(1);
  Kill(before["zygotes"][0]);
  const nlohmann::json after = service.WaitForZygotes(2);
  EXPECT_EQ(after["pid"], before["pid"]);
  EXPECT_NE(after["zygotes"][1]["pid"], before["zygotes"][0]["pid"]);
  EXPECT_TRUE(WaitFor([&] { return IsGone(before["zygotes"][0]["sandbox"].get<pid_t>()); }));
  // Nor does it stay as a zombie: the supervisor adopted and reaped it.
  const std::string sandbox = "/proc/" + std::to_string(before["zygotes"][0]["sandbox"].get<pid_t>());
  EXPECT_TRUE(WaitFor([&] { return !Exists(sandbox); }));
  // Again and again: the later ones wait a little before they start.
  for (size_t count = 3; count <= 4; ++count) {
    const nlohmann::json now = service.WaitForZygotes(count - 1);
    Kill(now["zygotes"][count - 2]);
    service.WaitForZygotes(count);
  }
}

TEST(Service, StartsZygotesForWhatTheServerHasLearntAndNoOthers) {
  ServiceUnderTest service;
  service.Behave("learn");
  service.Start({"--python-profiles=bare", "--learnt-python-profiles=1"});
  const nlohmann::json report = service.WaitForZygotes(4);
  std::vector<std::string> profiles;
  const nlohmann::json* learnt = nullptr;
  for (const nlohmann::json& zygote : report["zygotes"]) {
    profiles.push_back(zygote["profile"]);
    if (profiles.back() == "python+decimal") learnt = &zygote;
  }
  EXPECT_THAT(profiles, UnorderedElementsAre("exec", "python", "python+json", "python+decimal"));
  ASSERT_NE(learnt, nullptr);
  EXPECT_THAT(Texts((*learnt)["argv"]), Contains("--preload=decimal"));
  Kill(*learnt);
  const nlohmann::json again = service.WaitForZygotes(5);
  EXPECT_EQ(again["zygotes"].back()["profile"], "python+decimal") << "a learnt one that dies is replaced";
}

TEST(Service, RestartsADeadServerWithNewZygotesOnTheSamePort) {
  ServiceUnderTest service;
  service.Start();
  const nlohmann::json before = service.WaitForZygotes(1);
  ASSERT_EQ(service.WaitForPortFile(), std::to_string(before["port"].get<int>()) + "\n");
  Kill(before);
  const nlohmann::json after = service.WaitForReport(
      [&](const nlohmann::json& report) { return report["pid"] != before["pid"] && report["zygotes"].size() == 1; });
  EXPECT_EQ(after["port"], before["port"]);
  EXPECT_NE(after["zygotes"][0]["pid"], before["zygotes"][0]["pid"]);
  EXPECT_TRUE(AllGone(before));
  EXPECT_EQ(service.WaitForPortFile(), std::to_string(before["port"].get<int>()) + "\n");
  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 0);
  EXPECT_TRUE(AllGone(after));
}

TEST(Service, ServerThatServedOnceIsStartedAgainHoweverOftenItDies) {
  ServiceUnderTest service;
  service.Start();
  const nlohmann::json before = service.WaitForZygotes(1);
  service.Behave("exit-7");
  Kill(before);
  ASSERT_TRUE(WaitFor([&] { return absl::StrContains(service.Stderr(), "\"deaths_in_a_row\":\"3\""); }))
      << service.Stderr();
  service.Behave("");
  const nlohmann::json after =
      service.WaitForReport([&](const nlohmann::json& report) { return report["pid"] != before["pid"]; });
  EXPECT_EQ(after["port"], before["port"]);
}

TEST(Service, KillsZygotesThatOutliveTheServer) {
  ServiceUnderTest service;
  service.Behave("stubborn");
  service.Start();
  const nlohmann::json before = service.WaitForZygotes(1);
  Kill(before);
  const nlohmann::json after = service.WaitForReport(
      [&](const nlohmann::json& report) { return report["pid"] != before["pid"] && report["zygotes"].size() == 1; });
  EXPECT_TRUE(AllGone(before));
  EXPECT_THAT(service.Stderr(), HasSubstr("zygotes do not end and are killed"));
}

TEST(Service, StopsTheServerFirstAndLetsZygotesEndByThemselves) {
  ServiceUnderTest service;
  service.Start();
  const nlohmann::json report = service.WaitForZygotes(1);
  service.WaitForPortFile();
  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 0);
  const std::string text = service.Stderr();
  const size_t server = text.find("test-server " + std::to_string(report["pid"].get<pid_t>()) + ": SIGTERM");
  const size_t zygote =
      text.find("test-zygote " + std::to_string(report["zygotes"][0]["pid"].get<pid_t>()) + ": end of file");
  ASSERT_NE(server, std::string::npos) << text;
  ASSERT_NE(zygote, std::string::npos) << text;
  EXPECT_LT(server, zygote);
}

TEST(Service, SecondSignalKillsWhatDoesNotEnd) {
  ServiceUnderTest service;
  service.Behave("deaf");
  service.Start({"--shutdown-grace=1h"});
  service.WaitForPortFile();
  service.WaitForZygotes(1);
  service.Signal(SIGTERM);
  const nlohmann::json report = service.WaitForReport([](const nlohmann::json& r) { return r.contains("terms"); });
  EXPECT_EQ(report["terms"], 1);
  service.Signal(SIGINT);
  EXPECT_EQ(service.WaitForExit(), 1);
  EXPECT_TRUE(AllGone(report));
  EXPECT_FALSE(Exists(service.At("run/port")));
}

TEST(Service, ServerThatIgnoresSigtermIsKilledAfterTheGrace) {
  ServiceUnderTest service;
  service.Behave("deaf");
  service.Start();
  const nlohmann::json report = service.WaitForZygotes(1);
  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 1);
  EXPECT_TRUE(AllGone(report));
}

TEST(Service, CanBeStoppedBeforeItServes) {
  ServiceUnderTest service;
  service.Behave("mute");
  service.Start();
  const nlohmann::json report = service.WaitForZygotes(1);
  EXPECT_FALSE(Exists(service.At("run/port")));
  service.Signal(SIGTERM);
  EXPECT_EQ(service.WaitForExit(), 0);
  EXPECT_TRUE(AllGone(report));
}

TEST(Service, HangupIsIgnored) {
  ServiceUnderTest service;
  service.Start();
  const nlohmann::json before = service.WaitForZygotes(1);
  service.Signal(SIGHUP);
  Kill(before["zygotes"][0]);  // its replacement shows that the supervisor lives
  EXPECT_EQ(service.WaitForZygotes(2)["pid"], before["pid"]);
}

TEST(Service, KilledSupervisorTakesEveryProcessWithItAndFreesTheStateDirectory) {
  for (const bool as_root : {true, false}) {
    if (as_root && ::geteuid() != 0) continue;
    ServiceUnderTest service;
    service.Behave("stubborn");  // ends of file do not end these children: only the kernel does
    if (!as_root && ::geteuid() == 0) service.BecomeUser(65534);
    service.Start();
    const nlohmann::json report = service.WaitForZygotes(1);
    service.WaitForPortFile();
    service.Signal(SIGKILL);
    EXPECT_EQ(service.WaitForExit(), 128 + SIGKILL);
    EXPECT_TRUE(WaitFor([&] { return AllGone(report); }));
    std::filesystem::remove(service.At("state/server/report.json"));
    service.Start();
    EXPECT_NE(service.WaitForZygotes(1)["pid"], report["pid"]);
  }
}

TEST(Service, HelpAndVersionNeedNothing) {
  for (const char* flag : {"--help", "--version"}) {
    ServiceUnderTest service;
    service.Start({flag, "--skills=/nowhere"}, [] { ::close(STDOUT_FILENO); });
    EXPECT_EQ(service.WaitForExit(), 0);
    EXPECT_EQ(service.Stderr(), "");
  }
}

}  // namespace
}  // namespace skillrunner

// What stops the service from starting: one sentence on stderr and the exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service_under_test.h"

namespace skillrunner {
namespace {

class Refusal : public ::testing::Test {
 protected:
  // Starts, waits for the end, and expects one line beside those of the test zygote.
  std::string SentenceOf(const std::vector<std::string>& flags, int exit_code,
                         const std::function<void()>& prepare = {}) {
    service_.Start(flags, prepare);
    EXPECT_EQ(service_.WaitForExit(), exit_code);
    std::string text;
    for (absl::string_view line : absl::StrSplit(service_.Stderr(), absl::ByChar('\n'), absl::SkipEmpty())) {
      if (!absl::StartsWith(line, "test-zygote")) absl::StrAppend(&text, line, "\n");
    }
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    return text;
  }
  std::string At(const std::string& name) { return service_.At(name); }

  ServiceUnderTest service_;
};

TEST_F(Refusal, BadFlag) {
  EXPECT_EQ(SentenceOf({"--max-runing=1"}, 2),
            "skill-runner: there is no flag --max-runing; did you mean --max-running?\n");
}

TEST_F(Refusal, BadVariable) {
  EXPECT_EQ(SentenceOf({}, 2, [] { ::setenv("SKILL_RUNNER_LOG_LEVEL", "loud", 1); }),
            "skill-runner: SKILL_RUNNER_LOG_LEVEL: 'loud' is not debug, info, warning, error or off\n");
}

TEST_F(Refusal, MissingSkillsDirectory) {
  EXPECT_EQ(SentenceOf({"--skills=" + At("skills") + "," + At("nowhere")}, 1),
            "skill-runner: --skills: there is no directory " + At("nowhere") + "\n");
  EXPECT_FALSE(Exists(At("state/lock"))) << "refused before anything was created";
}

TEST_F(Refusal, SkillsThatAreAFile) {
  EXPECT_EQ(SentenceOf({"--skills=" + At("skills/one.md")}, 1),
            "skill-runner: --skills: " + At("skills/one.md") + " is not a directory\n");
}

TEST_F(Refusal, SkillsThatTheServersUserCannotRead) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root becomes another user";
  ::chmod(At("skills").c_str(), 0700);
  EXPECT_EQ(SentenceOf({}, 1), "skill-runner: --skills: " + At("skills") +
                                   " cannot be read by user 61400, as whom the server runs: give others read and "
                                   "execute permission\n");
}

TEST_F(Refusal, PackagesThatAreNowhere) {
  EXPECT_EQ(SentenceOf({"--python-packages=/nowhere/packages"}, 1),
            "skill-runner: --python-packages: /nowhere/packages does not exist\n");
}

TEST_F(Refusal, PackagesThatSandboxesWouldNotSee) {
  EXPECT_EQ(SentenceOf({"--python-packages=" + At("skills")}, 1),
            "skill-runner: --python-packages: " + At("skills") +
                " is below /tmp, where sandboxes have files of their own: move it elsewhere\n");
}

TEST_F(Refusal, VirtualEnvironmentWithoutPackages) {
  WriteText(At("skills/pyvenv.cfg"), "home = /usr/bin\n");
  EXPECT_EQ(
      SentenceOf({"--python-packages=" + At("skills")}, 1),
      "skill-runner: --python-packages: " + At("skills") +
          " is a virtual environment without lib/python3.11/site-packages, where those of /usr/bin/python3 would be\n");
}

TEST_F(Refusal, FewerUsersThanZygotes) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root has users to share out";
  EXPECT_EQ(SentenceOf({"--sandbox-uids=3", "--python-profiles=bare,asyncio"}, 1),
            "skill-runner: --sandbox-uids=3 is less than one for each of 5 zygotes: give more, or 0 for none\n");
}

TEST_F(Refusal, MissingPython) {
  EXPECT_EQ(SentenceOf({"--python=/nowhere/python3"}, 1),
            "skill-runner: python3 was not found at /nowhere/python3: install the package python3 or pass "
            "--python=PATH\n");
}

TEST_F(Refusal, PythonThatIsOnNoPath) {
  EXPECT_EQ(
      SentenceOf({"--python=python3.0"}, 1),
      "skill-runner: python3.0 was not found in /usr/local/bin:/usr/bin:/bin: install the package python3 or pass "
      "--python=PATH\n");
}

TEST_F(Refusal, MissingNodeThatWasAskedFor) {
  EXPECT_EQ(SentenceOf({"--node=/nowhere/node"}, 1), "skill-runner: --node=/nowhere/node is not an executable file\n");
}

TEST_F(Refusal, StateDirectoryThatCannotBeCreated) {
  EXPECT_EQ(SentenceOf({"--state-dir=/proc/nowhere/state"}, 1),
            "skill-runner: --state-dir=/proc/nowhere/state cannot be created: No such file or directory\n");
}

TEST_F(Refusal, StateDirectoryThatIsAFile) {
  EXPECT_EQ(SentenceOf({"--state-dir=" + At("skills/one.md")}, 1),
            "skill-runner: --state-dir=" + At("skills/one.md") + " cannot be created: Not a directory\n");
}

TEST_F(Refusal, ReadOnlyStateDirectory) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
  const std::string state = At("state");
  const auto mount_read_only = [state] {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", state.c_str(), "tmpfs", MS_RDONLY, nullptr) != 0) {
      ::_exit(126);
    }
  };
  EXPECT_EQ(SentenceOf({}, 1, mount_read_only),
            "skill-runner: --state-dir=" + state + " cannot be written: Read-only file system\n");
}

TEST_F(Refusal, StateDirectoryOfSomebodyElse) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root becomes another user";
  service_.BecomeUser(65534);
  const std::string state = At("state");
  EXPECT_EQ(SentenceOf({}, 1, [state] { ::chmod(state.c_str(), 0500); }),
            "skill-runner: --state-dir=" + state + " cannot be written: Permission denied\n");
}

TEST_F(Refusal, MissingServer) {
  std::filesystem::remove(At("bin/skill-server"));
  EXPECT_EQ(SentenceOf({}, 1), "skill-runner: skill-server was not found in " + At("bin") +
                                   ": install it beside skill-runner or pass --libexec-dir=DIR\n");
}

TEST_F(Refusal, MissingZygote) {
  EXPECT_EQ(SentenceOf({"--libexec-dir=" + At("run")}, 1),
            "skill-runner: skill-server was not found in " + At("run") +
                ": install it beside skill-runner or pass --libexec-dir=DIR\n");
}

TEST_F(Refusal, PortFileInNoDirectory) {
  EXPECT_EQ(SentenceOf({"--port-file=" + At("nowhere/port")}, 1),
            "skill-runner: --port-file=" + At("nowhere/port") + " cannot be written: No such file or directory\n");
}

TEST_F(Refusal, ServerThatCannotServeSpeaksForItself) {
  service_.Behave("fatal");
  EXPECT_EQ(SentenceOf({"--log-level=off"}, 1), "test-server: cannot listen\n");
}

TEST_F(Refusal, ServerThatEndsBeforeItServedGivesItsExitCode) {
  service_.Behave("exit-7");
  EXPECT_EQ(SentenceOf({"--log-level=off"}, 7), "skill-runner: skill-server exited with code 7 before it served\n");
  EXPECT_FALSE(Exists(At("run/port")));
}

TEST(RefusalBySecondService, NamesTheProcessThatHoldsTheStateDirectory) {
  ServiceUnderTest first;
  first.Start();
  first.WaitForPortFile();
  ServiceUnderTest second;
  second.Start({"--state-dir=" + first.At("state")});
  EXPECT_EQ(second.WaitForExit(), 1);
  EXPECT_EQ(second.Stderr(), "skill-runner: --state-dir=" + first.At("state") +
                                 " is in use by another service, process " + std::to_string(first.pid()) + "\n");
  EXPECT_TRUE(Exists(first.At("run/port")));
}

}  // namespace
}  // namespace skillrunner

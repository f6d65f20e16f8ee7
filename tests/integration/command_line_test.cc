// What the operator is told when something is wrong: one clear sentence, and a non-zero exit. And the client program.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Binary(const std::string& name) {
  return StagedDirectory() + "/bin/" + name;
}

std::string ScratchDirectory() {
  const std::string path = absl::StrCat(StagedDirectory(), "/scratch-", ::getpid());
  std::filesystem::create_directories(path);
  return path;
}

CommandResult RunService(const std::vector<std::string>& flags, const std::string& listen = "127.0.0.1:0") {
  std::vector<std::string> command = {"timeout", "60", Binary("skill-runner"), "--listen=" + listen, "--log-level=off"};
  command.insert(command.end(), flags.begin(), flags.end());
  return RunCommand(command);
}

void ExpectRefusal(const CommandResult& result, const std::string& says) {
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.exit_code, 124) << "it went on serving";
  EXPECT_THAT(result.err, HasSubstr(says));
  const std::vector<std::string> lines = absl::StrSplit(result.err, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 1U) << result.err;
}

std::string Skills() {
  return "--skills=" + StagedDirectory() + "/skills";
}
std::string State() {
  return "--state-dir=" + ScratchDirectory() + "/state";
}

TEST(CommandLine, PortInUse) {
  const Service running;
  ExpectRefusal(RunService({Skills(), State()}, running.address()),
                absl::StrCat(running.address(), ": address already in use"));
  // Nor is that sentence buried in what follows from it.
  const CommandResult logged =
      RunCommand({"timeout", "60", Binary("skill-runner"), "--listen=" + running.address(), Skills(), State()});
  EXPECT_THAT(logged.err, ::testing::Not(::testing::AnyOf(HasSubstr("died"), HasSubstr("not handed over"))));
}

TEST(CommandLine, MissingSkillsDirectory) {
  ExpectRefusal(RunService({"--skills=/nonexistent", State()}), "/nonexistent");
}

TEST(CommandLine, MissingPython) {
  ExpectRefusal(RunService({Skills(), State(), "--python=/nonexistent/python3"}), "/nonexistent/python3");
}

TEST(CommandLine, BadFlags) {
  ExpectRefusal(RunService({Skills(), State(), "--no-such-flag"}), "--no-such-flag");
  ExpectRefusal(RunService({Skills(), State(), "--max-running=many"}), "--max-running");
  ExpectRefusal(RunService({Skills(), State()}, "0.0.0.0:0"), "--listen-beyond-loopback-without-credentials");
}

TEST(CommandLine, ReadOnlyStateDirectory) {
  const std::string directory = ScratchDirectory() + "/read-only";
  std::filesystem::create_directories(directory);
  if (::geteuid() == 0) {
    ASSERT_EQ(::mount("tmpfs", directory.c_str(), "tmpfs", MS_RDONLY, nullptr), 0);
  } else {
    ASSERT_EQ(::chmod(directory.c_str(), 0555), 0);
  }
  ExpectRefusal(RunService({Skills(), "--state-dir=" + directory}), directory);
  if (::geteuid() == 0) ::umount(directory.c_str());
}

TEST(CommandLine, WarnsWhereUsersForSandboxesMayRunOut) {
  if (::geteuid() != 0) return;  // others have no users to give
  const Service service({.identity = Identity::kRoot, .flags = {"--sandbox-uids=100", "--max-running=64"}});
  EXPECT_THAT(service.Log(), HasSubstr("runs of one kind may find no user left"));
  const Service enough({.identity = Identity::kRoot, .flags = {"--sandbox-uids=1000", "--max-running=64"}});
  EXPECT_THAT(enough.Log(), ::testing::Not(HasSubstr("runs of one kind may find no user left")));
}

class Skillctl : public ServiceCase {
 protected:
  void SetUp() override { StartService(); }
  CommandResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {Binary("skillctl"), "--address", service().address()});
    return RunCommand(arguments);
  }
};

TEST_P(Skillctl, RunsAnExampleWithItsOutputAndExitCode) {
  const CommandResult good = Run({"run", "skills/python-async-io/examples/exemplo-concorrente"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_NE(good.out, "");
  EXPECT_EQ(good.err, "");
  const std::string script = ScratchDirectory() + "/seven.py";
  std::FILE* file = std::fopen(script.c_str(), "w");
  std::fputs("import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(7)\n", file);
  std::fclose(file);
  const CommandResult seven = Run({"run-source", "--runtime", "python", script});
  EXPECT_EQ(seven.exit_code, 7);
  EXPECT_EQ(seven.out, "out\n");
  EXPECT_THAT(seven.err, HasSubstr("err\n"));
}

TEST_P(Skillctl, ListsShowsAndDiagnoses) {
  EXPECT_THAT(Run({"list"}).out, HasSubstr("python-async-io"));
  EXPECT_THAT(Run({"show", "python-async-io"}).out, HasSubstr("exemplo-sequencial"));
  const CommandResult doctor = Run({"doctor"});
  EXPECT_EQ(doctor.exit_code, 0) << doctor.err;
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("seccomp"), HasSubstr("python")));
  EXPECT_EQ(Run({"doctor", "--quiet"}).exit_code, 0);
  EXPECT_THAT(Run({"--json", "runs"}).exit_code, 0);
  const CommandResult missing = Run({"run", "skills/python-async-oi/examples/x"});
  EXPECT_EQ(missing.exit_code, 64 + 5);
  EXPECT_THAT(missing.err, HasSubstr("skills/python-async-io"));
}

FOR_EVERY_IDENTITY(Skillctl);

}  // namespace
}  // namespace skillrunner::testing

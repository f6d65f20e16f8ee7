#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "config/knobs.h"

namespace skillrunner {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

absl::StatusOr<ParseResult> ParseAlone(const std::vector<std::string>& flags) {
  std::vector<const char*> argv = {"/usr/bin/skill-runner"};
  for (const std::string& flag : flags) argv.push_back(flag.c_str());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data());
}

// What a command line must name is already there.
absl::StatusOr<ParseResult> Parse(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {"--skills=/skills", "--state-dir=/state"});
  return ParseAlone(flags);
}

std::string Refusal(const std::vector<std::string>& flags) {
  const auto result = Parse(flags);
  return result.ok() ? "accepted" : std::string(result.status().message());
}

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(CommandLine, HasTheDocumentedDefaults) {
  const auto result = Parse({});
  ASSERT_TRUE(result.ok()) << result.status();
  const Config& config = result->config;
  EXPECT_EQ(config.listen.ToString(), "127.0.0.1:50051");
  EXPECT_THAT(config.skills, ElementsAre("/skills"));
  EXPECT_EQ(config.python, "python3");
  EXPECT_EQ(config.default_limits.wall_time, absl::Seconds(30));
  EXPECT_EQ(config.max_limits.wall_time, absl::Minutes(10));
  EXPECT_EQ(config.default_limits.memory_bytes, int64_t{512} << 20);
  EXPECT_EQ(config.max_limits.open_files, 4096);
  EXPECT_EQ(config.max_running, 256);
  EXPECT_EQ(config.max_queued, 10000);
  EXPECT_GE(config.rpc_threads, 1);
  EXPECT_EQ(config.shutdown_grace, absl::ZeroDuration());
  EXPECT_EQ(config.server_uid, 61400);
  EXPECT_EQ(config.sandbox_uid, 61401);
  EXPECT_EQ(config.control_fd, -1);
  EXPECT_EQ(config.libexec_dir, std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
  EXPECT_TRUE(result->warnings.empty());
  EXPECT_FALSE(result->print.has_value());
}

TEST(CommandLine, TakesBothWaysToGiveAValue) {
  const auto result = Parse({"--max-running", "7", "--max-queued=0"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->config.max_running, 7);
  EXPECT_EQ(result->config.max_queued, 0);
}

TEST(CommandLine, FlagWinsOverVariableAndVariableOverDefault) {
  const Variable running("SKILL_RUNNER_MAX_RUNNING", "5");
  EXPECT_EQ(Parse({})->config.max_running, 5);
  EXPECT_EQ(Parse({"--max-running=6"})->config.max_running, 6);
}

TEST(CommandLine, EmptyVariableCountsAsNotSet) {
  const Variable running("SKILL_RUNNER_MAX_RUNNING", "");
  EXPECT_EQ(Parse({})->config.max_running, 256);
}

TEST(CommandLine, BadVariableIsNamedAsVariable) {
  const Variable running("SKILL_RUNNER_MAX_RUNNING", "many");
  EXPECT_EQ(Refusal({}), "SKILL_RUNNER_MAX_RUNNING: 'many' is not a whole number");
}

TEST(CommandLine, VariableOfNoFlagIsAWarning) {
  const Variable typo("SKILL_RUNNER_MAX_RUNING", "5");
  const Variable hidden("SKILL_RUNNER_CONTROL_FD", "9");
  const auto result = Parse({});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->warnings.size(), 2u);
  EXPECT_EQ(result->config.control_fd, -1);
}

TEST(CommandLine, RefusesEachBadValueNamingItsFlag) {
  EXPECT_THAT(Refusal({"--listen=nowhere"}), StartsWith("--listen: 'nowhere' is not HOST:PORT"));
  EXPECT_THAT(Refusal({"--log-level=loud"}), StartsWith("--log-level: 'loud' is not debug"));
  EXPECT_THAT(Refusal({"--server-uid=70000", "--sandbox-uid=69000"}), HasSubstr("one of the users of runs"));
  EXPECT_THAT(Refusal({"--sandbox-uid=4294967290"}), HasSubstr("beyond the largest"));
  EXPECT_THAT(Refusal({"--isolation=none"}), StartsWith("--isolation: 'none' is not auto, full"));
  EXPECT_THAT(Refusal({"--default-wall-time=10"}), StartsWith("--default-wall-time: '10' is not a duration"));
  EXPECT_THAT(Refusal({"--default-wall-time=0s"}), StartsWith("--default-wall-time: '0s' is outside 1ms"));
  EXPECT_THAT(Refusal({"--max-memory=4GB"}), StartsWith("--max-memory: '4GB' is not a size"));
  EXPECT_THAT(Refusal({"--max-running=0"}), StartsWith("--max-running: '0' is outside 1 to "));
  EXPECT_THAT(Refusal({"--server-uid=0"}), StartsWith("--server-uid: '0' is outside 1 to "));
  EXPECT_THAT(Refusal({"--sandbox-uid=4294967295"}), StartsWith("--sandbox-uid: "));
  EXPECT_THAT(Refusal({"--skills-fds=2"}), StartsWith("--skills-fds: '2'"));
}

TEST(CommandLine, RefusesUnknownFlagsWithTheNearestOne) {
  EXPECT_EQ(Refusal({"--max-runing=5"}), "there is no flag --max-runing; did you mean --max-running?");
  EXPECT_EQ(Refusal({"--zzzzzzzzzzzzzzzz"}), "there is no flag --zzzzzzzzzzzzzzzz; --help lists them");
  EXPECT_EQ(Refusal({"serve"}), "'serve' is not a flag: only flags are taken");
}

TEST(CommandLine, RefusesMissingAndDoubledValues) {
  EXPECT_EQ(Refusal({"--listen"}), "--listen must be given once, with one value");
  EXPECT_EQ(Refusal({"--listen=127.0.0.1:1", "--listen=127.0.0.1:2"}), "--listen must be given once, with one value");
  EXPECT_EQ(Refusal({"--port-file=", "--max-running=3"}), "--port-file must be given once, with one value");
}

TEST(CommandLine, ListensBeyondLoopbackOnlyWhenToldLoudly) {
  EXPECT_THAT(Refusal({"--listen=0.0.0.0:1"}), StartsWith("--listen=0.0.0.0:1 is refused"));
  EXPECT_THAT(Refusal({"--listen=[::]:1"}), StartsWith("--listen=[::]:1 is refused"));
  EXPECT_TRUE(Parse({"--listen=0.0.0.0:1", "--listen-beyond-loopback-without-credentials"}).ok());
  EXPECT_TRUE(Parse({"--listen-beyond-loopback-without-credentials=true", "--listen=0.0.0.0:1"}).ok());
  EXPECT_FALSE(Parse({"--listen=0.0.0.0:1", "--listen-beyond-loopback-without-credentials=false"}).ok());
  EXPECT_THAT(Refusal({"--listen-beyond-loopback-without-credentials=maybe"}), HasSubstr("is not true or false"));
}

TEST(CommandLine, RefusesWhatNoInterpreterStartsWith) {
  EXPECT_THAT(Refusal({"--default-memory=1MiB"}), HasSubstr("is outside 16MiB to"));
  EXPECT_THAT(Refusal({"--max-disk=4KiB"}), HasSubstr("is outside 64KiB to"));
  EXPECT_THAT(Refusal({"--max-open-files=8"}), HasSubstr("is outside 16 to"));
  EXPECT_THAT(Refusal({"--max-ready-sandboxes=2"}), HasSubstr("--ready-sandboxes=4 is above --max-ready-sandboxes=2"));
}

TEST(CommandLine, RefusesDefaultsAboveTheirMaximum) {
  EXPECT_EQ(Refusal({"--default-wall-time=1h"}), "--default-wall-time=1h is above --max-wall-time=10m");
  EXPECT_EQ(Refusal({"--max-memory=64MiB"}), "--default-memory=512MiB is above --max-memory=64MiB");
  for (const char* name : {"cpu-time", "processes", "output", "disk", "open-files"}) {
    const std::string most = std::string("--max-") + name + (std::string(name) == "cpu-time" ? "=1s" : "=70000");
    const std::string given = std::string("--default-") + name + (std::string(name) == "cpu-time" ? "=2s" : "=80000");
    EXPECT_THAT(Refusal({most, given}), StartsWith(given + " is above --max-" + name));
  }
}

TEST(CommandLine, ServerAndSandboxNeverShareAUser) {
  EXPECT_THAT(Refusal({"--server-uid=7", "--sandbox-uid=7"}), HasSubstr("runs must not share the server's user"));
}

TEST(CommandLine, PathsBecomeAbsolute) {
  const auto result = ParseAlone({"--skills=a/,b/../c", "--state-dir=s", "--python=./py", "--port-file=p"});
  ASSERT_TRUE(result.ok()) << result.status();
  const std::string here = std::filesystem::current_path().string();
  EXPECT_THAT(result->config.skills, ElementsAre(here + "/a", here + "/c"));
  EXPECT_EQ(result->config.state_dir, here + "/s");
  EXPECT_EQ(result->config.python, here + "/py");
  EXPECT_EQ(result->config.port_file, here + "/p");
}

TEST(CommandLine, NamesTheFlagWhereNoSkillsAreFound) {
  const std::string directory = ::testing::TempDir() + "config_test_empty";
  std::filesystem::create_directories(directory);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory);
  const auto without = ParseAlone({"--state-dir=/state"});
  std::filesystem::create_directories(directory + "/skills");
  const auto with = ParseAlone({"--state-dir=/state"});
  std::filesystem::current_path(before);
  std::filesystem::remove_all(directory);
  ASSERT_FALSE(without.ok());
  EXPECT_THAT(std::string(without.status().message()), StartsWith("--skills=DIR[,DIR...] must be given"));
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_THAT(with->config.skills, ElementsAre(HasSubstr("config_test_empty/skills")));
}

TEST(CommandLine, StateDirectoryFollowsTheHomeDirectory) {
  const char* home_before = ::getenv("HOME");
  const std::string saved = home_before != nullptr ? home_before : "";
  {
    const Variable home("HOME", "/home/someone");
    EXPECT_EQ(ParseAlone({"--skills=/s"})->config.state_dir, "/home/someone/.local/state/skill-runner");
    const Variable xdg("XDG_STATE_HOME", "/xdg");
    EXPECT_EQ(ParseAlone({"--skills=/s"})->config.state_dir, "/xdg/skill-runner");
  }
  const auto homeless = ParseAlone({"--skills=/s"});
  ASSERT_FALSE(homeless.ok());
  EXPECT_THAT(std::string(homeless.status().message()), StartsWith("--state-dir=DIR must be given"));
  if (!saved.empty()) ::setenv("HOME", saved.c_str(), 1);
}

TEST(CommandLine, HelpListsEveryFlagItsVariableAndItsDefault) {
  const auto result = ParseAlone({"--help", "--max-running=nonsense"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(result->print.has_value());
  for (const Knob& knob : AllKnobs()) {
    if (knob.hidden) {
      EXPECT_THAT(*result->print, Not(HasSubstr("--" + knob.flag)));
      continue;
    }
    EXPECT_THAT(*result->print, ContainsRegex("--" + knob.flag + "[ \n]"));
    EXPECT_THAT(*result->print, HasSubstr(EnvironmentVariable(knob.flag)));
    EXPECT_THAT(*result->print, HasSubstr(knob.help));
    EXPECT_FALSE(knob.default_text.empty() && knob.default_meaning.empty()) << knob.flag;
  }
}

TEST(CommandLine, VersionNamesTheProgram) {
  const auto result = ParseAlone({"--version"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->print.value_or(""), "skill-runner " + std::string(Version()) + "\n");
}

TEST(ToFlags, GivesTheSameSettingsAgain) {
  const auto config = ParseAlone({"--listen=[::1]:0", "--skills=/a,/b", "--node=none", "--default-memory=65537KiB",
                                  "--shutdown-grace=1500ms", "--log-level=warning", "--port-file=/p", "--control-fd=3",
                                  "--state-fd=4", "--skills-fds=5,6", "--state-dir=/state"});
  ASSERT_TRUE(config.ok()) << config.status();
  const std::vector<std::string> flags = ToFlags(config->config);
  const auto again = ParseAlone(flags);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToFlags(again->config), flags);
  EXPECT_EQ(flags.size(), AllKnobs().size());
  EXPECT_EQ(again->config.node, "");
  EXPECT_EQ(again->config.control_fd, 3);
  EXPECT_THAT(again->config.skills_fds, ElementsAre(5, 6));
  EXPECT_EQ(again->config.shutdown_grace, absl::Milliseconds(1500));
}

TEST(ToFlags, LeavesOutWhatOnlyTheSupervisorGives) {
  const auto config = Parse({});
  ASSERT_TRUE(config.ok());
  for (const std::string& flag : ToFlags(config->config)) EXPECT_THAT(flag, Not(HasSubstr("-fd")));
}

}  // namespace
}  // namespace skillrunner

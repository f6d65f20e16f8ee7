// The finished skillctl, as a process, against a real gRPC server.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/unique_fd.h"
#include "scripted_service.h"

namespace skillrunner::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::pair<UniqueFd, UniqueFd> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE() << std::strerror(errno);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A running skillctl whose stdout and stderr the test reads.
class Process {
 public:
  explicit Process(std::vector<std::string> words, bool closed_output = false) {
    words.insert(words.begin(), SKILLCTL_PATH);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    auto [out_read, out_write] = MakePipe();
    auto [err_read, err_write] = MakePipe();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (closed_output) {
      posix_spawn_file_actions_addclose(&actions, 1);
    } else {
      posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
    }
    posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
    EXPECT_EQ(::posix_spawn(&pid_, SKILLCTL_PATH, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    out_ = std::move(out_read);
    err_ = std::move(err_read);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Reads stdout until it holds `text`.
  void AwaitOutput(const std::string& text) {
    while (out_text.find(text) == std::string::npos) {
      if (!ReadSome(out_.get(), &out_text)) FAIL() << "stdout ended with: " << out_text;
    }
  }
  void CloseOutput() { out_.reset(); }
  void Signal(int number) { ::kill(pid_, number); }

  // Exit code, or -signal.
  int Wait() {
    bool out_open = out_.valid();
    bool err_open = true;
    while (out_open || err_open) {
      pollfd fds[] = {{out_open ? out_.get() : -1, POLLIN, 0}, {err_open ? err_.get() : -1, POLLIN, 0}};
      ::poll(fds, 2, -1);
      if (fds[0].revents != 0) out_open = ReadSome(out_.get(), &out_text);
      if (fds[1].revents != 0) err_open = ReadSome(err_.get(), &err_text);
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string out_text;
  std::string err_text;

 private:
  static bool ReadSome(int fd, std::string* text) {
    char buffer[65536];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got <= 0) return false;
    text->append(buffer, static_cast<size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  UniqueFd out_;
  UniqueFd err_;
};

class Skillctl : public ::testing::Test {
 protected:
  std::vector<std::string> At(std::vector<std::string> words) {
    words.insert(words.begin(), {"--address", server_.address()});
    return words;
  }
  ScriptedRuns& runs() { return server_.runs(); }
  ScriptedServer server_;
};

TEST_F(Skillctl, RunCopiesOutputByteForByteAndExitsAsTheProgram) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::string large(64 * 1024, 'x');
  runs().SetJournal(Journal()
                        .Accepted()
                        .Out("ação\x1b[1m\n")
                        .Err("bad\n")
                        .Raw(all_bytes)
                        .Out(large)
                        .Finished(v1::TERMINATION_CAUSE_EXITED, 3, "The program ended with exit code 3."));
  Process process(At({"run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 3);
  EXPECT_EQ(process.out_text, "ação\x1b[1m\n" + all_bytes + large);
  EXPECT_EQ(process.err_text, "bad\nskillctl: The program ended with exit code 3.\n");
  EXPECT_EQ(runs().last_example().example(), "skills/async/examples/basic");
}

TEST_F(Skillctl, SuccessfulRunSaysNothingOfItsOwn) {
  runs().SetJournal(Journal().Accepted().Out("x").Finished(v1::TERMINATION_CAUSE_EXITED, 0, "Fine."));
  Process process(At({"run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(process.out_text, "x");
  EXPECT_EQ(process.err_text, "");
}

TEST_F(Skillctl, OutputComesWhileTheProgramRuns) {
  runs().SetJournal(Journal().Accepted().Out("no newline"));
  Process process(At({"run", "async/basic"}));
  process.AwaitOutput("no newline");  // the journal has no end yet
}

TEST_F(Skillctl, OptionsReachTheServiceUnchanged) {
  runs().SetJournal(Journal().Accepted().Finished(v1::TERMINATION_CAUSE_EXITED));
  Process process(At(
      {"run",         "async/basic",  "--arg",    "a b",     "--arg=",      "--arg=-x", "--env",           "K=v=w",
       "--wall-time", "1500ms",       "--memory", "64MiB",   "--processes", "7",        "--min-isolation", "namespaced",
       "--continue",  "--request-id", "id",       "--label", "l=m",         "--",       "--json",          "[1,2]",
       "--",          "{}",           ""}));
  EXPECT_EQ(process.Wait(), 0) << process.err_text;
  const v1::RunExampleRequest request = runs().last_example();
  EXPECT_THAT(request.args(), ElementsAre("a b", "", "-x", "--json", "[1,2]", "--", "{}", ""));
  EXPECT_EQ(request.env().at("K"), "v=w");
  EXPECT_EQ(request.limits().wall_time().nanos(), 500'000'000);
  EXPECT_EQ(request.limits().memory_bytes(), 67108864);
  EXPECT_EQ(request.limits().processes(), 7);
  EXPECT_EQ(request.min_isolation(), v1::ISOLATION_LEVEL_NAMESPACED);
  EXPECT_EQ(request.disconnect_policy(), v1::DISCONNECT_POLICY_CONTINUE);
  EXPECT_EQ(request.request_id(), "id");
  EXPECT_EQ(request.labels().at("l"), "m");
}

TEST_F(Skillctl, RunSourceSendsTheFileAndItsOptions) {
  runs().SetJournal(Journal().Accepted().Finished(v1::TERMINATION_CAUSE_EXITED));
  Process process(At({"run-source", "--runtime", "bash", "/dev/null", "--skill", "async", "--fresh", "--disk-bytes",
                      "1MiB", "--label", "l=m", "--open-files", "64", "--continue", "--", "x"}));
  EXPECT_EQ(process.Wait(), 0) << process.err_text;
  const v1::RunSourceRequest request = runs().last_source();
  EXPECT_EQ(request.runtime(), "bash");
  EXPECT_EQ(request.skill(), "skills/async");
  EXPECT_THAT(request.args(), ElementsAre("x"));
  EXPECT_TRUE(request.fresh_interpreter());
  EXPECT_EQ(request.limits().disk_bytes(), 1 << 20);
  EXPECT_EQ(request.limits().open_files(), 64);
  EXPECT_EQ(request.labels().at("l"), "m");
  EXPECT_EQ(request.disconnect_policy(), v1::DISCONNECT_POLICY_CONTINUE);
}

TEST_F(Skillctl, InterruptCancelsTheRunAndShowsTheRestOfIt) {
  for (const int number : {SIGINT, SIGTERM}) {
    ScriptedServer server;
    server.runs().SetJournal(Journal().Accepted().Out("working\n"));
    Process process({"--address", server.address(), "run", "async/basic"});
    process.AwaitOutput("working\n");
    process.Signal(number);
    EXPECT_EQ(process.Wait(), 130);
    EXPECT_TRUE(server.runs().WaitForCancel());
    EXPECT_EQ(process.err_text, "skillctl: The run was cancelled.\n");
  }
}

TEST_F(Skillctl, InterruptedWatchLeavesTheRunAlone) {
  runs().SetJournal(Journal().Accepted().Out("working\n"));
  Process process(At({"watch", "01scripted"}));
  process.AwaitOutput("working\n");
  process.Signal(SIGINT);
  EXPECT_EQ(process.Wait(), 130);
  EXPECT_TRUE(runs().WaitForDisconnect());
  EXPECT_EQ(runs().last_watched(), kRunName);
}

TEST_F(Skillctl, ClosedOutputCancelsTheRunQuietly) {
  Journal journal;
  journal.Accepted().Out("first\n");
  runs().SetJournal(journal);
  Process process(At({"run", "async/basic"}));
  process.AwaitOutput("first\n");
  process.CloseOutput();
  runs().SetJournal(journal.Out("second\n"));
  EXPECT_EQ(process.Wait(), 141);
  EXPECT_TRUE(runs().WaitForCancel());
  EXPECT_EQ(process.err_text, "");
}

TEST_F(Skillctl, BrokenStreamIsNotSeenInTheOutput) {
  runs().SetJournal(Journal().Accepted().Out("one\n").Out("two\n").Finished(v1::TERMINATION_CAUSE_EXITED));
  runs().Script({{.events = 2}});
  Process process(At({"run", "async/basic", "--continue"}));
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(process.out_text, "one\ntwo\n");
}

TEST_F(Skillctl, JsonIsOneEventALine) {
  runs().SetJournal(Journal().Accepted().Out("a\n").Finished(v1::TERMINATION_CAUSE_EXITED));
  Process process(At({"--json", "run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(
      process.out_text,
      "{\"sequence\":\"1\",\"accepted\":{\"run\":{\"name\":\"runs/01scripted\"}}}\n"
      "{\"sequence\":\"2\",\"output\":{\"stream\":\"STREAM_STDOUT\",\"text\":\"a\\n\"}}\n"
      "{\"sequence\":\"3\",\"finished\":{\"state\":\"STATE_SUCCEEDED\",\"cause\":\"TERMINATION_CAUSE_EXITED\"}}\n");
}

TEST_F(Skillctl, EventsAreToldOnStderr) {
  runs().SetJournal(Journal().Accepted().Out("a\n").Finished(v1::TERMINATION_CAUSE_EXITED));
  Process process(At({"run", "async/basic", "--events"}));
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_EQ(process.out_text, "a\n");
  EXPECT_THAT(process.err_text, StartsWith("[1 +0.000s] accepted: runs/01scripted\n[2 +0.000s] output: stdout, 2"));
}

TEST_F(Skillctl, LimitHasItsExitCodeAndMessage) {
  runs().SetJournal(Journal().Accepted().Finished(v1::TERMINATION_CAUSE_WALL_TIME_LIMIT, 0, "Ran longer than 1s."));
  Process process(At({"run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 124);
  EXPECT_EQ(process.err_text, "skillctl: Ran longer than 1s.\n");
}

TEST_F(Skillctl, RefusedRunExits64AndTheCode) {
  runs().Script({{.events = 0, .status = grpc::Status(grpc::StatusCode::NOT_FOUND, "did you mean async?")}});
  Process process(At({"run", "asinc/basic"}));
  EXPECT_EQ(process.Wait(), 69);
  EXPECT_EQ(process.err_text, "skillctl: NOT_FOUND: did you mean async?\n");
}

TEST_F(Skillctl, TimeoutEndsTheCall) {
  runs().SetJournal(Journal().Accepted());
  Process process(At({"--timeout", "200ms", "run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 68);
  EXPECT_TRUE(runs().WaitForDisconnect());
}

TEST_F(Skillctl, TimeoutOfARunThatHasBegunSaysWhatBecomesOfIt) {
  runs().SetJournal(Journal().Accepted());
  Process process(At({"--timeout", "1s", "run", "async/basic"}));
  EXPECT_EQ(process.Wait(), 68);
  EXPECT_THAT(process.err_text, HasSubstr(std::string("with it that of ") + kRunName + ", which is cancelled"));
}

TEST_F(Skillctl, ExportWritesNothingOutsideItsDirectory) {
  namespace fs = std::filesystem;
  const fs::path top = fs::path(::testing::TempDir()) / ("export-" + std::to_string(::getpid()));
  const auto code = [&](const std::string& directory, const std::string& path) {
    fs::remove_all(top);
    fs::create_directories(top / "in");
    server_.catalog().SetExport(directory, path);
    Process process(At({"export", "async", "--directory", (top / "in").string()}));
    return process.Wait();
  };
  EXPECT_EQ(code("async", "references/a.md"), 0);
  EXPECT_TRUE(fs::exists(top / "in/async/references/a.md"));
  for (const auto& [directory, path] :
       std::vector<std::pair<std::string, std::string>>{{"../async", "a.md"},
                                                        {(top / "async").string(), "a.md"},
                                                        {"..", "a.md"},
                                                        {"", "a.md"},
                                                        {"a/b", "a.md"},
                                                        {"async", "../../a.md"},
                                                        {"async", "b/../../../a.md"},
                                                        {"async", (top / "a.md").string()}}) {
    EXPECT_NE(code(directory, path), 0) << directory << " " << path;
    EXPECT_EQ(std::distance(fs::directory_iterator(top), {}), 1) << directory << " " << path;
    EXPECT_TRUE(fs::is_empty(top / "in")) << directory << " " << path;
  }
  EXPECT_NE(code("async", "SKILL.md/a.md"), 0);  // a file is in the way
  EXPECT_TRUE(fs::is_empty(top / "in"));
  fs::remove_all(top);
}

TEST_F(Skillctl, ClosedStandardOutputIsAnError) {
  Process process({"--address", server_.address(), "list"}, /*closed_output=*/true);
  EXPECT_EQ(process.Wait(), 125);
  EXPECT_THAT(process.err_text, HasSubstr("Bad file descriptor"));
}

TEST_F(Skillctl, ListShowsAllSkillsWithoutTheirTricks) {
  Process process(At({"list"}));
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.out_text, HasSubstr("async  1         Programação"));
  EXPECT_THAT(process.out_text, HasSubstr("\\x1b]0;owned\\x07 title"));
  EXPECT_THAT(process.out_text, HasSubstr("empty.md: -: The file is empty. [empty-file]"));
  EXPECT_THAT(process.out_text, Not(HasSubstr("\x1b")));
}

TEST_F(Skillctl, SearchPrintsTheServicesSentence) {
  Process process(At({"search", "async"}));
  EXPECT_EQ(process.Wait(), 76);
  EXPECT_EQ(process.err_text, "skillctl: UNIMPLEMENTED: Search comes with a later version.\n");
}

TEST(SkillctlAlone, NobodyAnsweringIsOneSentence) {
  Process process({"--address", "127.0.0.1:1", "doctor"});
  EXPECT_EQ(process.Wait(), 78);
  EXPECT_THAT(process.err_text, StartsWith("skillctl: no service answers at 127.0.0.1:1: is skill-runner running?"));
  EXPECT_EQ(std::count(process.err_text.begin(), process.err_text.end(), '\n'), 1);
  EXPECT_EQ(process.out_text, "");
}

TEST(SkillctlAlone, QuietDoctorIsQuiet) {
  Process process({"--address", "127.0.0.1:1", "doctor", "--quiet"});
  EXPECT_EQ(process.Wait(), 78);
  EXPECT_EQ(process.out_text + process.err_text, "");
}

TEST(SkillctlAlone, WrongCommandLinesExit2WithASentence) {
  const std::vector<std::vector<std::string>> wrong = {{"lst"},
                                                       {"list", "--bogus"},
                                                       {},
                                                       {"run"},
                                                       {"run", "async"},
                                                       {"run", "a/b", "--memory", "5q"},
                                                       {"run", "a/b", "--env", "K"},
                                                       {"run", "a/b", "--arg", "\xff"},
                                                       {"--timeout", "5", "list"},
                                                       {"--address", "nowhere", "list"},
                                                       {"--address", "https://127.0.0.1:1", "list"},
                                                       {"show", "a", "--summary", "--section", "b"},
                                                       {"runs", "01h", "--limit", "5"},
                                                       {"show", "a/b", "--summary"},
                                                       {"doctor", "--quiet", "--attack"},
                                                       {"export", "--directory", "/tmp"},
                                                       {"verify", "./nowhere"},
                                                       {"verify", "--json", "--format", "junit"},
                                                       {"lint", "--json", "--format", "sarif"},
                                                       {"list", "--", "x"}};
  for (const auto& words : wrong) {
    Process process(words);
    EXPECT_EQ(process.Wait(), 2) << ::testing::PrintToString(words);
    EXPECT_THAT(process.err_text, StartsWith("skillctl: ")) << ::testing::PrintToString(words);
    EXPECT_EQ(process.out_text, "");
  }
}

TEST(SkillctlAlone, UnreadableFileExits125) {
  Process process({"run-source", "--runtime", "python", "/nonexistent.py"});
  EXPECT_EQ(process.Wait(), 125);
  EXPECT_THAT(process.err_text, HasSubstr("/nonexistent.py"));
}

TEST(SkillctlAlone, HelpNamesEveryCommand) {
  Process process({"--help"});
  EXPECT_EQ(process.Wait(), 0);
  for (const char* command :
       {"list", "show", "search", "lint", "run", "run-source", "watch", "cancel", "runs", "doctor"}) {
    EXPECT_THAT(process.out_text, HasSubstr(std::string("\n  ") + command + " "));
  }
  EXPECT_THAT(process.out_text, HasSubstr("Exit status"));
}

TEST(SkillctlAlone, MistypedCommandGetsANearName) {
  Process process({"lst"});
  process.Wait();
  EXPECT_THAT(process.err_text, HasSubstr("there is no command 'lst'; did you mean list"));
}

TEST(SkillctlAlone, MistypedOptionGetsANearNameAndTheHelpOfItsCommand) {
  Process process({"run", "a/b", "--wal-time", "3s"});
  EXPECT_EQ(process.Wait(), 2);
  EXPECT_THAT(process.err_text, AllOf(StartsWith("skillctl: there is no option --wal-time; did you mean --wall-time"),
                                      HasSubstr("see skillctl run --help")));
}

TEST(SkillctlAlone, HelpOfACommandTellsOfTheOptionsThatAllHave) {
  for (const char* command : {"run", "export", "verify"}) {
    Process process({command, "--help"});
    EXPECT_EQ(process.Wait(), 0);
    EXPECT_THAT(process.out_text, HasSubstr("--address, --json and --timeout"));
  }
}

}  // namespace
}  // namespace skillrunner::client

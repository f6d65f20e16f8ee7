#include "skillctl/private_service.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace skillrunner::skillctl {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr absl::Duration kStopPatience = absl::Seconds(15);
constexpr absl::Duration kPause = absl::Milliseconds(10);

std::string ReadText(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string RunnerPath() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error && fs::exists(self.parent_path() / "skill-runner", error)) return self.parent_path() / "skill-runner";
  return "skill-runner";
}

// Or somebody else has seen its end.
bool Ended(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) != 0;
}

}  // namespace

PrivateService::~PrivateService() {
  Stop();
}

void PrivateService::Stop() {
  stopped_ = true;
  const pid_t pid = pid_.exchange(-1);
  if (pid > 0) {
    ::kill(pid, SIGTERM);
    const absl::Time end = absl::Now() + kStopPatience;
    bool ended = false;
    while (!(ended = Ended(pid)) && absl::Now() < end) absl::SleepFor(kPause);
    if (!ended) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  std::error_code ignored;
  if (!directory_.empty()) fs::remove_all(directory_, ignored);
}

absl::Status PrivateService::Start(const std::string& skills_directory) {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "skillctl-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr)
    return absl::UnavailableError("there is no directory for temporary files: set TMPDIR");
  directory_ = pattern;
  const std::string runner = RunnerPath();
  const std::string port_file = directory_ + "/port";
  const std::string log = directory_ + "/log";
  std::vector<std::string> words = {runner,
                                    "--listen=127.0.0.1:0",
                                    "--port-file=" + port_file,
                                    "--state-dir=" + directory_ + "/state",
                                    "--skills=" + skills_directory,
                                    "--log-level=error"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return absl::UnavailableError("no process could be made");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::getppid() != parent) ::_exit(98);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  pid_ = pid;
  const absl::Time end = absl::Now() + kPatience;
  int port = 0;
  while (!absl::SimpleAtoi(ReadText(port_file), &port)) {
    if (stopped_) return absl::CancelledError("interrupted");
    if (Ended(pid)) {
      pid_ = -1;
      const std::string said = ReadText(log);
      return absl::UnavailableError(absl::StrCat("the service for ", skills_directory, " did not start",
                                                 said.empty() ? absl::StrCat(": is ", runner, " installed?")
                                                              : absl::StrCat(":\n", absl::StripSuffix(said, "\n"))));
    }
    if (absl::Now() > end) return absl::UnavailableError("the service did not start within a minute");
    absl::SleepFor(kPause);
  }
  address_ = absl::StrCat("127.0.0.1:", port);
  return absl::OkStatus();
}

}  // namespace skillrunner::skillctl

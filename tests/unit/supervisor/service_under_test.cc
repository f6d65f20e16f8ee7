#include "service_under_test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/clock.h"

namespace skillrunner {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kPatienceNanos = 20'000'000'000;

bool Contains(const std::vector<std::string>& flags, const std::string& name) {
  for (const std::string& flag : flags) {
    if (flag.rfind(name + "=", 0) == 0) return true;
  }
  return false;
}

}  // namespace

bool Exists(const std::string& path) {
  return fs::exists(fs::symlink_status(path));
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

bool IsGone(pid_t pid) {
  const std::string stat = ReadText("/proc/" + std::to_string(pid) + "/stat");
  const size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || stat.compare(name_end, 3, ") Z") == 0;
}

void Kill(const nlohmann::json& report) {
  const pid_t pid = report["pid"].get<pid_t>();
  if (pid <= 1) throw std::runtime_error("no pid");
  ::kill(pid, SIGKILL);
}

bool WaitFor(const std::function<bool()>& condition) {
  const int64_t until = MonotonicNanos() + kPatienceNanos;
  while (!condition()) {
    if (MonotonicNanos() > until) return false;
    ::usleep(5000);
  }
  return true;
}

ServiceUnderTest::ServiceUnderTest() {
  std::string name = (fs::temp_directory_path() / "supervisor_test_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = name;
  ::chmod(name.c_str(), 0755);
  for (const char* part : {"bin", "skills", "state", "state/server", "run"}) fs::create_directory(At(part));
  // Copies, because another user may be unable to reach the build directory.
  fs::copy_file(SUPERVISOR_BINARY, At("bin/skill-runner"));
  fs::copy_file(TEST_SERVER_BINARY, At("bin/skill-server"));
  fs::copy_file(TEST_ZYGOTE_BINARY, At("bin/skill-zygote-exec"));
  fs::copy_file(TEST_ZYGOTE_BINARY, At("bin/skill-zygote-python"));
  for (const char* file : {"skill-runner", "skill-server", "skill-zygote-exec", "skill-zygote-python"}) {
    ::chmod(At(std::string("bin/") + file).c_str(), 0755);
  }
  WriteText(At("skills/one.md"), "# One\n");
}

ServiceUnderTest::~ServiceUnderTest() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    WaitForExit();
  }
  std::error_code error;
  fs::remove_all(directory_, error);
}

void ServiceUnderTest::Behave(const std::string& behaviour) {
  WriteText(At("state/server/behaviour"), behaviour);
  ::chmod(At("state/server/behaviour").c_str(), 0644);
}

void ServiceUnderTest::Start(const std::vector<std::string>& flags, const std::function<void()>& prepare) {
  std::vector<std::string> texts = {"skill-runner"};
  const std::pair<std::string, std::string> defaults[] = {{"--listen", "127.0.0.1:0"},
                                                          {"--skills", At("skills")},
                                                          {"--state-dir", At("state")},
                                                          {"--port-file", At("run/port")},
                                                          {"--python-profiles", "none"}};
  for (const auto& [name, value] : defaults) {
    if (!Contains(flags, name)) texts.push_back(name + "=" + value);
  }
  texts.insert(texts.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  if (user_ != 0) {
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (::chown(entry.path().c_str(), user_, user_) != 0) throw std::runtime_error("chown");
    }
  }
  const int errors = ::open(At("stderr").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");  // pid_ stays 0: kill(-1) would end every process of the machine
  if (child > 0) {
    pid_ = child;
    ::close(errors);
    return;
  }
  ::dup2(errors, STDERR_FILENO);
  if (prepare) prepare();
  if (user_ != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(user_) != 0 || ::setuid(user_) != 0)) ::_exit(125);
  ::execv(At("bin/skill-runner").c_str(), argv.data());
  ::_exit(124);
}

void ServiceUnderTest::Signal(int signal) const {
  if (pid_ <= 0) throw std::runtime_error("the service does not run");
  ::kill(pid_, signal);
}

int ServiceUnderTest::WaitForExit() {
  int status = 0;
  pid_t got = 0;
  const bool ended = WaitFor([&] { return (got = ::waitpid(pid_, &status, WNOHANG)) != 0; });
  if (!ended) {
    ADD_FAILURE() << "the service does not end; its stderr:\n" << Stderr();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

nlohmann::json ServiceUnderTest::WaitForReport(const std::function<bool(const nlohmann::json&)>& condition) {
  nlohmann::json report;
  const bool came = WaitFor([&] {
    report = nlohmann::json::parse(ReadText(At("state/server/report.json")), nullptr, false);
    return report.is_object() && condition(report);
  });
  if (!came) throw std::runtime_error("no such report; stderr:\n" + Stderr());
  return report;
}

nlohmann::json ServiceUnderTest::WaitForZygotes(size_t count) {
  return WaitForReport([count](const nlohmann::json& report) { return report["zygotes"].size() >= count; });
}

std::string ServiceUnderTest::WaitForPortFile() {
  if (!WaitFor([this] { return Exists(At("run/port")); })) throw std::runtime_error("no port file:\n" + Stderr());
  return ReadText(At("run/port"));
}

std::string ServiceUnderTest::Stderr() const {
  return ReadText(At("stderr"));
}

}  // namespace skillrunner

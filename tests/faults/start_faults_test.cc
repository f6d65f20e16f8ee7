// Every step of a zygote's own start fails once: it then stands on a lower level, or lacks a mechanism, or makes no
// sandboxes at all, and says so. It never claims what it claims when nothing fails.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "faults/fault_injection.h"
#include "faults/faulty_libexec.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner::testing {
namespace {

namespace fs = std::filesystem;

using sandbox::IsolationLevel;
using sandbox::SetupProcess;

constexpr uid_t kUnprivilegedUid = 61234;
constexpr int kServerFd = 3;
constexpr int kPatienceMillis = 30'000;

struct Start {
  bool injected = false;
  std::optional<sandbox::Hello> hello;
};

std::set<std::string> Active(const sandbox::Hello& hello) {
  std::set<std::string> names;
  for (const sandbox::Mechanism& mechanism : hello.mechanisms) {
    if (mechanism.active) names.insert(mechanism.name);
  }
  return names;
}

class StartFaults : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string path = "/tmp/skill-runner-faults-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    directory_ = path;
    fs::permissions(directory_, fs::perms::all);
    fs::copy_file(FaultyLibexecDirectory() + "/skill-zygote-exec", directory_ / "skill-zygote-exec");
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Starts a zygote as a user without privileges and hears what it has to say for itself.
  Start StartWith(SetupProcess process, int64_t step) {
    std::ofstream(directory_ / sandbox::kStartFaultFile) << static_cast<int64_t>(process) << " " << step;
    auto sockets = *MakeSeqpacketPair();
    const std::string errors = directory_ / "errors";
    const std::string executable = directory_ / "skill-zygote-exec";
    const std::string isolation = "--isolation=" + GetParam();
    const std::string server = absl::StrCat("--server-fd=", kServerFd);
    const pid_t zygote = ::fork();
    if (zygote == 0) {
      ::dup2(::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), STDERR_FILENO);
      const int end = ::fcntl(sockets.second.get(), F_DUPFD, kServerFd + 1);
      ::dup2(end, kServerFd);
      ::close_range(kServerFd + 1, ~0U, 0);
      if (::geteuid() == 0 && (::setgid(kUnprivilegedUid) != 0 || ::setuid(kUnprivilegedUid) != 0)) ::_exit(99);
      ::execl(executable.c_str(), "skill-zygote-exec", server.c_str(), isolation.c_str(), nullptr);
      ::_exit(98);
    }
    sockets.second.reset();
    Start start;
    pollfd readable{.fd = sockets.first.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, kPatienceMillis) == 1) {
      const auto message = ReceiveMessage(sockets.first.get());
      sandbox::Hello hello;
      if (message.ok() && Decode(message->bytes, &hello)) start.hello = hello;
    } else {
      ::kill(zygote, SIGKILL);
    }
    sockets.first.reset();  // it ends
    ::waitpid(zygote, nullptr, 0);
    start.injected = absl::StrContains(ReadFileAt(AT_FDCWD, errors).value_or(""), sandbox::kInjected);
    return start;
  }

  void FailEach(const sandbox::Hello& whole, SetupProcess process, std::set<std::string>* levels) {
    int64_t step = 1;
    for (; step < sandbox::kStepsOfEach; ++step) {
      SCOPED_TRACE(absl::StrCat("process ", static_cast<int64_t>(process), ", step ", step));
      const Start start = StartWith(process, step);
      if (!start.injected) break;
      ASSERT_TRUE(start.hello.has_value());
      ASSERT_FALSE(start.hello->mechanisms.empty());
      EXPECT_LE(start.hello->level, whole.level);
      levels->insert(absl::StrCat(static_cast<int64_t>(start.hello->level)));
      if (start.hello->level == IsolationLevel::kNone) {
        EXPECT_NE(start.hello->mechanisms[0].detail, "");
        continue;
      }
      const std::set<std::string> claimed = Active(*start.hello);
      EXPECT_TRUE(start.hello->level < whole.level || claimed.size() < Active(whole).size())
          << ::testing::PrintToString(claimed);
      for (const sandbox::Mechanism& mechanism : start.hello->mechanisms) EXPECT_NE(mechanism.detail, "");
    }
    std::printf("process %ld: %ld steps\n", static_cast<long>(process), static_cast<long>(step - 1));
    EXPECT_GT(step, 5);
  }

  fs::path directory_;
};

TEST_P(StartFaults, ZygoteClaimsNoMoreThanItHas) {
  const Start whole = StartWith(SetupProcess::kZygote, 0);
  ASSERT_TRUE(whole.hello.has_value());
  EXPECT_FALSE(whole.injected);
  const IsolationLevel expected =
      GetParam() == "restricted" ? IsolationLevel::kRestricted : IsolationLevel::kNamespaced;
  if (whole.hello->level != expected) GTEST_SKIP() << "this host does not give " << GetParam();
  std::set<std::string> levels;
  std::vector<SetupProcess> processes = {SetupProcess::kZygote, SetupProcess::kInit};
  // There a whole sandbox is tried, with a program that its init makes calls for.
  if (GetParam() == "restricted") processes.push_back(SetupProcess::kProgram);
  for (const SetupProcess process : processes) FailEach(*whole.hello, process, &levels);
  EXPECT_EQ(levels.count("0"), 1U);  // some leave nothing to stand on
}

INSTANTIATE_TEST_SUITE_P(At, StartFaults, ::testing::Values("namespaced", "restricted"),
                         [](const auto& level) { return level.param; });

}  // namespace
}  // namespace skillrunner::testing

// Every step of a sandbox's set-up fails once, in every process that takes part in it: the run says which, and that is
// all that comes of it. Never a run that is weaker than it says, never an exit code of our own.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "attack/host_state.h"
#include "faults/fault_injection.h"
#include "faults/faulty_libexec.h"
#include "integration/service_cases.h"

namespace skillrunner::testing {
namespace {

using sandbox::SetupProcess;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Before anything is staged: the zygotes of this build.
const bool kStaged = ::setenv("SKILL_RUNNER_TEST_LIBEXEC_DIR", FaultyLibexecDirectory().c_str(), 1) == 0;

constexpr int64_t kDisk = 8 << 20;
// A run whose sandbox kills its zygote would be tried again for longer.
constexpr double kGiveUpSeconds = 1;
constexpr double kReplacedSeconds = 30;

class Faults : public SandboxCase {
 protected:
  void SetUp() override {
    ASSERT_TRUE(kStaged);
    StartService({.flags = {"--ready-sandboxes=0", "--python-profiles=bare"}});
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse capabilities;
    ASSERT_TRUE(system().GetCapabilities(&context, {}, &capabilities).ok());
    const std::string level = absl::AsciiStrToUpper(GetParam().isolation);
    if (v1::IsolationLevel_Name(capabilities.isolation()) != absl::StrCat("ISOLATION_LEVEL_", level)) {
      GTEST_SKIP() << "this host gives " << IdentityName(GetParam().identity) << " no more than "
                   << v1::IsolationLevel_Name(capabilities.isolation());
    }
  }

  RunRecord Run(v1::RunSourceRequest request, SetupProcess process, int64_t step, double deadline_seconds = 100) {
    request.mutable_limits()->set_disk_bytes(sandbox::DiskLimitWithFault(kDisk, process, step));
    return RunSource(runs(), request, nullptr, deadline_seconds);
  }

  // What every one of them must be; the call that failed.
  std::string FailedCall(const RunRecord& record) {
    EXPECT_EQ(record.Problem(), "");
    const v1::RunFinished finished = record.finished();
    EXPECT_EQ(finished.cause(), v1::TERMINATION_CAUSE_START_FAILED);
    EXPECT_EQ(finished.state(), v1::Run::STATE_FAILED);
    EXPECT_EQ(finished.exit_code(), 0);
    EXPECT_EQ(finished.signal(), 0);
    EXPECT_FALSE(finished.evidence().contains("wait.status"));
    EXPECT_EQ(record.Stdout() + record.Stderr(), "");
    const auto call = finished.evidence().find("start.step");
    const auto error = finished.evidence().find("start.errno");
    if (call == finished.evidence().end() || error == finished.evidence().end()) {
      ADD_FAILURE() << finished.ShortDebugString();
      return "";
    }
    EXPECT_EQ(error->second, absl::StrCat(sandbox::kInjectedError));
    EXPECT_NE(call->second, "");
    EXPECT_THAT(finished.message(), HasSubstr(call->second));
    return call->second;
  }

  // Until a run has no step left that could fail. `works`: what it prints then.
  std::set<std::string> FailEach(const v1::RunSourceRequest& request, SetupProcess process, const std::string& works) {
    std::set<std::string> calls;
    const HostState before = LookAtHost(service());
    int64_t step = 1;
    for (; step < sandbox::kStepsOfEach; ++step) {
      SCOPED_TRACE(absl::StrCat("process ", static_cast<int64_t>(process), ", step ", step));
      const RunRecord record = Run(request, process, step);
      if (record.Stdout() == works) break;
      const std::string call = FailedCall(record);
      SCOPED_TRACE(call);
      std::string left;
      Eventually([&] { return (left = LeftBehind(before, LookAtHost(service()))).empty(); });
      EXPECT_EQ(left, "");
      const RunRecord next = Run(request, process, 0);
      EXPECT_EQ(next.Stdout(), works) << next.finished().ShortDebugString();
      calls.insert(call);
      if (HasFailure()) break;
    }
    std::printf("process %ld: %ld steps\n", static_cast<long>(process), static_cast<long>(step - 1));
    return calls;
  }

  std::set<std::string> FailAll(const v1::RunSourceRequest& request, const std::string& works) {
    std::set<std::string> calls;
    EXPECT_EQ(RunSource(runs(), request).Stdout(), works);
    for (const SetupProcess process : {SetupProcess::kZygote, SetupProcess::kInit, SetupProcess::kProgram}) {
      calls.merge(FailEach(request, process, works));
    }
    return calls;
  }

  // No step has lost its name, or its way to fail.
  void ExpectCalls(const std::set<std::string>& calls) {
    std::vector<std::string> expected = {"socketpair",
                                         "pipe2 for stdout",
                                         "fcntl(O_NONBLOCK)",
                                         "epoll_ctl(EPOLL_CTL_ADD) for the init",
                                         "sendmsg of the sandbox's descriptors",
                                         "close_range in the init",
                                         "close_range",
                                         "prctl(PR_SET_DUMPABLE)",
                                         "prctl(PR_SET_PDEATHSIG) in the init",
                                         "prctl(PR_SET_NO_NEW_PRIVS)",
                                         "prctl(PR_CAP_AMBIENT_CLEAR_ALL)",
                                         "capset",
                                         "landlock_create_ruleset",
                                         "landlock_add_rule for /dev/null",
                                         "landlock_restrict_self",
                                         "seccomp(SECCOMP_SET_MODE_FILTER)",
                                         "signalfd",
                                         "fork",
                                         "setsid",
                                         "dup2 stdout",
                                         "dup2 stderr",
                                         "dup2 stdin",
                                         "setrlimit(RLIMIT_NOFILE)",
                                         "setrlimit(RLIMIT_CORE)",
                                         "setrlimit(RLIMIT_CPU)",
                                         "chdir into the work directory",
                                         "read the program"};
    const auto add = [&expected](const std::vector<std::string>& more) {
      expected.insert(expected.end(), more.begin(), more.end());
    };
    const std::string& level = GetParam().isolation;
    if (level == "restricted") {
      add({"mkdir of the sandbox", "pidfd_open", "prctl(PR_SET_CHILD_SUBREAPER)", "setrlimit(RLIMIT_FSIZE)"});
    } else {
      std::erase(expected, "landlock_add_rule for /dev/null");
      add({"landlock_add_rule for /work", "clone3 into new namespaces", "unshare(CLONE_NEWCGROUP)", "sethostname",
           "bring the loopback interface up", "mount tmpfs on /tmp", "mount tmpfs on /work", "mount tmpfs on /dev/shm",
           "mount devpts", "mount proc", "cover /proc/cmdline", "prctl(PR_SET_SECUREBITS)", "prctl(PR_CAPBSET_DROP)"});
      if (GetParam().identity == Identity::kRoot) {
        add({"pipe2 for the id map", "write uid_map", "write gid_map", "tell the init of its ids",
             "wait for the id map", "setresgid", "setresuid"});
      } else {
        add({"write /proc/self/setgroups", "write /proc/self/uid_map", "write /proc/self/gid_map"});
      }
    }
    if (level == "full") add({"write cgroup pids.max"});
    if (level != "full") add({"setrlimit(RLIMIT_NPROC)"});
    std::vector<std::string> missing;
    for (const std::string& call : expected) {
      if (calls.count(call) == 0) missing.push_back(call);
    }
    EXPECT_THAT(missing, IsEmpty());
  }
};

TEST_P(Faults, OfAProgramThatIsExecuted) {
  const std::set<std::string> calls = FailAll(BashSource("echo it runs"), "it runs\n");
  ExpectCalls(calls);
  EXPECT_THAT(calls, Contains(HasSubstr("exec /")));
}

TEST_P(Faults, OfAWarmInterpreter) {
  bool warm = false;
  EXPECT_TRUE(Eventually([&] {
    const RunRecord record = RunSource(runs(), PythonSource("print('it runs')"));
    for (const v1::RunEvent& event : record.events) warm = warm || event.started().warm();
    return warm;
  }));
  const std::set<std::string> calls = FailAll(PythonSource("print('it runs')"), "it runs\n");
  ExpectCalls(calls);
  EXPECT_THAT(calls, Contains("renew the secrets of the warm interpreter"));
  EXPECT_THAT(calls, Contains(HasSubstr("main.py")));
}

// The window between the fork of an init and its PR_SET_PDEATHSIG.
TEST_P(Faults, ZygoteThatDiesBeforeItsInitBeginsLeavesNoneBehind) {
  const v1::RunSourceRequest request = BashSource("echo it runs");
  ASSERT_EQ(Run(request, SetupProcess::kZygote, 0).Stdout(), "it runs\n");
  const HostState before = LookAtHost(service());
  const pid_t zygote = service().zygote();
  (void)Run(request, SetupProcess::kZygoteDies, 1, kGiveUpSeconds);
  EXPECT_TRUE(Eventually([&] { return service().zygote() != zygote; }));
  std::string left;
  Eventually([&] { return (left = LeftBehind(before, LookAtHost(service()))).empty(); }, kReplacedSeconds);
  EXPECT_EQ(left, "");
  const RunRecord next = Run(request, SetupProcess::kZygote, 0);
  EXPECT_EQ(next.Stdout(), "it runs\n") << next.finished().ShortDebugString();
}

AT_LEVELS(Faults, "full", "namespaced", "restricted");

}  // namespace
}  // namespace skillrunner::testing

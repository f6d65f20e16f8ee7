// Which isolation level a service stands on, and what it says about it.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::HasSubstr;

class SandboxLevels : public SandboxCase {
 protected:
  v1::GetCapabilitiesResponse Capabilities() {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse response;
    EXPECT_TRUE(system().GetCapabilities(&context, {}, &response).ok());
    return response;
  }
  v1::IsolationMechanism Mechanism(const std::string& name) {
    const v1::GetCapabilitiesResponse capabilities = Capabilities();
    for (const v1::IsolationMechanism& mechanism : capabilities.mechanisms()) {
      if (mechanism.name() == name) return mechanism;
    }
    ADD_FAILURE() << "no mechanism " << name;
    return {};
  }
};

TEST_P(SandboxLevels, CeilingIsKeptAndSaidInEveryRun) {
  StartService();
  EXPECT_EQ(Capabilities().isolation(), v1::ISOLATION_LEVEL_NAMESPACED);
  EXPECT_FALSE(Mechanism("cgroup").active());
  EXPECT_THAT(Mechanism("cgroup").detail(), HasSubstr("--isolation"));
  EXPECT_TRUE(Mechanism("host-name").active()) << Mechanism("host-name").detail();
  const RunRecord record = RunSource(runs(), BashSource("echo hello"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "hello\n");
  for (const v1::RunEvent& event : record.events) {
    if (!event.has_started()) continue;
    EXPECT_EQ(event.started().isolation(), v1::ISOLATION_LEVEL_NAMESPACED);
  }
  v1::RunSourceRequest stronger = BashSource("echo hello");
  stronger.set_min_isolation(v1::ISOLATION_LEVEL_FULL);
  EXPECT_EQ(RunSource(runs(), stronger).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

AT_LEVELS(SandboxLevels, "namespaced");

// Where no cgroup counts: what must not escape the accounting of processes.
class SandboxAccounting : public SandboxLevels {};

TEST_P(SandboxAccounting, ChildrenThatNobodyWaitsForCountTowardsTheProcessorTime) {
  StartService();
  v1::RunSourceRequest request = PythonSource(
      "import os, signal, time\n"
      "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
      "while True:\n"
      "  if os.fork() == 0:\n"
      "    end = time.process_time() + 0.2\n"
      "    while time.process_time() < end: pass\n"
      "    os._exit(0)\n"
      "  time.sleep(0.2)\n");
  request.mutable_limits()->mutable_cpu_time()->set_seconds(1);
  request.mutable_limits()->mutable_wall_time()->set_seconds(60);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_CPU_TIME_LIMIT) << record.finished().ShortDebugString();
}

TEST_P(SandboxAccounting, MemoryOfNoProcessCannotBeMade) {
  StartService();
  const RunRecord record =
      RunSource(runs(), PythonSource("import ctypes, errno, os\n"
                                     "libc = ctypes.CDLL(None, use_errno=True)\n"
                                     "def call(*arguments):\n"
                                     "  return libc.syscall(*arguments) == -1 and ctypes.get_errno()\n"
                                     "for number, arguments in ((319, (b'x', 0)), (29, (0, 4096, 0o600)),\n"
                                     "                          (68, (0, 0o600)), (64, (0, 1, 0o600))):\n"
                                     "  assert call(number, *arguments) == errno.ENOSYS, number\n"
                                     "print('OK')\n"));
  EXPECT_EQ(record.Stdout(), "OK\n") << record.Stderr();
}

TEST_P(SandboxAccounting, SharedPagesCountOnceHoweverManyProcessesShareThem) {
  StartService();
  v1::RunSourceRequest request = PythonSource(
      "import os, time\n"
      "x = bytearray(os.urandom(1)) * (100 << 20)\n"
      "for i in range(8):\n"
      "  if os.fork() == 0: time.sleep(3); os._exit(0)\n"
      "time.sleep(1)\n"
      "print('OK')\n");
  request.mutable_limits()->set_memory_bytes(256 << 20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Stdout(), "OK\n") << record.finished().ShortDebugString();
}

AT_LEVELS(SandboxAccounting, "namespaced");

class SandboxWaiting : public SandboxLevels {
 protected:
  // Of a process that hides its memory, root owns what /proc has on it (proc(5)).
  static bool Hides(pid_t pid) {
    struct stat directory {};
    struct stat file {};
    const std::string process = absl::StrCat("/proc/", pid);
    EXPECT_EQ(::stat(absl::StrCat(process, "/task/", pid, "/children").c_str(), &file), 0) << pid;
    EXPECT_EQ(::stat(process.c_str(), &directory), 0) << pid;
    return directory.st_uid != file.st_uid;
  }
};

// What hides is counted with its whole address space; the count may begin before the program does.
TEST_P(SandboxWaiting, ProgramDoesNotHideAndItsInitDoes) {
  StartService();
  std::vector<pid_t> inits;
  std::vector<pid_t> programs;
  ASSERT_TRUE(Eventually([&] {
    const std::vector<pid_t> zygotes = {service().zygote(), ChildNamed(service().supervisor(), "skill-zygote-python")};
    inits.clear();
    programs.clear();
    for (const pid_t zygote : zygotes) {
      const std::vector<pid_t> found = Children(zygote);
      if (found.empty()) return false;
      inits.insert(inits.end(), found.begin(), found.end());
    }
    for (const pid_t init : inits) {
      for (const pid_t program : Children(init)) programs.push_back(program);
    }
    return programs.size() == inits.size();
  }));
  for (const pid_t init : inits) EXPECT_TRUE(Hides(init));
  EXPECT_TRUE(Eventually([&] { return std::none_of(programs.begin(), programs.end(), Hides); }));
}

AT_LEVELS(SandboxWaiting, "namespaced", "restricted");

// Started as root, what the kernel counts per user is not shared between runs.
class SandboxUsers : public SandboxLevels {};

// Fills the kernel's budget of one user for descriptors in flight, says so, and waits.
constexpr char kHog[] =
    "import os, socket, time\n"
    "kept, fds = [], [os.open('/dev/null', 0)] * 253\n"
    "try:\n"
    "  while True:\n"
    "    a, b = socket.socketpair(); kept += [a, b]; a.setblocking(False)\n"
    "    try:\n"
    "      while True: socket.send_fds(a, [b'x'], fds)\n"
    "    except BlockingIOError: pass\n"
    "except OSError as e: os.write(1, b'ready %d\\n' % e.errno)\n"
    "time.sleep(60)\n";

TEST_P(SandboxUsers, DescriptorsInFlightOfOneRunDoNotHinderAnother) {
  StartService();
  if (GetParam().identity != Identity::kRoot) {
    EXPECT_FALSE(Mechanism("own-user").active());  // only a service started as root has users for its runs
    return;
  }
  EXPECT_TRUE(Mechanism("own-user").active()) << Mechanism("own-user").detail();
  int ready = 0;
  const RunRecord hog = RunSource(runs(), PythonSource(kHog), [&](const v1::RunEvent& event, grpc::ClientContext& c) {
    if (!event.has_output()) return;
    // A second one gets as far as the first: each has a budget of its own, and this error is ETOOMANYREFS.
    const RunRecord other = RunSource(runs(), PythonSource(kHog), [&](const v1::RunEvent& e, grpc::ClientContext& o) {
      if (!e.has_output()) return;
      ready += e.output().text() == "ready 109\n";
      for (int i = 0; i < 5; ++i) {
        const RunRecord next = RunSource(runs(), BashSource("echo hello; echo again > /dev/stdout"));
        EXPECT_EQ(next.Problem(), "");
        EXPECT_EQ(next.Stdout(), "hello\nagain\n") << next.finished().ShortDebugString();
      }
      o.TryCancel();
    });
    c.TryCancel();
  });
  EXPECT_EQ(hog.Stdout(), "ready 109\n");
  EXPECT_EQ(ready, 1);
}

TEST_P(SandboxUsers, UsersAreReusedOnlyWhenTheirRunIsGone) {
  if (GetParam().identity != Identity::kRoot) return;  // only then there are users for its runs
  StartService({.flags = {"--sandbox-uids=2", "--ready-sandboxes=0", "--python-profiles=none"}});
  for (int i = 0; i < 6; ++i) EXPECT_EQ(RunSource(runs(), BashSource("echo hello")).Stdout(), "hello\n");
  const RunRecord first =
      RunSource(runs(), PythonSource("print('up', flush=True)\nimport time\ntime.sleep(60)\n"),
                [&](const v1::RunEvent& event, grpc::ClientContext& context) {
                  if (!event.has_output()) return;
                  const RunRecord second =
                      RunSource(runs(), PythonSource("print('up', flush=True)\nimport time\ntime.sleep(60)\n"),
                                [&](const v1::RunEvent& inner, grpc::ClientContext& c) {
                                  if (!inner.has_output()) return;
                                  const RunRecord third = RunSource(runs(), BashSource("echo never"));
                                  EXPECT_EQ(third.finished().cause(), v1::TERMINATION_CAUSE_START_FAILED);
                                  EXPECT_THAT(third.finished().message(), HasSubstr("--sandbox-uids"));
                                  c.TryCancel();
                                });
                  context.TryCancel();
                });
}

TEST_P(SandboxUsers, ServiceWithoutUsersForItsRunsSaysSo) {
  StartService({.flags = {"--sandbox-uids=0"}});
  EXPECT_FALSE(Mechanism("own-user").active());
  EXPECT_THAT(Mechanism("own-user").detail(), HasSubstr("share"));
  EXPECT_EQ(RunSource(runs(), BashSource("echo hello")).Stdout(), "hello\n");
}

AT_LEVELS(SandboxUsers, "auto", "namespaced");

}  // namespace
}  // namespace skillrunner::testing

// Which isolation level a service stands on, and what it says about it.
#include <gmock/gmock.h>

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

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

}  // namespace
}  // namespace skillrunner::testing

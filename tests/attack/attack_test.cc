// The attack suite against a real service, with the host looked at after each batch of cases, for every identity the
// service can have here and every isolation level it can be held to.
//
// ATTACK_CASES=A1,D restricts it; ATTACK_PARALLEL=1 runs one case at a time.
#include <gmock/gmock.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "host_state.h"
#include "skillctl/attack/report.h"
#include "skillctl/attack/suite.h"
#include "skillrunner_client/client.h"
#include "testing/processes.h"
#include "testing/run_client.h"
#include "testing/service.h"

namespace skillrunner::testing {
namespace {

using Setting = std::tuple<Identity, std::string>;

// The ceilings that `--isolation` takes. FULL needs a cgroup, which only root can make where nobody delegated one.
std::vector<Setting> Settings() {
  std::vector<Setting> settings;
  for (const Identity identity : PossibleIdentities()) {
    if (identity == Identity::kRoot) settings.emplace_back(identity, "full");
    settings.emplace_back(identity, "namespaced");
    settings.emplace_back(identity, "restricted");
  }
  return settings;
}

std::string Environment(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? "" : value;
}

class AttackSuite : public ::testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    const auto& [identity, level] = GetParam();
    service_ = std::make_unique<Service>(
        ServiceOptions{.identity = identity,
                       .skills = {},
                       .flags = {"--isolation=" + level, "--retained-output-bytes=16MiB", "--max-ready-sandboxes=4"}});
    client_ = std::make_unique<client::Client>(service_->NewChannel());
    v1::GetCapabilitiesResponse capabilities;
    ASSERT_TRUE(client_->GetCapabilities(&capabilities).ok());
    const std::string name = absl::StrCat("ISOLATION_LEVEL_", absl::AsciiStrToUpper(level));
    if (v1::IsolationLevel_Name(capabilities.isolation()) != name) {
      GTEST_SKIP() << "this host gives " << IdentityName(identity) << " no more than "
                   << v1::IsolationLevel_Name(capabilities.isolation());
    }
  }
  void TearDown() override {
    if (HasFailure() && service_ != nullptr) std::fprintf(stderr, "--- log of the service ---\n%s", Errors().c_str());
  }

  // The log without the thousands of runs that went well.
  std::string Errors() const {
    std::string text;
    const std::string log = service_->Log();
    for (const absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
      if (line.find("\"level\":\"info\"") == absl::string_view::npos) absl::StrAppend(&text, line, "\n");
    }
    return text;
  }

  Bait bait_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<client::Client> client_;
};

TEST_P(AttackSuite, EveryCaseEndsAsItMust) {
  const auto suite = attack::LoadSuite();
  ASSERT_TRUE(suite.ok()) << suite.status();
  attack::SuiteOptions options{.only = absl::StrSplit(Environment("ATTACK_CASES"), ',', absl::SkipEmpty())};
  int parallel = 0;
  if (absl::SimpleAtoi(Environment("ATTACK_PARALLEL"), &parallel)) options.parallel = parallel;
  options.environment = {
      {"ATTACK_SERVICE_ADDRESS", service_->address()},
      {"ATTACK_HOST_PATHS", absl::StrCat(bait_.paths(), ":", service_->state_dir(), ":", StagedDirectory())}};

  // One run first: what is made once, is made. Then the pool fills up.
  (void)RunSource(*v1::RunService::NewStub(service_->NewChannel()), BashSource("true"));
  absl::SleepFor(absl::Milliseconds(500));
  const HostState before = LookAtHost(*service_);
  options.host_check = [&] {
    std::string left;
    Eventually([&] { return (left = LeftBehind(before, LookAtHost(*service_))).empty(); });
    return left + bait_.Taken();
  };
  const auto results = attack::RunSuite(client_.get(), *suite, options);
  ASSERT_TRUE(results.ok()) << results.status();
  std::fputs(attack::RenderResults(*results, 0).c_str(), stdout);
  for (const attack::CaseResult& result : *results) {
    if (result.verdict == attack::Verdict::kFailed) ADD_FAILURE() << result.id << ": " << result.why;
  }
  EXPECT_EQ(service_->Stop(), 0);
}

std::string SuiteCase(const ::testing::TestParamInfo<Setting>& info) {
  std::string level = std::get<1>(info.param);
  level[0] = absl::ascii_toupper(level[0]);
  return IdentityName(std::get<0>(info.param)) + level;
}

INSTANTIATE_TEST_SUITE_P(As, AttackSuite, ::testing::ValuesIn(Settings()), SuiteCase);

// A line of the catalogue (I8) that needs a service with its own limits.
class Queue : public ::testing::TestWithParam<Identity> {
 protected:
  void SetUp() override {
    service_ = std::make_unique<Service>(
        ServiceOptions{.identity = GetParam(), .skills = {}, .flags = {"--max-running=1", "--max-queued=1"}});
    runs_ = v1::RunService::NewStub(service_->NewChannel());
  }
  // Runs `then` while another run occupies the only place.
  void WhileBusy(const std::function<void(grpc::ClientContext&)>& then) {
    bool done = false;
    (void)RunSource(*runs_, BashSource("echo up; sleep 20"),
                    [&](const v1::RunEvent& event, grpc::ClientContext& context) {
                      if (!event.has_output() || done) return;
                      done = true;
                      then(context);
                      context.TryCancel();
                    });
    EXPECT_TRUE(done);
  }
  std::unique_ptr<Service> service_;
  std::unique_ptr<v1::RunService::Stub> runs_;
};

TEST_P(Queue, DeadlineThatPassesInTheQueueKeepsTheRunFromStarting) {
  WhileBusy([&](grpc::ClientContext&) {
    const RunRecord record = RunSource(*runs_, BashSource("echo started"), nullptr, 0.5);
    EXPECT_EQ(record.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    const RunRecord again = WatchRun(*runs_, record.name());
    EXPECT_EQ(again.finished().cause(), v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED);
    for (const v1::RunEvent& event : again.events) EXPECT_FALSE(event.has_started() || event.has_output());
  });
}

std::string QueueCase(const ::testing::TestParamInfo<Identity>& info) {
  return IdentityName(info.param);
}

INSTANTIATE_TEST_SUITE_P(As, Queue, ::testing::ValuesIn(PossibleIdentities()), QueueCase);

}  // namespace
}  // namespace skillrunner::testing

// A descriptor of the ecosystem, with Portuguese headings and three examples, through the whole service. It is no part
// of this repository.
#include <gmock/gmock.h>

#include <algorithm>

#include "service_cases.h"

namespace skillrunner::testing {
namespace {

class Seed : public ServiceCase {
 protected:
  void SetUp() override {
    const std::string shared = SharedDirectory();
    if (shared.empty()) GTEST_SKIP() << "the seed descriptor is on build machines only";
    StartService({.skills = shared + "/seed"});
  }
  RunRecord Run(const std::string& example) {
    v1::RunExampleRequest request;
    request.set_example("skills/python-async-programming/examples/" + example);
    return RunExample(runs(), request);
  }
};

TEST_P(Seed, SequentialExamplePrintsEachLineInItsOwnEvent) {
  const RunRecord record = Run("exemplo-basico");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(),
            "Fetching https://api1.com...\nFetching https://api2.com...\nData from https://api1.com Data from "
            "https://api2.com\n");
  EXPECT_EQ(record.Stdout().size(), 112U);
  // An event for the beginning of each line, and none that holds parts of two: they are a second apart.
  std::vector<int64_t> event_starts;
  for (const v1::RunEvent& event : record.events) {
    if (!event.has_output()) continue;
    const std::string& text = event.output().text();
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 1) << text;
    event_starts.push_back(event.output().offset());
  }
  EXPECT_THAT(event_starts, ::testing::IsSupersetOf({0, 29, 58}));
  EXPECT_EQ(record.finished().state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_EQ(record.finished().usage().stdout_bytes(), 112);
  EXPECT_GE(record.finished().usage().wall_time().seconds(), 2);
}

TEST_P(Seed, ConcurrentExamplePrintsItsOneLine) {
  const RunRecord record = Run("exemplo-com-concorrencia");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(),
            "['Data from https://api1.com', 'Data from https://api2.com', 'Data from https://api3.com']\n");
  EXPECT_EQ(record.Stdout().size(), 91U);
  EXPECT_EQ(record.finished().exit_code(), 0);
}

TEST_P(Seed, AiohttpExampleFailsAndTheMessageNamesTheNetworkPolicy) {
  const RunRecord record = Run("exemplo-com-aiohttp");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().state(), v1::Run::STATE_FAILED);
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_EXITED);
  EXPECT_EQ(record.finished().exit_code(), 1);
  EXPECT_EQ(record.Stdout(), "");
  EXPECT_THAT(record.Stderr(), ::testing::HasSubstr("Traceback (most recent call last)"));
  EXPECT_THAT(record.Stderr(), ::testing::HasSubstr("ClientConnectorError"));
  EXPECT_THAT(record.Stderr(), ::testing::HasSubstr("exemplo-com-aiohttp.py"));
  EXPECT_THAT(record.finished().message(), ::testing::HasSubstr("network policy of this run is NONE"));
}

FOR_EVERY_IDENTITY(Seed);

}  // namespace
}  // namespace skillrunner::testing

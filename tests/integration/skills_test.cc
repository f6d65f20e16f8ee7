// The descriptors we ship: each loads without complaint, each of its examples runs.
#include <gmock/gmock.h>

#include "service_cases.h"

namespace skillrunner::testing {
namespace {

class ShippedSkills : public ServiceCase {};

TEST_P(ShippedSkills, LoadWithoutComplaintAndAllExamplesSucceed) {
  StartService();
  grpc::ClientContext context;
  v1::ListSkillsResponse response;
  ASSERT_TRUE(catalog().ListSkills(&context, v1::ListSkillsRequest(), &response).ok());
  EXPECT_GE(response.skills_size(), 3);
  EXPECT_EQ(response.diagnostics_size(), 0) << response.diagnostics(0).DebugString();
  int examples = 0;
  for (const v1::Skill& skill : response.skills()) {
    EXPECT_EQ(skill.diagnostics_size(), 0) << skill.DebugString();
    for (const v1::Example& example : skill.examples()) {
      if (example.runtime() == "node") continue;  // not installed everywhere
      v1::RunExampleRequest request;
      request.set_example(example.name());
      const RunRecord record = RunExample(runs(), request);
      EXPECT_EQ(record.Problem(), "") << example.name();
      EXPECT_EQ(record.finished().state(), v1::Run::STATE_SUCCEEDED)
          << example.name() << ": " << record.finished().message() << record.Stderr();
      EXPECT_NE(record.Stdout(), "") << example.name();
      ++examples;
    }
  }
  EXPECT_GE(examples, 6);
}

FOR_EVERY_IDENTITY(ShippedSkills);

}  // namespace
}  // namespace skillrunner::testing

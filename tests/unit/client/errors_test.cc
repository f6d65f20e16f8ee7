#include "skillrunner_client/errors.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace skillrunner::client {
namespace {

template <typename... Details>
grpc::Status WithDetails(grpc::StatusCode code, const std::string& message, const Details&... details) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  (status.add_details()->PackFrom(details), ...);
  return grpc::Status(code, message, status.SerializeAsString());
}

TEST(DescribeError, PlainStatusIsCodeAndMessage) {
  EXPECT_EQ(DescribeError(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "Not in this version.")),
            "UNIMPLEMENTED: Not in this version.");
  EXPECT_EQ(DescribeError(grpc::Status(grpc::StatusCode::INTERNAL, "")), "INTERNAL: the service gave no reason");
}

TEST(DescribeError, BadFieldsAreNamed) {
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field("limits.memory_bytes");
  violation->set_description("must be at most 1073741824");
  violation = bad.add_field_violations();
  violation->set_field("env");
  violation->set_description("has an empty key");
  EXPECT_EQ(DescribeError(WithDetails(grpc::StatusCode::INVALID_ARGUMENT, "2 fields are wrong", bad)),
            "INVALID_ARGUMENT: 2 fields are wrong\n"
            "  limits.memory_bytes: must be at most 1073741824\n"
            "  env: has an empty key");
}

TEST(DescribeError, NearNamesAndRetryDelayAndPreconditionsAreTold) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("skills/asinc");
  resource.set_description("did you mean skills/async?");
  google::rpc::ErrorInfo info;
  (*info.mutable_metadata())["earliest_sequence"] = "17";
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  google::rpc::PreconditionFailure precondition;
  auto* violation = precondition.add_violations();
  violation->set_subject("runtime/node");
  violation->set_description("install nodejs");
  google::rpc::QuotaFailure quota;
  auto* exceeded = quota.add_violations();
  exceeded->set_subject("queue");
  exceeded->set_description("256 runs wait already");
  EXPECT_EQ(DescribeError(WithDetails(grpc::StatusCode::NOT_FOUND, "no", resource, info, retry, precondition, quota)),
            "NOT_FOUND: no\n"
            "  skills/asinc: did you mean skills/async?\n"
            "  earliest_sequence: 17\n"
            "  retry in: 1.5s\n"
            "  runtime/node: install nodejs\n"
            "  queue: 256 runs wait already");
}

TEST(DescribeError, DetailsThatRepeatTheMessageAreLeftOut) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("runs/1");
  resource.set_description("no such run");
  EXPECT_EQ(DescribeError(WithDetails(grpc::StatusCode::NOT_FOUND, "runs/1: no such run", resource)),
            "NOT_FOUND: runs/1: no such run");
}

TEST(DescribeError, ServiceCannotSteerTheTerminal) {
  EXPECT_EQ(DescribeError(grpc::Status(grpc::StatusCode::NOT_FOUND, "no \x1b[2J here")), "NOT_FOUND: no \\x1b[2J here");
}

TEST(DescribeError, BrokenDetailsAreLeftOut) {
  EXPECT_EQ(DescribeError(grpc::Status(grpc::StatusCode::ABORTED, "x", "\xff\xff\xff")), "ABORTED: x");
}

TEST(IsUnreachable, OnlyWhereNobodyAnswers) {
  EXPECT_TRUE(IsUnreachable(grpc::Status(grpc::StatusCode::UNAVAILABLE, "failed to connect to all addresses; x")));
  EXPECT_FALSE(IsUnreachable(grpc::Status(grpc::StatusCode::UNAVAILABLE, "The service is shutting down.")));
  EXPECT_FALSE(IsUnreachable(grpc::Status(grpc::StatusCode::INTERNAL, "failed to connect to the zygote")));
}

}  // namespace
}  // namespace skillrunner::client

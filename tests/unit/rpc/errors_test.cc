#include "rpc/errors.h"

#include <map>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace skillrunner::rpc {
namespace {

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), status.error_code());
  EXPECT_EQ(details.message(), status.error_message());
  return details;
}

template <class Detail>
Detail DetailAt(const grpc::Status& status, int index) {
  Detail detail;
  const google::rpc::Status details = Details(status);
  EXPECT_TRUE(index < details.details_size() && details.details(index).UnpackTo(&detail));
  return detail;
}

void ExpectReason(const grpc::Status& status, const std::string& reason) {
  const auto info = DetailAt<google::rpc::ErrorInfo>(status, 0);
  EXPECT_EQ(info.reason(), reason);
  EXPECT_EQ(info.domain(), "skillrunner.itzamna.dev");
}

TEST(Errors, InvalidArgumentNamesEveryField) {
  const grpc::Status status = InvalidArgument({{"limits.wall_time", "must be positive"}, {"runtime", "is empty"}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "limits.wall_time: must be positive; runtime: is empty");
  ExpectReason(status, "INVALID_FIELD");
  const auto request = DetailAt<google::rpc::BadRequest>(status, 1);
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(1).field(), "runtime");
  EXPECT_EQ(request.field_violations(1).description(), "is empty");
}

TEST(Errors, NotFoundAndAlreadyExistsNameTheResource) {
  const grpc::Status missing = NotFound("skill", "skills/x", "no skill x");
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  ExpectReason(missing, "RESOURCE_NOT_FOUND");
  EXPECT_EQ(DetailAt<google::rpc::ResourceInfo>(missing, 1).resource_name(), "skills/x");
  const grpc::Status exists = AlreadyExists("run", "runs/1", "other body");
  EXPECT_EQ(exists.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  ExpectReason(exists, "RESOURCE_EXISTS");
  EXPECT_EQ(DetailAt<google::rpc::ResourceInfo>(exists, 1).resource_type(), "run");
}

TEST(Errors, RetryableErrorsSayWhenToRetry) {
  const grpc::Status full = ResourceExhausted("queue", "the queue is full", absl::Milliseconds(1500));
  EXPECT_EQ(full.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectReason(full, "QUOTA_EXCEEDED");
  EXPECT_EQ(DetailAt<google::rpc::QuotaFailure>(full, 1).violations(0).subject(), "queue");
  const auto retry = DetailAt<google::rpc::RetryInfo>(full, 2);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  const grpc::Status away = Unavailable("draining", -absl::InfiniteDuration());
  EXPECT_EQ(away.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailAt<google::rpc::RetryInfo>(away, 1).retry_delay().seconds(), 0);
}

TEST(Errors, FailedPreconditionsTypeIsItsReason) {
  const grpc::Status status = FailedPrecondition("RUNTIME_MISSING", "runtimes/go", "go is not installed");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  ExpectReason(status, "RUNTIME_MISSING");
  EXPECT_EQ(DetailAt<google::rpc::PreconditionFailure>(status, 1).violations(0).type(), "RUNTIME_MISSING");
}

TEST(Errors, OutOfRangeCarriesItsMetadata) {
  const grpc::Status status = OutOfRange("rolled past", {{"earliest_sequence", "42"}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(DetailAt<google::rpc::ErrorInfo>(status, 0).metadata().at("earliest_sequence"), "42");
}

TEST(Errors, HugeAndInvalidTextsStayBelowTheTrailerLimit) {
  std::string text = "x\xff\xc3";
  while (text.size() < 20'000) text += "ä";
  std::vector<FieldViolation> violations(50, FieldViolation{text, text});
  std::map<std::string, std::string> metadata;
  for (int i = 0; i < 50; ++i) metadata[std::to_string(i) + text] = text;
  for (const grpc::Status& status :
       {InvalidArgument(violations), NotFound(text, text, text), AlreadyExists(text, text, text),
        ResourceExhausted(text, text, absl::InfiniteDuration()), Unavailable(text, absl::InfiniteDuration()),
        FailedPrecondition(text, text, text), OutOfRange(text, metadata), Unimplemented(text)}) {
    EXPECT_TRUE(IsValidUtf8(status.error_message()));
    EXPECT_LE(status.error_message().size() * 3 + status.error_details().size() * 4 / 3, 7800u);
    EXPECT_GE(Details(status).details_size(), status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? 2 : 1);
  }
}

}  // namespace
}  // namespace skillrunner::rpc

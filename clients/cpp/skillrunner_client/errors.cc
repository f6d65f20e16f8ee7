#include "skillrunner_client/errors.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "skillrunner_client/text.h"

namespace skillrunner::client {
namespace {

// Collects detail lines, without those that repeat the message.
class DetailLines {
 public:
  DetailLines(std::string first, absl::string_view message) : text_(std::move(first)), message_(message) {}

  void Add(absl::string_view label, absl::string_view value) {
    if (value.empty() || absl::StrContains(message_, value)) return;
    absl::StrAppend(&text_, "\n  ", EscapeForTerminal(label), label.empty() ? "" : ": ", EscapeForTerminal(value));
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  absl::string_view message_;
};

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

void AddDetail(const google::protobuf::Any& detail, DetailLines* lines) {
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  google::rpc::PreconditionFailure precondition;
  google::rpc::QuotaFailure quota;
  google::rpc::ResourceInfo resource;
  google::rpc::RetryInfo retry;
  if (detail.UnpackTo(&bad_request)) {
    for (const auto& violation : bad_request.field_violations()) lines->Add(violation.field(), violation.description());
  } else if (detail.UnpackTo(&precondition)) {
    for (const auto& violation : precondition.violations()) lines->Add(violation.subject(), violation.description());
  } else if (detail.UnpackTo(&quota)) {
    for (const auto& violation : quota.violations()) lines->Add(violation.subject(), violation.description());
  } else if (detail.UnpackTo(&resource)) {
    lines->Add(resource.resource_name(), resource.description());
  } else if (detail.UnpackTo(&retry)) {
    lines->Add("retry in", absl::FormatDuration(FromProto(retry.retry_delay())));
  } else if (detail.UnpackTo(&info)) {
    for (const auto& [key, value] : info.metadata()) lines->Add(key, value);
  }
}

}  // namespace

std::string CodeName(grpc::StatusCode code) {
  const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
  return name.empty() ? absl::StrCat("CODE_", static_cast<int>(code)) : name;
}

std::string DescribeError(const grpc::Status& status) {
  const std::string& message = status.error_message();
  DetailLines lines(absl::StrCat(CodeName(status.error_code()), ": ",
                                 message.empty() ? "the service gave no reason" : EscapeForTerminal(message)),
                    message);
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) AddDetail(detail, &lines);
  }
  return lines.Take();
}

bool IsUnreachable(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE || !status.error_details().empty()) return false;
  // gRPC tells these apart from an answer of the service by their text only.
  const std::string& message = status.error_message();
  return absl::StartsWith(message, "failed to connect") || absl::StartsWith(message, "DNS resolution failed") ||
         absl::StartsWith(message, "connections to all backends failing") ||
         absl::StrContains(message, "Connection refused");
}

}  // namespace skillrunner::client

#include "rpc/errors.h"

#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace skillrunner::rpc {
namespace {

// Trailers may have 8 KiB. The message is percent-encoded (up to three bytes for one) and goes a second time into the
// details, which may be sent as base64 (four bytes for three): 3 * 900 + 4 / 3 * 3600 = 7,500.
constexpr size_t kMaxMessageBytes = 900;
constexpr size_t kMaxDetailsBytes = 3600;
constexpr size_t kMaxTextBytes = 600;

// Valid UTF-8 of at most `most` bytes, cut between characters.
std::string Text(absl::string_view text, size_t most = kMaxTextBytes) {
  std::string valid = ReplaceInvalidUtf8(text.substr(0, most));
  if (valid.size() > most) {
    valid.resize(ScanUtf8(absl::string_view(valid).substr(0, most)).valid_bytes);
  }
  return valid;
}

class Error {
 public:
  Error(grpc::StatusCode code, absl::string_view message, absl::string_view reason,
        const std::map<std::string, std::string>& metadata = {}) {
    status_.set_code(code);
    status_.set_message(Text(message, kMaxMessageBytes));
    google::rpc::ErrorInfo info;
    info.set_reason(Text(reason, 63));
    info.set_domain(kErrorDomain);
    for (const auto& [key, value] : metadata) {
      (*info.mutable_metadata())[Text(key, 64)] = Text(value, 200);
      if (info.ByteSizeLong() > kMaxTextBytes) break;
    }
    status_.add_details()->PackFrom(info);
  }

  // False: it does not fit any more, and was left out.
  bool Add(const google::protobuf::Message& detail) {
    status_.add_details()->PackFrom(detail);
    if (Fits()) return true;
    status_.mutable_details()->RemoveLast();
    return false;
  }

  grpc::Status Build() const {
    return grpc::Status(static_cast<grpc::StatusCode>(status_.code()), status_.message(), status_.SerializeAsString());
  }

 private:
  bool Fits() const { return status_.ByteSizeLong() <= kMaxDetailsBytes; }

  google::rpc::Status status_;
};

google::rpc::RetryInfo Retry(absl::Duration delay) {
  google::rpc::RetryInfo info;
  if (delay < absl::ZeroDuration()) delay = absl::ZeroDuration();
  if (delay > absl::Hours(24)) delay = absl::Hours(24);
  absl::Duration rest;
  info.mutable_retry_delay()->set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &rest));
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return info;
}

google::rpc::ResourceInfo Resource(absl::string_view type, absl::string_view name, absl::string_view description) {
  google::rpc::ResourceInfo info;
  info.set_resource_type(Text(type, 100));
  info.set_resource_name(Text(name));
  info.set_description(Text(description));
  return info;
}

}  // namespace

grpc::Status InvalidArgument(const std::vector<FieldViolation>& violations) {
  std::string message;
  google::rpc::BadRequest bad_request;
  for (const FieldViolation& violation : violations) {
    if (message.size() < kMaxMessageBytes) {
      absl::StrAppend(&message, message.empty() ? "" : "; ", violation.field, ": ", violation.description);
    }
    auto* added = bad_request.add_field_violations();
    added->set_field(Text(violation.field, 200));
    added->set_description(Text(violation.description, 300));
    // Room for the message and the ErrorInfo beside it.
    if (bad_request.ByteSizeLong() > kMaxDetailsBytes - kMaxMessageBytes - 300) {
      bad_request.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  Error error(grpc::StatusCode::INVALID_ARGUMENT, message, "INVALID_FIELD");
  error.Add(bad_request);
  return error.Build();
}

grpc::Status MalformedRequest(absl::string_view message_type, bool received) {
  const std::string message = received ? absl::StrCat("the request is no valid ", message_type, " message")
                                       : absl::StrCat("the call ended before its ", message_type, " message came");
  return Error(grpc::StatusCode::INVALID_ARGUMENT, message, "MALFORMED_REQUEST").Build();
}

grpc::Status NotFound(absl::string_view resource_type, absl::string_view resource_name, absl::string_view description) {
  Error error(grpc::StatusCode::NOT_FOUND, description, "RESOURCE_NOT_FOUND");
  error.Add(Resource(resource_type, resource_name, description));
  return error.Build();
}

grpc::Status AlreadyExists(absl::string_view resource_type, absl::string_view resource_name,
                           absl::string_view description) {
  Error error(grpc::StatusCode::ALREADY_EXISTS, description, "RESOURCE_EXISTS");
  error.Add(Resource(resource_type, resource_name, description));
  return error.Build();
}

grpc::Status ResourceExhausted(absl::string_view subject, absl::string_view description, absl::Duration retry_delay) {
  Error error(grpc::StatusCode::RESOURCE_EXHAUSTED, description, "QUOTA_EXCEEDED");
  google::rpc::QuotaFailure failure;
  auto* violation = failure.add_violations();
  violation->set_subject(Text(subject));
  violation->set_description(Text(description));
  error.Add(failure);
  error.Add(Retry(retry_delay));
  return error.Build();
}

grpc::Status Unavailable(absl::string_view description, absl::Duration retry_delay) {
  Error error(grpc::StatusCode::UNAVAILABLE, description, "UNAVAILABLE");
  error.Add(Retry(retry_delay));
  return error.Build();
}

grpc::Status FailedPrecondition(absl::string_view type, absl::string_view subject, absl::string_view description) {
  Error error(grpc::StatusCode::FAILED_PRECONDITION, description, type);
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(Text(type, 100));
  violation->set_subject(Text(subject));
  violation->set_description(Text(description));
  error.Add(failure);
  return error.Build();
}

grpc::Status OutOfRange(absl::string_view description, const std::map<std::string, std::string>& metadata) {
  return Error(grpc::StatusCode::OUT_OF_RANGE, description, "OUT_OF_RANGE", metadata).Build();
}

grpc::Status Unimplemented(absl::string_view description) {
  return Error(grpc::StatusCode::UNIMPLEMENTED, description, "UNIMPLEMENTED").Build();
}

}  // namespace skillrunner::rpc

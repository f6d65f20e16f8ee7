// Statuses that tell a client what to do: a sentence, and google.rpc details in the grpc-status-details-bin trailer,
// the first of them always an ErrorInfo with a stable `reason` and the domain "skillrunner.itzamna.dev".
//
// Texts may hold any bytes: they are made valid UTF-8 and are cut, and details beyond the first that fit are dropped,
// so that the trailers stay below gRPC's limit of 8 KiB, beyond which a client would see RESOURCE_EXHAUSTED instead.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace skillrunner::rpc {

inline constexpr char kErrorDomain[] = "skillrunner.itzamna.dev";

struct FieldViolation {
  std::string field;        // path in the request, such as "limits.wall_time"
  std::string description;  // one sentence
};

// INVALID_ARGUMENT, reason INVALID_FIELD, BadRequest. The message joins the violations.
grpc::Status InvalidArgument(const std::vector<FieldViolation>& violations);
// INVALID_ARGUMENT, reason MALFORMED_REQUEST: the request's bytes are no `message_type`, or (`received` false) none
// came.
grpc::Status MalformedRequest(absl::string_view message_type, bool received);
// NOT_FOUND, reason RESOURCE_NOT_FOUND, ResourceInfo.
grpc::Status NotFound(absl::string_view resource_type, absl::string_view resource_name, absl::string_view description);
// ALREADY_EXISTS, reason RESOURCE_EXISTS, ResourceInfo.
grpc::Status AlreadyExists(absl::string_view resource_type, absl::string_view resource_name,
                           absl::string_view description);
// RESOURCE_EXHAUSTED, reason QUOTA_EXCEEDED, QuotaFailure for `subject`, RetryInfo.
grpc::Status ResourceExhausted(absl::string_view subject, absl::string_view description, absl::Duration retry_delay);
// UNAVAILABLE, reason UNAVAILABLE, RetryInfo.
grpc::Status Unavailable(absl::string_view description, absl::Duration retry_delay);
// FAILED_PRECONDITION, reason `type` (such as RUNTIME_MISSING), PreconditionFailure.
grpc::Status FailedPrecondition(absl::string_view type, absl::string_view subject, absl::string_view description);
// OUT_OF_RANGE, reason OUT_OF_RANGE, the ErrorInfo carries `metadata` (such as earliest_sequence).
grpc::Status OutOfRange(absl::string_view description, const std::map<std::string, std::string>& metadata);
// UNIMPLEMENTED, reason UNIMPLEMENTED.
grpc::Status Unimplemented(absl::string_view description);

}  // namespace skillrunner::rpc

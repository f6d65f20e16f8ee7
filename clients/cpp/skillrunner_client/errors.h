// Failed calls in words. Pure functions, any thread.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

namespace skillrunner::client {

// `NOT_FOUND` for grpc::StatusCode::NOT_FOUND.
std::string CodeName(grpc::StatusCode code);

// The status for people and agents: `CODE: message`, then one indented line for each thing that its google.rpc details
// (`grpc-status-details-bin`) tell beyond the message: bad fields, near names, failed preconditions and quotas, when to
// retry. Without a newline at the end, safe for a terminal. Details that cannot be parsed are left out.
std::string DescribeError(const grpc::Status& status);

// Whether no service answered at all: nothing listens there, or the name does not resolve. A service that answers
// UNAVAILABLE (it is shutting down) is not unreachable.
bool IsUnreachable(const grpc::Status& status);

}  // namespace skillrunner::client

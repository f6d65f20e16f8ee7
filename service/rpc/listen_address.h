// Why an address cannot be listened on: gRPC itself only says that it could not.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace skillrunner::rpc {

// Binds to `address` ("host:port", "[v6]:port", port 0 for any) and lets go of it again. Errors are sentences that name
// the address: INVALID_ARGUMENT (no such form, unknown host), ALREADY_EXISTS (in use), PERMISSION_DENIED, UNAVAILABLE
// (any other reason). Resolves the host, so it may block: for start-up only.
absl::Status CheckListenAddress(const std::string& address);

}  // namespace skillrunner::rpc

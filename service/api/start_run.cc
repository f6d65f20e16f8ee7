#include "api/start_run.h"

#include "absl/strings/str_cat.h"

namespace skillrunner::api {

grpc::Status StartError(const absl::Status& error, const std::string& request_id) {
  const std::string message(error.message());
  switch (error.code()) {
    case absl::StatusCode::kAlreadyExists:
      return rpc::AlreadyExists(
          "run", message,
          absl::StrCat("the request_id \"", request_id, "\" belongs to ", message, ", which was another request"));
    case absl::StatusCode::kResourceExhausted:
      return rpc::ResourceExhausted("runs", absl::StrCat("the queue is full: ", message), absl::Seconds(1));
    default:
      return rpc::Unavailable(message, absl::Seconds(1));
  }
}

}  // namespace skillrunner::api

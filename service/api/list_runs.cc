#include <utility>

#include "absl/strings/match.h"
#include "api/handlers.h"
#include "api/paging.h"

namespace skillrunner::api {

Task<grpc::Status> ListRuns(Context* context, rpc::Call& /*call*/, v1::ListRunsRequest request,
                            v1::ListRunsResponse* response) {
  std::vector<rpc::FieldViolation> violations;
  const size_t page_size = PageSize(request.page_size(), 50, &violations);
  if (!request.page_token().empty() && !absl::StartsWith(request.page_token(), "runs/")) {
    violations.push_back({"page_token", "is not a token of an earlier answer"});
  }
  if (!violations.empty()) co_return rpc::InvalidArgument(violations);
  // One more than asked for tells whether there is a next page.
  const auto runs = context->runner.registry().List(request.page_token(), page_size + 1);
  PageBytes bytes;
  for (const auto& run : runs) {
    v1::Run description = run->Describe();
    if (static_cast<size_t>(response->runs_size()) == page_size || !bytes.Takes(description)) {
      response->set_next_page_token(response->runs(response->runs_size() - 1).name());
      break;
    }
    *response->add_runs() = std::move(description);
  }
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

#include "api/handlers.h"
#include "api/resource_names.h"

namespace skillrunner::api {

Task<grpc::Status> GetRun(Context* context, rpc::Call& /*call*/, v1::GetRunRequest request,
                          v1::GetRunResponse* response) {
  const FoundRun found = FindRun(context->runner.registry(), request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  *response->mutable_run() = found.run->Describe();
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

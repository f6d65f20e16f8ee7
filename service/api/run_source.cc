#include <utility>

#include "api/handlers.h"
#include "api/start_run.h"

namespace skillrunner::api {

Task<grpc::Status> RunSource(Context* context, rpc::Call& call, v1::RunSourceRequest request,
                             rpc::ResponseStream<v1::RunSourceResponse>& responses) {
  const bool validate_only = request.validate_only();
  PlannedRun planned = co_await PlanSource(context, std::move(request));
  const grpc::Status status = co_await StartAndFollow(context, &call, std::move(planned), validate_only, &responses);
  co_return status;
}

}  // namespace skillrunner::api

#include "api/handlers.h"
#include "api/start_run.h"

namespace skillrunner::api {

Task<grpc::Status> RunExample(Context* context, rpc::Call& call, v1::RunExampleRequest request,
                              rpc::ResponseStream<v1::RunExampleResponse>& responses) {
  PlannedRun planned = PlanExample(*context, request);
  const grpc::Status status =
      co_await StartAndFollow(context, &call, std::move(planned), request.validate_only(), &responses);
  co_return status;
}

}  // namespace skillrunner::api

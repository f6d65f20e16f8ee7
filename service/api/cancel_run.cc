#include "api/handlers.h"
#include "api/resource_names.h"
#include "async/event.h"

namespace skillrunner::api {

Task<grpc::Status> CancelRun(Context* context, rpc::Call& call, v1::CancelRunRequest request,
                             v1::CancelRunResponse* response) {
  const FoundRun found = FindRun(context->runner.registry(), request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  const auto wake_up = std::make_shared<WakeUp>(call.executor());
  call.OnCancel([wake_up] { wake_up->event().Set(); });
  const Journal::Subscription subscription(found.run->journal(), wake_up->notifier());
  context->runner.Cancel(found.run, v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT);
  while (!found.run->finished() && !call.cancelled()) {
    co_await wake_up->event().Wait();
    wake_up->event().Reset();
  }
  *response->mutable_run() = found.run->Describe();
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

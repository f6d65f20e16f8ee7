// What RunExample and RunSource share: start the run, follow it, and take it along when the client goes.
#pragma once

#include <string>

#include "api/follow_run.h"
#include "api/run_request.h"
#include "rpc/errors.h"

namespace skillrunner::api {

// The status for a run that could not be added.
grpc::Status StartError(const absl::Status& error, const std::string& request_id);

template <class Response>
Task<grpc::Status> StartAndFollow(Context* context, rpc::Call* call, PlannedRun planned, bool validate_only,
                                  rpc::ResponseStream<Response>* responses) {
  if (!planned.status.ok() || validate_only) co_return planned.status;
  const std::string request_id = planned.plan.request_id;
  const absl::StatusOr<std::shared_ptr<Run>> run = context->runner.Start(std::move(planned.plan));
  if (!run.ok()) co_return StartError(run.status(), request_id);
  const grpc::Status status = co_await FollowRun(call, *run, 0, responses);
  context->runner.StarterGone(*run, call->deadline_passed() ? v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED
                                                            : v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED);
  co_return status;
}

}  // namespace skillrunner::api

#include "absl/strings/str_cat.h"
#include "api/follow_run.h"
#include "api/handlers.h"
#include "api/resource_names.h"
#include "rpc/errors.h"

namespace skillrunner::api {

Task<grpc::Status> WatchRun(Context* context, rpc::Call& call, v1::WatchRunRequest request,
                            rpc::ResponseStream<v1::WatchRunResponse>& responses) {
  const FoundRun found = FindRun(context->runner.registry(), request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  if (request.after_sequence() < 0) co_return rpc::InvalidArgument({{"after_sequence", "must not be negative"}});
  const int64_t last = found.run->journal().last_sequence();
  if (request.after_sequence() > last) {
    co_return rpc::OutOfRange(absl::StrCat("the run has no event after ", last),
                              {{"earliest_sequence", "1"}, {"last_sequence", absl::StrCat(last)}});
  }
  const grpc::Status status = co_await FollowRun(&call, found.run, request.after_sequence(), &responses);
  co_return status;
}

}  // namespace skillrunner::api

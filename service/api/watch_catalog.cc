#include "api/follow_run.h"
#include "api/handlers.h"
#include "api/skill_proto.h"
#include "catalog/changes.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

constexpr absl::Duration kRestart = absl::Seconds(5);

v1::WatchCatalogResponse::Change ToProto(catalog::Change::Kind kind) {
  switch (kind) {
    case catalog::Change::Kind::kAdded:
      return v1::WatchCatalogResponse::CHANGE_ADDED;
    case catalog::Change::Kind::kUpdated:
      return v1::WatchCatalogResponse::CHANGE_UPDATED;
    case catalog::Change::Kind::kRemoved:
      return v1::WatchCatalogResponse::CHANGE_REMOVED;
    case catalog::Change::Kind::kBroken:
      return v1::WatchCatalogResponse::CHANGE_BROKEN;
  }
  return v1::WatchCatalogResponse::CHANGE_UNSPECIFIED;
}

}  // namespace

// What the client has seen is a snapshot, too: however slowly it reads, what it gets next is the difference to the
// newest one, and nothing is queued for it.
Task<grpc::Status> WatchCatalog(Context* context, rpc::Call& call, v1::WatchCatalogRequest request,
                                rpc::ResponseStream<v1::WatchCatalogResponse>& responses) {
  const auto wake_up = std::make_shared<WakeUp>(call.executor());
  call.OnCancel([wake_up] { wake_up->event().Set(); });
  call.OnDrain([wake_up] { wake_up->event().Set(); });
  const CurrentCatalog::Subscription subscription(context->catalog, wake_up->notifier());
  std::shared_ptr<const catalog::Snapshot> seen = context->catalog.Get();
  if (request.include_current()) seen = std::make_shared<const catalog::Snapshot>();
  bool quiet = true;  // the first response without a change says that the watch has begun
  while (!call.cancelled() && !call.draining()) {
    wake_up->event().Reset();
    const std::shared_ptr<const catalog::Snapshot> now = context->catalog.Get();
    const std::vector<catalog::Change> changes =
        now == seen ? std::vector<catalog::Change>() : catalog::Compare(*seen, *now);
    for (size_t i = 0; i < changes.size(); ++i) {
      const catalog::Change& change = changes[i];
      v1::WatchCatalogResponse response;
      response.set_change(ToProto(change.kind));
      *response.mutable_skill() =
          ToProto(change.after != nullptr ? *change.after : *change.before, v1::SKILL_VIEW_OUTLINE, context->modules);
      const bool alive = co_await responses.Write(response, /*more_is_waiting=*/quiet || i + 1 < changes.size());
      if (!alive) co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
    }
    seen = now;
    if (quiet) {
      const bool alive = co_await responses.Write(v1::WatchCatalogResponse());
      if (!alive) co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
    }
    const bool woken = co_await wake_up->event().WaitUntil(MonotonicNanos() + kKeepAliveNanos);
    quiet = !woken;
  }
  if (call.draining()) co_return rpc::Unavailable("the service is shutting down; watch again", kRestart);
  co_return grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
}

}  // namespace skillrunner::api

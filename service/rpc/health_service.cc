#include "rpc/health_service.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rpc/errors.h"

namespace skillrunner::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

Task<grpc::Status> Check(HealthRegistry* registry, Call& /*call*/, HealthCheckRequest request,
                         HealthCheckResponse* response) {
  const std::optional<HealthRegistry::Status> status = registry->Get(request.service());
  if (!status) {
    co_return NotFound("service", request.service(), absl::StrCat("no service ", request.service(), " here"));
  }
  response->set_status(*status);
  co_return grpc::Status::OK;
}

Task<grpc::Status> Watch(HealthRegistry* registry, Call& call, HealthCheckRequest request,
                         ResponseStream<HealthCheckResponse>& responses) {
  WakeUp changed(call.executor());
  HealthRegistry::Subscription subscription(*registry, changed.notifier());
  call.OnCancel([&changed] { changed.event().Set(); });
  call.OnDrain([&changed] { changed.event().Set(); });

  std::optional<HealthRegistry::Status> sent;
  while (!call.cancelled()) {
    changed.event().Reset();
    const HealthRegistry::Status status =
        registry->Get(request.service()).value_or(HealthCheckResponse::SERVICE_UNKNOWN);
    if (status != sent) {
      HealthCheckResponse response;
      response.set_status(status);
      const bool alive = co_await responses.Write(response);
      if (!alive) break;
      sent = status;
      continue;
    }
    if (call.draining()) co_return Unavailable("the server is shutting down", absl::Seconds(1));
    co_await changed.event().Wait();
  }
  co_return grpc::Status::CANCELLED;
}

}  // namespace

void HealthRegistry::Set(const std::string& service, Status status) {
  SetAll({service}, status);
}

void HealthRegistry::SetAll(const std::vector<std::string>& services, Status status) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& service : services) services_[service] = status;
  NotifyAll();
}

void HealthRegistry::Drain() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  NotifyAll();
}

std::optional<HealthRegistry::Status> HealthRegistry::Get(const std::string& service) const {
  absl::MutexLock lock(&mutex_);
  const auto found = services_.find(service);
  if (found == services_.end()) return std::nullopt;
  return draining_ ? HealthCheckResponse::NOT_SERVING : found->second;
}

void HealthRegistry::NotifyAll() {
  for (const WakeUp::Notifier& watcher : watchers_) watcher.Notify();
}

HealthRegistry::Subscription::Subscription(HealthRegistry& registry, WakeUp::Notifier watcher) : registry_(registry) {
  absl::MutexLock lock(&registry_.mutex_);
  entry_ = registry_.watchers_.insert(registry_.watchers_.end(), std::move(watcher));
}

HealthRegistry::Subscription::~Subscription() {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.watchers_.erase(entry_);
}

void RegisterHealthService(Router& router, HealthRegistry& registry) {
  router.Unary<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Check",
                                                        std::bind_front(Check, &registry));
  router.ServerStream<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Watch",
                                                               std::bind_front(Watch, &registry));
}

}  // namespace skillrunner::rpc

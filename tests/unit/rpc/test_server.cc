#include "test_server.h"

#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "async/nursery.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "rpc/reflection_service.h"

namespace skillrunner::rpc {

Task<void> TestService::WaitForEnd(Call& call, bool also_drain) {
  Event end;
  call.OnCancel([this, &end] {
    cancel_hooks.Raise();
    end.Set();
  });
  if (also_drain) call.OnDrain([&end] { end.Set(); });
  waiting.Raise();
  co_await end.Wait();
  if (call.deadline_passed()) deadlines_passed.Raise();
}

Task<grpc::Status> TestService::GetRun(Call& call, v1::GetRunRequest request, v1::GetRunResponse* response) {
  if (request.name() == "missing") co_return NotFound("run", request.name(), "no such run");
  if (request.name() == "wait") {
    co_await WaitForEnd(call, false);
    co_return grpc::Status::CANCELLED;
  }
  response->mutable_run()->set_name(request.name());
  co_return grpc::Status::OK;
}

Task<grpc::Status> TestService::WatchRun(Call& call, v1::WatchRunRequest request,
                                         ResponseStream<v1::WatchRunResponse>& responses) {
  const std::string name = request.name();
  grpc::Status status;
  v1::WatchRunResponse response;
  for (int64_t i = 1; i <= request.after_sequence(); ++i) {
    response.mutable_event()->set_sequence(i);
    const bool alive = co_await responses.Write(response, i < request.after_sequence());
    if (!alive) {
      failed_writes.Raise();
      break;
    }
  }
  if (name == "missing") {
    status = NotFound("run", name, "no such run");
  } else if (name == "wait") {
    co_await WaitForEnd(call, false);
  } else if (name == "drain") {
    co_await WaitForEnd(call, true);
    response.mutable_event()->set_sequence(-1);
    co_await responses.Write(response);
  } else if (name == "flood") {
    response.mutable_event()->mutable_output()->set_text(std::string(65536, 'x'));
    waiting.Raise();
    bool alive = true;
    while (alive) {
      alive = co_await responses.Write(response, true);
    }
    failed_writes.Raise();
    const bool again = co_await responses.Write(response);
    if (again) status = grpc::Status(grpc::StatusCode::INTERNAL, "a write after a failed one succeeded");
  }
  ended.Raise();
  co_return status;
}

namespace {

Task<void> EchoInput(RequestStream<v1::AttachRunRequest>* requests, ResponseStream<v1::AttachRunResponse>* responses,
                     Event* end) {
  while (true) {
    const std::optional<v1::AttachRunRequest> request = co_await requests->Read();
    if (!request) break;
    if (request->close_stdin()) {
      end->Set();
      continue;
    }
    v1::AttachRunResponse response;
    response.mutable_event()->mutable_output()->set_data(request->stdin());
    const bool alive = co_await responses->Write(response);
    if (!alive) break;
  }
  end->Set();
}

}  // namespace

Task<grpc::Status> TestService::AttachRun(Call& call, RequestStream<v1::AttachRunRequest>& requests,
                                          ResponseStream<v1::AttachRunResponse>& responses) {
  Nursery nursery;
  Event end;
  nursery.Start(EchoInput(&requests, &responses, &end));
  call.OnCancel([&end] { end.Set(); });
  co_await end.Wait();
  requests.Close();
  co_await nursery.Join();
  ended.Raise();
  co_return grpc::Status::OK;
}

void TestService::Register(Router& router) {
  const std::string prefix = "/itzamna.skillrunner.v1.RunService/";
  router.Unary<v1::GetRunRequest, v1::GetRunResponse>(prefix + "GetRun", std::bind_front(&TestService::GetRun, this));
  router.ServerStream<v1::WatchRunRequest, v1::WatchRunResponse>(prefix + "WatchRun",
                                                                 std::bind_front(&TestService::WatchRun, this));
  router.Bidi<v1::AttachRunRequest, v1::AttachRunResponse>(prefix + "AttachRun",
                                                           std::bind_front(&TestService::AttachRun, this));
}

TestServer::TestServer(ServerOptions options) : descriptors(*DescriptorSet::Embedded()) {
  Router router;
  service.Register(router);
  RegisterHealthService(router, health);
  RegisterReflectionServices(router, descriptors);
  health.SetAll({"", "itzamna.skillrunner.v1.RunService"}, grpc::health::v1::HealthCheckResponse::SERVING);
  options.address = "127.0.0.1:0";
  absl::StatusOr<std::unique_ptr<Server>> started = Server::Start(std::move(options), std::move(router), health);
  if (!started.ok()) {
    ADD_FAILURE() << started.status();
    std::abort();
  }
  server = *std::move(started);
  channel = NewChannel();
  runs = v1::RunService::NewStub(channel);
  health_stub = grpc::health::v1::Health::NewStub(channel);
}

std::string TestServer::address() const {
  return absl::StrCat("127.0.0.1:", server->port());
}

std::shared_ptr<grpc::Channel> TestServer::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments);
}

v1::WatchRunRequest WatchRequest(const std::string& name, int64_t events) {
  v1::WatchRunRequest request;
  request.set_name(name);
  request.set_after_sequence(events);
  return request;
}

v1::GetRunRequest GetRequest(const std::string& name) {
  v1::GetRunRequest request;
  request.set_name(name);
  return request;
}

}  // namespace skillrunner::rpc

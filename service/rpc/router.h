// The one table of methods: everything the server answers is in it, and it is what tests compare with the descriptors.
// All calls, ours and the standard services', are accepted through gRPC's generic service and looked up here, so no
// method can be left without an accept (gRPC queues calls of such a method until the client's deadline).
//
//   Task<grpc::Status> SayHello(rpc::Call& call, HelloRequest request, HelloResponse* response);
//   router.Unary<HelloRequest, HelloResponse>("/pkg.Greeter/SayHello", SayHello);
//
// A handler is a function, or a callable such as std::bind_front(&Service::Method, &service), that is invoked as a
// plain function and returns a Task; it is kept as long as the server, so it outlives all calls. A lambda with captures
// may be registered only if it is no coroutine itself. Handlers run on a loop's thread and must not block; everything
// they start must be joined before they end, soon after the call was cancelled.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "async/task.h"
#include "grpcpp/support/status.h"
#include "rpc/call.h"
#include "rpc/codec.h"
#include "rpc/errors.h"

namespace skillrunner::rpc {

class Router {
 public:
  // Reads the requests, runs the handler and gives the status to finish with.
  using Serve = absl::AnyInvocable<Task<grpc::Status>(Call&) const>;

  // Handlers: Task<grpc::Status>(Call&, Request, Response*). The response is sent if the status is OK.
  template <class Request, class Response, class Handler>
  void Unary(std::string method, Handler handler) {
    Add(std::move(method),
        [handler = std::move(handler)](Call& call) { return ServeUnary<Request, Response, Handler>(call, &handler); });
  }

  // Task<grpc::Status>(Call&, Request, ResponseStream<Response>&).
  template <class Request, class Response, class Handler>
  void ServerStream(std::string method, Handler handler) {
    Add(std::move(method), [handler = std::move(handler)](Call& call) {
      return ServeServerStream<Request, Response, Handler>(call, &handler);
    });
  }

  // Task<grpc::Status>(Call&, RequestStream<Request>&, ResponseStream<Response>&). The handler may end before the
  // client has sent its last request.
  template <class Request, class Response, class Handler>
  void Bidi(std::string method, Handler handler) {
    Add(std::move(method),
        [handler = std::move(handler)](Call& call) { return ServeBidi<Request, Response, Handler>(call, &handler); });
  }

  // Null: no such method.
  const Serve* Find(const std::string& method) const;
  // Full method names ("/pkg.Service/Method"), sorted.
  std::vector<std::string> methods() const;
  // Full names of the services that have at least one method here, sorted.
  std::vector<std::string> services() const;

  // UNIMPLEMENTED, with the names nearest to the one asked for.
  grpc::Status UnknownMethod(const std::string& method) const;

 private:
  // Ends the process if `method` is no full method name or is there already: a mistake in the program.
  void Add(std::string method, Serve serve);

  template <class Request, class Response, class Handler>
  static Task<grpc::Status> ServeUnary(Call& call, const Handler* handler) {
    const bool received = co_await call.Receive();
    Request request;
    if (!received || !ParseMessage(call.received(), &request)) co_return NotA<Request>(received);
    Response response;
    const grpc::Status status = co_await (*handler)(call, std::move(request), &response);
    if (status.ok() && !SerializeMessage(response, call.response())) {
      co_return grpc::Status(grpc::StatusCode::INTERNAL, "the response could not be serialised");
    }
    co_return status;
  }

  template <class Request, class Response, class Handler>
  static Task<grpc::Status> ServeServerStream(Call& call, const Handler* handler) {
    Operation::Awaiter headers = call.SendInitialMetadata();
    const bool received = co_await call.Receive();
    Request request;
    if (!received || !ParseMessage(call.received(), &request)) co_return NotA<Request>(received);
    co_await headers;
    ResponseStream<Response> responses(call);
    const grpc::Status status = co_await (*handler)(call, std::move(request), responses);
    co_return status;
  }

  template <class Request, class Response, class Handler>
  static Task<grpc::Status> ServeBidi(Call& call, const Handler* handler) {
    co_await call.SendInitialMetadata();
    RequestStream<Request> requests(call);
    ResponseStream<Response> responses(call);
    const grpc::Status status = co_await (*handler)(call, requests, responses);
    if (call.malformed()) co_return NotA<Request>(/*received=*/true);
    co_return status;
  }

  template <class Request>
  static grpc::Status NotA(bool received) {
    return MalformedRequest(Request::descriptor()->full_name(), received);
  }

  absl::flat_hash_map<std::string, Serve> methods_;
};

}  // namespace skillrunner::rpc

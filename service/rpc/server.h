// The server: loops, their threads, and the orderly end of both.
//
// Shutdown, in this order, because each step relies on the one before:
//   1. health says NOT_SERVING; every loop tells its calls that the drain has begun, and answers new ones with
//   UNAVAILABLE.
//      gRPC goes on accepting them: once it stops, a call on its way meets CANCELLED, which no client retries
//   2. running calls have the grace period to end by themselves
//   3. we stop listening; gRPC says good-bye to its clients and cancels what is left (the loops keep running: they
//   deliver the
//      ends)
//   4. each loop waits until its last handler has ended and its last tag has come back, closes its gate for posts, and
//   shuts
//      its queue down
//   5. threads are joined, then the queues go, then gRPC's server
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "async/nursery.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "rpc/health_service.h"
#include "rpc/listener.h"
#include "rpc/router.h"

namespace skillrunner::rpc {

struct ServerOptions {
  // "host:port", "[v6]:port"; port 0 picks one.
  std::string address = "127.0.0.1:50051";
  // Null: plain text.
  std::shared_ptr<grpc::ServerCredentials> credentials;
  // Threads, each with its completion queue. All calls of one connection tend to land on one of them.
  int loops = 2;
  // Outstanding accepts per loop: a burst of so many calls needs no round through the loop to be accepted.
  int accepts_per_loop = 32;
  // Longest request; a longer one ends its call with RESOURCE_EXHAUSTED.
  int max_receive_bytes = 5 << 20;
  int max_concurrent_streams_per_connection = 4096;
  // How long a connection may be silent before the server pings it, and how long the answer may take: a client that
  // vanished without a word is found out after the sum of both, and its calls are cancelled.
  absl::Duration keepalive_time = absl::Seconds(60);
  absl::Duration keepalive_timeout = absl::Seconds(20);
  // Clients may ping this often without data; those that do it more often are sent away (too_many_pings).
  absl::Duration min_client_ping_interval = absl::Seconds(10);
};

class Server {
 public:
  // Listens and serves. `health` outlives the server; setting statuses (to SERVING) is the caller's. Errors: as
  // Listener::Open.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, Router router, HealthRegistry& health);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // As Shutdown(0).
  ~Server();

  int port() const { return listener_->port(); }

  // Blocks until everything has ended: at most about `grace` for handlers that end when they are cancelled. From any
  // thread but a loop's. A second call waits for the first.
  void Shutdown(absl::Duration grace) ABSL_LOCKS_EXCLUDED(shutdown_mutex_);

 private:
  struct Worker;
  Server(ServerOptions options, Router router, HealthRegistry& health);

  absl::Status Listen();
  void Run(Worker* worker);
  Task<void> AcceptCalls(Worker* worker);
  Task<void> ServeCall(Worker* worker, std::unique_ptr<Call> call);
  static void BeginDrain(Worker* worker);
  static void EndCall(Worker* worker);
  static Task<void> CloseWhenIdle(Worker* worker);

  const ServerOptions options_;
  const Router router_;
  HealthRegistry& health_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;  // gRPC's, for what listener_ takes
  std::unique_ptr<grpc::Server> server_;                                      // outlives the queues
  std::vector<std::unique_ptr<Worker>> workers_;

  absl::Mutex shutdown_mutex_;
  bool stopped_ ABSL_GUARDED_BY(shutdown_mutex_) = false;
};

}  // namespace skillrunner::rpc

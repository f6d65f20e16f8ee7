#include "rpc/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "grpc/grpc.h"
#include "grpc/support/log.h"
#include "rpc/errors.h"
#include "rpc/loop.h"

namespace skillrunner::rpc {
namespace {

// gRPC's own messages are for its developers, and go to stderr: into our log instead, at debug level.
void LogFromGrpc(gpr_log_func_args* args) {
  log::Debug(args->message, {{"grpc_file", args->file}, {"grpc_line", absl::StrCat(args->line)}});
}

int Millis(absl::Duration duration) {
  const int64_t millis = absl::ToInt64Milliseconds(duration);
  return static_cast<int>(std::clamp<int64_t>(millis, 0, std::numeric_limits<int>::max()));
}

}  // namespace

// A loop, its thread, and what runs on it. All but the thread handle is the thread's own.
struct Server::Worker {
  explicit Worker(std::unique_ptr<grpc::ServerCompletionQueue> queue) : loop(std::move(queue)) {}

  Loop loop;
  Drain drain;
  int running = 0;          // calls whose handlers run
  absl::Notification idle;  // draining, and the last of them has ended
  Nursery calls;            // accepts and calls
  Nursery closing;          // CloseWhenIdle, which joins the other one
  std::thread thread;
};

Server::Server(ServerOptions options, Router router, HealthRegistry& health)
    : options_(std::move(options)), router_(std::move(router)), health_(health) {}

Server::~Server() {
  Shutdown(absl::ZeroDuration());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Router router, HealthRegistry& health) {
  std::unique_ptr<Server> server(new Server(std::move(options), std::move(router), health));
  RETURN_IF_ERROR(server->Listen());
  for (const std::unique_ptr<Worker>& worker : server->workers_) {
    worker->thread = std::thread(&Server::Run, server.get(), worker.get());
  }
  return server;
}

absl::Status Server::Listen() {
  gpr_set_log_function(&LogFromGrpc);
  // gRPC stays up until the process ends: when its last user goes, it joins threads of its own, one of which sleeps for
  // up to 10 s after a write was held up by a client that does not read (the backup poller of tcp_posix.cc).
  static const bool initialised = (grpc_init(), true);
  (void)initialised;
  ASSIGN_OR_RETURN(listener_, Listener::Open(options_.address));

  grpc::ServerBuilder builder;
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      options_.credentials ? options_.credentials : grpc::InsecureServerCredentials());
  builder.RegisterAsyncGenericService(&service_);
  builder.SetMaxReceiveMessageSize(options_.max_receive_bytes);
  // The limit above counts bytes as they come: a compressed request of that size may grow a thousandfold. None is
  // taken.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options_.max_concurrent_streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options_.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options_.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Millis(options_.min_client_ping_interval));
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options_.loops; ++i) workers.push_back(std::make_unique<Worker>(builder.AddCompletionQueue()));

  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    for (const std::unique_ptr<Worker>& worker : workers) worker->loop.Abort();
    return absl::UnavailableError(absl::StrCat("gRPC's server cannot be started for ", options_.address));
  }
  workers_ = std::move(workers);
  listener_->Start([this](UniqueFd connection) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    // Else what is unsent when a client vanishes keeps gRPC from finding that out.
    const int timeout = Millis(options_.keepalive_timeout);
    ::setsockopt(connection.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
    parameters.fd = connection.release();
    acceptor_->HandleNewConnection(&parameters);
  });
  return absl::OkStatus();
}

void Server::Run(Worker* worker) {
  ::pthread_setname_np(::pthread_self(), "rpc-loop");
  worker->loop.Run([this, worker] {
    for (int i = 0; i < options_.accepts_per_loop; ++i) worker->calls.Start(AcceptCalls(worker));
  });
}

Task<void> Server::AcceptCalls(Worker* worker) {
  while (true) {
    auto call = std::make_unique<Call>(worker->loop, worker->drain);
    const bool accepted = co_await call->Accept(service_);
    if (!accepted) co_return;
    worker->calls.Start(ServeCall(worker, std::move(call)));
  }
}

Task<void> Server::ServeCall(Worker* worker, std::unique_ptr<Call> call) {
  call->MarkAccepted();
  grpc::Status status;
  const Router::Serve* serve = router_.Find(call->method());
  if (worker->drain.begun) {
    status = Unavailable("the server is shutting down", absl::Seconds(1));
  } else if (serve == nullptr) {
    status = router_.UnknownMethod(call->method());
  } else {
    ++worker->running;
    status = co_await (*serve)(*call);
    co_await call->Finish(std::move(status));
    EndCall(worker);
    co_return;
  }
  co_await call->Finish(std::move(status));
}

void Server::EndCall(Worker* worker) {
  if (--worker->running == 0 && worker->drain.begun) worker->idle.Notify();
}

void Server::BeginDrain(Worker* worker) {
  worker->drain.begun = true;
  for (Call* call : worker->drain.listeners) call->RunDrainHooks();
  if (worker->running == 0) worker->idle.Notify();
}

Task<void> Server::CloseWhenIdle(Worker* worker) {
  co_await worker->calls.Join();
  worker->loop.Close();
}

void Server::Shutdown(absl::Duration grace) {
  absl::MutexLock lock(&shutdown_mutex_);
  if (stopped_ || server_ == nullptr) return;
  stopped_ = true;

  health_.Drain();
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->loop.Post([target = worker.get()] { BeginDrain(target); });
  }
  const absl::Time deadline = absl::Now() + grace;
  bool idle = true;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    idle = worker->idle.WaitForNotificationWithDeadline(deadline) && idle;
  }
  listener_->Stop();
  // Idle: what is on its way to clients, and its good-bye, get a moment; it returns as soon as they are through.
  server_->Shutdown(absl::ToChronoTime(absl::Now() + (idle ? absl::Seconds(1) : absl::ZeroDuration())));
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->loop.Post([target = worker.get()] { target->closing.Start(CloseWhenIdle(target)); });
  }
  for (const std::unique_ptr<Worker>& worker : workers_) worker->thread.join();
}

}  // namespace skillrunner::rpc

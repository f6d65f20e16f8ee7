// A real server on a loopback port with the standard services and a RunService whose behaviour the request's name
// chooses.
#pragma once

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/channel.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "rpc/descriptor_set.h"
#include "rpc/server.h"

namespace skillrunner::rpc {

namespace v1 = ::itzamna::skillrunner::v1;

// Counts that a handler raises and a test waits for.
class Count {
 public:
  void Raise() {
    absl::MutexLock lock(&mutex_);
    ++value_;
  }
  int value() const {
    absl::MutexLock lock(&mutex_);
    return value_;
  }
  void WaitFor(int value) const {
    absl::MutexLock lock(&mutex_);
    const auto reached = [this, value]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return value_ >= value; };
    mutex_.Await(absl::Condition(&reached));
  }

 private:
  mutable absl::Mutex mutex_;
  int value_ ABSL_GUARDED_BY(mutex_) = 0;
};

class TestService {
 public:
  // GetRun echoes the name in `run.name`; "missing": NOT_FOUND; "wait": until it is cancelled.
  Task<grpc::Status> GetRun(Call& call, v1::GetRunRequest request, v1::GetRunResponse* response);
  // WatchRun sends events 1 to after_sequence, then, by name: "end": OK; "missing": NOT_FOUND; "wait": waits until
  // cancelled; "drain": waits until cancelled or draining, then sends event -1 and OK; "flood": writes 64 KiB events
  // until one fails.
  Task<grpc::Status> WatchRun(Call& call, v1::WatchRunRequest request, ResponseStream<v1::WatchRunResponse>& responses);
  // AttachRun echoes each stdin as output; close_stdin ends the call from the server's side while a task still reads.
  Task<grpc::Status> AttachRun(Call& call, RequestStream<v1::AttachRunRequest>& requests,
                               ResponseStream<v1::AttachRunResponse>& responses);

  void Register(Router& router);

  Count waiting;           // handlers that began to wait
  Count cancel_hooks;      // OnCancel hooks that ran
  Count deadlines_passed;  // of them, those with deadline_passed()
  Count failed_writes;
  Count ended;  // WatchRun handlers that ended

 private:
  Task<void> WaitForEnd(Call& call, bool also_drain);
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});

  std::shared_ptr<grpc::Channel> NewChannel() const;
  std::string address() const;

  TestService service;
  HealthRegistry health;
  DescriptorSet descriptors;
  std::unique_ptr<Server> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::RunService::Stub> runs;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_stub;
};

v1::WatchRunRequest WatchRequest(const std::string& name, int64_t events);
v1::GetRunRequest GetRequest(const std::string& name);

}  // namespace skillrunner::rpc

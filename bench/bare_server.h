// A gRPC server that does nothing but gRPC: what the rpc layer of the service is measured against.
//
// The generated asynchronous service on one completion queue per processor (as many as the service uses), in a process
// of its own. GetRun answers one prepared message whatever is asked; WatchRun streams prepared messages, one Write
// after the other. The messages are what the service itself answered, so both sides send the same bytes.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner::bench {

class BareServer {
 public:
  // Starts the process (this program again) and waits until it serves.
  static absl::StatusOr<std::unique_ptr<BareServer>> Start(
      const itzamna::skillrunner::v1::GetRunResponse& get_run,
      const std::vector<itzamna::skillrunner::v1::WatchRunResponse>& watch_run);
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;
  // Kills it.
  ~BareServer();

  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel() const;

 private:
  BareServer(pid_t pid, int port) : pid_(pid), port_(port) {}

  const pid_t pid_;
  const int port_;
};

// The other process: reads the messages from stdin, prints its port, serves until it is killed. Returns only on errors.
int BareServerMain();

}  // namespace skillrunner::bench

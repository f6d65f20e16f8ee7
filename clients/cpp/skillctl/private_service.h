// A service of our own for a directory of descriptors: started for one command, stopped with it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>

#include "absl/status/status.h"

namespace skillrunner::skillctl {

// Start() must come before gRPC does: it forks.
class PrivateService {
 public:
  PrivateService() = default;
  PrivateService(const PrivateService&) = delete;
  PrivateService& operator=(const PrivateService&) = delete;
  // Stop(), if that was not called.
  ~PrivateService();

  // Runs the `skill-runner` beside this program, or else the one on PATH, on a free port of the loopback interface, and
  // waits until it serves: at most a minute. NOT_FOUND, UNAVAILABLE with what it said. It dies with this process.
  absl::Status Start(const std::string& skills_directory);

  // Stops it, which takes at most 15 s, and removes what it left. Also from another thread, whatever this object does.
  void Stop();

  // HOST:PORT.
  const std::string& address() const { return address_; }

 private:
  std::string directory_;  // not changed once pid_ is set
  std::string address_;
  std::atomic<pid_t> pid_ = -1;
  std::atomic<bool> stopped_ = false;
};

}  // namespace skillrunner::skillctl

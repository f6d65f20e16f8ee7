// A service of our own for a directory of descriptors: started for one command, stopped with it.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace skillrunner::skillctl {

// Start() must come before gRPC does: it forks. One thread.
class PrivateService {
 public:
  PrivateService() = default;
  PrivateService(const PrivateService&) = delete;
  PrivateService& operator=(const PrivateService&) = delete;
  // Stops it and removes what it left.
  ~PrivateService();

  // Runs the `skill-runner` beside this program, or else the one on PATH, on a free port of the loopback interface, and
  // waits until it serves: at most a minute. NOT_FOUND, UNAVAILABLE with what it said. It dies with this process.
  absl::Status Start(const std::string& skills_directory);

  // HOST:PORT.
  const std::string& address() const { return address_; }

 private:
  std::string directory_;
  std::string address_;
  pid_t pid_ = -1;
};

}  // namespace skillrunner::skillctl

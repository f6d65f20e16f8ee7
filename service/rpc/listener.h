// The sockets a server listens on, and what takes connections from them. gRPC's own listener stops for good where it
// meets an error such as EMFILE once, and counts nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace skillrunner::rpc {

class Listener {
 public:
  // Listens on `address`: "host:port" or "[v6]:port"; port 0 picks one, the same for all addresses of a name; 0.0.0.0
  // and
  // [::] are every address of either family. Errors are sentences that name the address: INVALID_ARGUMENT (no such
  // form, unknown host), ALREADY_EXISTS (in use), PERMISSION_DENIED, UNAVAILABLE (any other reason). Resolves the host,
  // so it may block: for start-up only.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  // As Stop().
  ~Listener();

  int port() const { return port_; }

  // Calls `take` with each connection, on a thread of its own: non-blocking, without delay. A quarter of the process's
  // descriptors is kept for other things: what comes when the rest is used is closed at once, which clients see as
  // UNAVAILABLE and try again.
  void Start(std::function<void(UniqueFd connection)> take);
  // Takes no more, and lets go of the address. Returns when `take` is not being called any more.
  void Stop();

 private:
  Listener(std::vector<UniqueFd> sockets, int port) : sockets_(std::move(sockets)), port_(port) {}
  static absl::StatusOr<std::unique_ptr<Listener>> TryToOpen(const std::string& address);
  void Accept();
  void TakeFrom(int socket);
  void Refuse(int socket, const char* why);
  void Pause();

  std::vector<UniqueFd> sockets_;
  const int port_;
  std::function<void(UniqueFd connection)> take_;
  UniqueFd stop_;   // eventfd
  UniqueFd spare_;  // given up for a moment where there is no other
  int64_t told_at_ = 0;
  std::thread thread_;
};

}  // namespace skillrunner::rpc

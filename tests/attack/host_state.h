// What a service holds on the host, as root or its own user sees it from outside: compared before and after runs, it
// shows what they left behind.
#pragma once

#include <map>
#include <set>
#include <string>

#include "testing/service.h"

namespace skillrunner::testing {

struct HostState {
  std::map<std::string, size_t> processes;    // below the supervisor, by what they are; zombies by themselves
  std::map<std::string, size_t> descriptors;  // of the service's own processes, by name
  std::set<std::string> mounts;               // of the supervisor, the server and the zygote
  std::set<std::string> ipc;                  // SysV objects and POSIX queues of the host
  size_t directories = 0;                     // that the zygote made for sandboxes, where they have none in memory
  size_t cgroups = 0;                         // that carry the supervisor's name, and those below
  size_t namespaces = 0;                      // network namespaces that processes below the supervisor are in
};

HostState LookAtHost(const Service& service);

// What `after` has beyond `before`, in words; empty: nothing. Sandboxes kept ready and connections come and go: a few
// descriptors more of the server are none.
std::string LeftBehind(const HostState& before, const HostState& after);

// Things of the host that no run may see, use or change; each is open to everybody, so that the sandbox alone keeps
// runs from them. Made before the service is started, which inherits the environment variable and an open descriptor.
class Bait {
 public:
  Bait();
  Bait(const Bait&) = delete;
  Bait& operator=(const Bait&) = delete;
  ~Bait();

  // Colon-separated paths: a file and a listening Unix socket.
  std::string paths() const;
  // What was done to it, in words; empty: nothing.
  std::string Taken() const;

 private:
  std::string directory_;
  std::string secret_;
  int file_ = -1;
  int socket_ = -1;
  int shared_memory_ = -1;
};

}  // namespace skillrunner::testing

// A real service for tests: `skill-runner` with its server and zygotes, started and stopped.
#pragma once

#include <grpcpp/grpcpp.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace skillrunner::testing {

// Who the service runs as. Both are tested; starting as root needs a test that runs as root.
enum class Identity { kRoot, kUnprivileged };
std::string IdentityName(Identity identity);
// The identities this test process can start a service as.
std::vector<Identity> PossibleIdentities();

struct ServiceOptions {
  Identity identity = Identity::kUnprivileged;
  std::string skills;               // empty: the repository's skills/
  std::vector<std::string> flags;   // further flags
  void (*before_exec)() = nullptr;  // in the process that becomes the supervisor
};

// A fresh one below the system's temporary directory that every user may enter; the caller removes it.
std::string MakeTemporaryDirectory(const char* what);
// Directory with the binaries (and a copy of skills/) that every user may read, made once a process and removed at its
// end.
const std::string& StagedDirectory();
// ../shared of a build machine: empty where there is none.
std::string SharedDirectory();

class Service {
 public:
  // Starts it and waits until it serves. Aborts the test process with the log if it does not.
  explicit Service(const ServiceOptions& options = {});
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  // Stop(), if that was not called.
  ~Service();

  std::shared_ptr<grpc::Channel> NewChannel() const;
  int port() const { return port_; }
  std::string address() const;
  const std::string& state_dir() const { return state_dir_; }
  pid_t supervisor() const { return pid_; }
  // The processes as they are now; waits for one that is just being replaced.
  pid_t server() const;
  pid_t zygote() const;

  // SIGTERM, and its exit code.
  int Stop();
  // Its exit code, once it has ended by itself.
  int Wait();
  // Its log so far.
  std::string Log() const;

 private:
  std::string directory_;
  std::string state_dir_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace skillrunner::testing

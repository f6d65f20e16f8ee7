// The loop of a zygote: serves the server's requests for sandboxes, watches what it made, reports what became of it.
// One thread; ends when the server is gone, after it has killed and reaped every sandbox.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "async/nursery.h"
#include "async/reactor.h"
#include "async/task.h"
#include "base/seqpacket.h"
#include "base/unique_fd.h"
#include "sandbox/factory.h"

namespace skillrunner {

class Zygote {
 public:
  // `server`: connected SOCK_SEQPACKET socket. `launcher` starts the programs and outlives this.
  Zygote(sandbox::Factory factory, sandbox::Launcher& launcher, UniqueFd server);

  // Runs until the server is gone.
  void Run();

 private:
  struct Inhabited {
    sandbox::Sandbox sandbox;
    sandbox::SandboxLimits limits;
    std::unique_ptr<FdWatch> watch;  // of its init's pidfd
    Event started;                   // its program runs, or (once reaped) never will
    int64_t kill_at = 0;             // its init, which was told to end; 0: it was not
    bool reaped = false;             // its init
    Event ended;                     // reaped
  };

  Task<void> Serve();
  Task<void> Watch(uint64_t id);
  Task<void> Account(uint64_t id);
  void Handle(const Message& message);
  void Create(uint64_t id, const sandbox::SandboxLimits& limits);
  sandbox::StepResult HandOver(uint64_t id, Inhabited& inhabited);
  sandbox::StepResult WatchAndSend(uint64_t id, Inhabited& inhabited);
  void Kill(uint64_t id);
  std::set<pid_t> LivingInits() const;

  Reactor reactor_;
  sandbox::Factory factory_;
  sandbox::Launcher& launcher_;
  UniqueFd server_;
  const int64_t processors_;
  Nursery serving_;
  Nursery watching_;
  std::map<uint64_t, std::unique_ptr<Inhabited>> inhabited_;
};

// Wipes the arguments but the first: the inits are forked from here and programs can read their command line.
void HideArguments(int argc, char** argv);

}  // namespace skillrunner

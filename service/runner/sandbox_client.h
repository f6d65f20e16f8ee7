// The server's side of a zygote and of the sandboxes it makes. Everything here belongs to the reactor's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "async/executor.h"
#include "async/nursery.h"
#include "async/reactor.h"
#include "base/seqpacket.h"
#include "base/unique_fd.h"
#include "sandbox/init_protocol.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner {

class ZygoteConnection;

// One sandbox, from the request for it until nothing of it is left. Destroying it earlier has it killed.
class SandboxHandle {
 public:
  ~SandboxHandle();
  SandboxHandle(const SandboxHandle&) = delete;
  SandboxHandle& operator=(const SandboxHandle&) = delete;

  const sandbox::SandboxLimits& limits() const { return limits_; }
  bool ready() const { return ready_; }  // set up, waits for a job
  // Nothing more will come and every process of the program is gone.
  bool over() const { return over_; }
  bool lost() const { return lost_; }  // over because its zygote died
  const std::optional<sandbox::FailedStep>& failed_step() const { return failed_step_; }
  const std::optional<sandbox::Exited>& exited() const { return exited_; }
  const std::optional<sandbox::LimitReached>& limit_reached() const { return limit_reached_; }
  const sandbox::Counters& counters() const { return counters_; }

  // Read ends, non-blocking; valid once ready().
  int stdout_fd() const { return stdout_.get(); }
  int stderr_fd() const { return stderr_.get(); }

  // `observer` is set whenever something above changes; null: nobody watches.
  void Observe(Event* observer) { observer_ = observer; }

  // Once, when ready(). Unless it fails here already, the program runs, or failed_step() comes.
  std::optional<sandbox::FailedStep> SendJob(const sandbox::Program& program, const std::string& stdin_bytes);
  // Ends every process of it, also where the zygote has no time for that; over() follows.
  void Kill();

 private:
  friend class ZygoteConnection;
  SandboxHandle(ZygoteConnection* zygote, uint64_t id, const sandbox::SandboxLimits& limits)
      : zygote_(zygote), id_(id), limits_(limits) {}
  void Changed() {
    if (observer_ != nullptr) observer_->Set();
  }

  ZygoteConnection* zygote_;  // null: gone
  const uint64_t id_;
  const sandbox::SandboxLimits limits_;
  Event* observer_ = nullptr;
  // Shared with the task that reads it, which may outlive the handle by a moment.
  std::shared_ptr<UniqueFd> control_;
  ScopedTimer counting_;  // until the zygote begins to count what the program uses
  UniqueFd stdout_;
  UniqueFd stderr_;
  bool ready_ = false;
  bool over_ = false;
  bool lost_ = false;
  bool killed_ = false;          // Kill() was called
  bool gone_ = false;            // Gone came
  bool control_closed_ = false;  // the init is silent for good
  std::optional<sandbox::FailedStep> failed_step_;
  std::optional<sandbox::Exited> exited_;
  std::optional<sandbox::LimitReached> limit_reached_;
  sandbox::Counters counters_;
};

// The connection to one zygote. Ends by itself when the zygote does; all its sandboxes are then lost.
class ZygoteConnection {
 public:
  // `changed` is set when hello() arrives and when the zygote is gone. `on_hung` is called where something is expected
  // of it and it has said nothing for kPatienceNanos, not even that it is there; it is then disconnected, and its
  // sandboxes are lost.
  ZygoteConnection(Reactor& reactor, UniqueFd socket, Event* changed, std::function<void()> on_hung);
  static constexpr int64_t kPatienceNanos = 15'000'000'000;
  ZygoteConnection(const ZygoteConnection&) = delete;
  ZygoteConnection& operator=(const ZygoteConnection&) = delete;
  ~ZygoteConnection();

  // What its sandboxes enforce; none: it has not said so yet.
  const std::optional<sandbox::Hello>& hello() const { return hello_; }
  // Modules that its programs find imported; complete once there is a hello().
  const std::set<std::string>& modules() const { return modules_; }
  bool connected() const { return connected_; }

  // Asks for a sandbox. It is not there yet when this returns.
  std::unique_ptr<SandboxHandle> Make(const sandbox::SandboxLimits& limits);

  // Waits for its tasks; after Disconnect() or the zygote's end they end soon.
  Task<void> Join() { return tasks_.Join(); }
  // The zygote kills its sandboxes and ends.
  void Disconnect();

 private:
  friend class SandboxHandle;
  Task<void> Converse();
  Task<void> FollowControl(uint64_t id, std::shared_ptr<UniqueFd> control);
  void Handle(Message message);
  void HandleControl(uint64_t id, const Message& message);
  void Send(std::string bytes);
  void Flush();
  void Lose();
  SandboxHandle* Find(uint64_t id);
  // It was asked for something.
  void AwaitAnswer();
  void LookWhetherItHangs();
  bool OwesAnAnswer() const;
  void FinishIfOver(SandboxHandle* handle);

  Reactor& reactor_;
  UniqueFd socket_;
  Event* changed_;
  const std::function<void()> on_hung_;
  ScopedTimer patience_;
  int64_t asked_at_ = 0;
  int64_t heard_at_ = 0;
  bool connected_ = true;
  std::deque<std::string> outgoing_;  // the socket takes a few messages at a time
  std::optional<sandbox::Hello> hello_;
  std::set<std::string> modules_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, SandboxHandle*> handles_;
  std::unique_ptr<FdWatch> watch_;
  Nursery tasks_;
};

}  // namespace skillrunner

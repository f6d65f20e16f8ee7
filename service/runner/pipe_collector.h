// Reads what a compiler writes into memory, to its end and up to a limit. Belongs to the reactor's thread.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "async/nursery.h"
#include "async/reactor.h"
#include "sandbox/protocol.h"

namespace skillrunner {

class PipeCollector {
 public:
  // Both descriptors are non-blocking and kept open by the caller. `changed` is set when stdout is larger than
  // `most_out`, and when a stream has ended. Of stderr what is beyond `most_err` is dropped.
  PipeCollector(Reactor& reactor, int stdout_fd, int stderr_fd, size_t most_out, size_t most_err, Event& changed);
  PipeCollector(const PipeCollector&) = delete;
  PipeCollector& operator=(const PipeCollector&) = delete;

  // Set from the start, or never: its descriptors cannot be watched, and nothing is read.
  const std::optional<sandbox::FailedStep>& failed_step() const { return failed_step_; }
  bool too_much() const { return streams_[0].dropped; }
  std::string TakeOut() { return std::move(streams_[0].text); }
  std::string TakeErr() { return std::move(streams_[1].text); }

  // Waits until both have ended.
  Task<void> Join() { return tasks_.Join(); }

 private:
  struct Stream {
    int fd = -1;
    size_t most = 0;
    std::string text;
    bool dropped = false;
  };
  Task<void> Drain(Stream* stream);

  Reactor& reactor_;
  Event& changed_;
  std::array<Stream, 2> streams_;
  std::optional<sandbox::FailedStep> failed_step_;
  Nursery tasks_;
};

}  // namespace skillrunner

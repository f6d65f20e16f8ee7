// Drains the output of a sandbox into the journal of its run, always, up to the output limit; beyond it, into nothing.
// Belongs to the reactor's thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "async/nursery.h"
#include "async/reactor.h"
#include "journal/output_chunker.h"
#include "runner/run.h"

namespace skillrunner {

class OutputCollector {
 public:
  // Reads from both descriptors (non-blocking, kept open by the caller) until each has ended. `changed` is set when the
  // limit is passed and when a stream has ended.
  OutputCollector(Reactor& reactor, Run& run, int stdout_fd, int stderr_fd, Event& changed);
  OutputCollector(const OutputCollector&) = delete;
  OutputCollector& operator=(const OutputCollector&) = delete;

  // Set from the start, or never: its descriptors cannot be watched, and nothing is read.
  const std::optional<sandbox::FailedStep>& failed_step() const { return failed_step_; }
  bool limit_passed() const { return limit_passed_; }
  bool ended() const { return streams_[0].ended && streams_[1].ended; }
  int64_t stdout_bytes() const { return streams_[0].bytes_read; }
  int64_t stderr_bytes() const { return streams_[1].bytes_read; }
  // The last few KiB of stderr, to explain an outcome with.
  const std::string& stderr_tail() const { return stderr_tail_; }

  // Waits until both have ended: when the last process that holds a write end is gone.
  Task<void> Join() { return tasks_.Join(); }

 private:
  struct Stream {
    int fd = -1;
    OutputChunker chunker;
    std::string held;  // read, but not in the journal yet
    int64_t bytes_read = 0;
    bool ended = false;
  };

  Task<void> Drain(Stream* stream);
  void ReadAvailable(Stream& stream);
  void Keep(Stream& stream, absl::string_view bytes);
  void Flush(Stream& stream);

  Reactor& reactor_;
  Run& run_;
  Event& changed_;
  std::array<Stream, 2> streams_;
  int64_t room_;  // bytes the output limit still allows
  bool limit_passed_ = false;
  std::optional<sandbox::FailedStep> failed_step_;
  std::string stderr_tail_;
  Nursery tasks_;
};

}  // namespace skillrunner

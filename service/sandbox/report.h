// How the processes of a sandbox tell the server what became of them.
#pragma once

#include <errno.h>
#include <unistd.h>

#include "base/files.h"
#include "base/seqpacket.h"
#include "base/wire.h"

namespace skillrunner::sandbox {

// Returns when the message is on its way, or nobody is left to read it. In between it tries again: a report that the
// kernel had no memory for must not turn into an end without a reason.
template <class T>
void Report(int control, const T& message) {
  constexpr int kPauseMicros = 1000;
  while (true) {
    const absl::Status sent = SendMessage(control, Encode(message));
    if (sent.ok() || ErrnoOf(sent) == EPIPE || ErrnoOf(sent) == ECONNRESET) return;
    ::usleep(kPauseMicros);
  }
}

}  // namespace skillrunner::sandbox

// Level RESTRICTED: makes system calls in a program's place that neither seccomp nor Landlock can judge, because what
// matters lies in memory that other threads may change. Part of the init, which is outside of the program's
// restrictions: every call is looked at here, and made on what was looked at.
#pragma once

#include <optional>

#include "sandbox/broker_files.h"
#include "sandbox/broker_sockets.h"
#include "sandbox/broker_terminals.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_listener.h"

namespace skillrunner::sandbox {

class Broker {
 public:
  // `listener`: of the filter (SeccompFilter). `own`: the directories that are the program's, and what it may do there.
  // Takes SIGALRM of this process for itself.
  Broker(UniqueFd listener, const LandlockPolicy& own);
  ~Broker();

  int fd() const { return listener_.fd(); }
  // poll(2) of fd() may wait so many milliseconds; -1: for ever.
  int timeout() const { return sockets_->waiting() ? kLookMillis : -1; }
  // After poll(2): with a call at fd(), or without one.
  void AnswerOne();
  void LookAtWaiting();

  // Connections to the network that were asked for.
  int64_t unreachable() const { return sockets_->unreachable(); }

 private:
  static constexpr int kLookMillis = 5;

  const SeccompListener listener_;
  const BrokerFiles files_;
  std::optional<BrokerSockets> sockets_;
  BrokerTerminals terminals_;
};

}  // namespace skillrunner::sandbox

// Terminals of a program that has no /dev/pts of its own: both ends, opened in its place. By name it can open none, so
// that it has no others' either.
#pragma once

#include <sys/types.h>

#include "base/unique_fd.h"
#include "sandbox/seccomp_listener.h"

namespace skillrunner::sandbox {

class BrokerTerminals {
 public:
  explicit BrokerTerminals(const SeccompListener& listener) : listener_(listener) {}

  // The calls of terminal_call.h.
  void Open(const HeldCall& call);

 private:
  void OpenController(const HeldCall& call);
  void OpenTerminal(const HeldCall& call);

  const SeccompListener& listener_;
  int opened_ = 0;
  // Of the last controller: which thread asked for it, and its other end.
  pid_t asked_ = 0;
  UniqueFd terminal_;
};

}  // namespace skillrunner::sandbox

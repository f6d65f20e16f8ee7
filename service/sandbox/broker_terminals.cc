#include "sandbox/broker_terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <utility>

#include "sandbox/terminal_call.h"

namespace skillrunner::sandbox {
namespace {

// Those that were closed among them: nobody can tell whether both ends are. The host has some thousands for all.
constexpr int kMostTerminals = 128;

}  // namespace

void BrokerTerminals::Open(const HeldCall& call) {
  return call.Int(2) == kTerminalController ? OpenController(call) : OpenTerminal(call);
}

void BrokerTerminals::OpenController(const HeldCall& call) {
  if (opened_ >= kMostTerminals) return listener_.Answer(call, EAGAIN);
  const UniqueFd controller(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!controller.valid()) return listener_.Answer(call, errno);
  const int unlocked = 0;
  if (::ioctl(controller.get(), TIOCSPTLCK, &unlocked) != 0) return listener_.Answer(call, errno);
  UniqueFd terminal(::ioctl(controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return listener_.Answer(call, errno);
  ++opened_;
  asked_ = call.thread;
  terminal_ = std::move(terminal);
  listener_.AnswerWithFile(call, controller.get(), /*close_on_exec=*/false);
}

void BrokerTerminals::OpenTerminal(const HeldCall& call) {
  // Another thread was between the two.
  if (asked_ != call.thread || !terminal_.valid()) return listener_.Answer(call, EAGAIN);
  const UniqueFd terminal = std::move(terminal_);
  listener_.AnswerWithFile(call, terminal.get(), /*close_on_exec=*/false);
}

}  // namespace skillrunner::sandbox

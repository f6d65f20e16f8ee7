#include "sandbox/broker_terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/terminal_call.h"

namespace skillrunner::sandbox {
namespace {

// At one time. The host has some thousands for all.
constexpr size_t kMostTerminals = 64;

}  // namespace

void BrokerTerminals::Open(const HeldCall& call) {
  return call.Int(2) == kTerminalController ? OpenController(call) : OpenTerminal(call);
}

void BrokerTerminals::OpenController(const HeldCall& call) {
  if (open_.size() >= kMostTerminals) {
    std::erase_if(open_,
                  [](unsigned number) { return ::access(absl::StrCat("/dev/pts/", number).c_str(), F_OK) != 0; });
  }
  if (open_.size() >= kMostTerminals) return listener_.Answer(call, EAGAIN);
  const UniqueFd controller(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!controller.valid()) return listener_.Answer(call, errno);
  const int unlocked = 0;
  unsigned number = 0;
  if (::ioctl(controller.get(), TIOCSPTLCK, &unlocked) != 0 || ::ioctl(controller.get(), TIOCGPTN, &number) != 0) {
    return listener_.Answer(call, errno);
  }
  UniqueFd terminal(::ioctl(controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.valid()) return listener_.Answer(call, errno);
  open_.insert(number);
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

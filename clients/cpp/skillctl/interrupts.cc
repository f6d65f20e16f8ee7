#include "skillctl/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "skillctl/exit_code.h"

namespace skillrunner::skillctl {

Interrupts::Interrupts() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    // A blocked signal is queued even where it is ignored, so the ignored ones must be left out.
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&wanted, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  signals_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
}

Interrupts::~Interrupts() {
  Stop();
}

void Interrupts::Handle(std::function<void()> on_first) {
  on_first_ = std::move(on_first);
  watcher_ = std::thread([this] { Watch(); });
}

void Interrupts::Stop() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  // The watcher stays meanwhile: a second signal must still end a function that hangs.
  if (handler_.joinable()) handler_.join();
  const uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof one) < 0) return;
  watcher_.join();
}

void Interrupts::Watch() {
  bool first = true;
  while (true) {
    pollfd fds[] = {{signals_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    signalfd_siginfo signal{};
    if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal) continue;
    if (!first) ::_exit(kExitCancelled);
    first = false;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_) handler_ = std::thread(on_first_);
  }
}

}  // namespace skillrunner::skillctl

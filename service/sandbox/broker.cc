#include "sandbox/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <utility>

#include "sandbox/terminal_call.h"

namespace skillrunner::sandbox {
namespace {

#ifndef SYS_fchmodat2
constexpr int SYS_fchmodat2 = 452;  // Linux 6.6
#endif

// A program can make this process wait, for a socket that both hold or a thread that hardly runs. What waits is
// interrupted again and again while this lives.
class Alarm {
 public:
  Alarm() { Set(kMicros); }
  ~Alarm() { Set(0); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  static constexpr suseconds_t kMicros = 20'000;
  static void Set(suseconds_t micros) {
    const itimerval timer{.it_interval = {.tv_sec = 0, .tv_usec = micros},
                          .it_value = {.tv_sec = 0, .tv_usec = micros}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
};

std::vector<std::string> Paths(const LandlockPolicy& policy) {
  std::vector<std::string> paths;
  for (const FileRule& rule : policy.files) paths.push_back(rule.path);
  return paths;
}

}  // namespace

Broker::Broker(UniqueFd listener, const LandlockPolicy& own)
    : listener_(std::move(listener)), files_(listener_, Paths(own)), terminals_(listener_) {
  sockets_.emplace(listener_, files_, own);
  struct sigaction action {};
  action.sa_handler = [](int) {};  // not SIG_IGN: it must interrupt; and no SA_RESTART
  ::sigaction(SIGALRM, &action, nullptr);
}

Broker::~Broker() {
  const Alarm alarm;
  sockets_.reset();
}

void Broker::LookAtWaiting() {
  if (!sockets_->waiting()) return;
  const Alarm alarm;
  sockets_->LookAtWaiting();
}

void Broker::AnswerOne() {
  const Alarm alarm;
  const auto call = listener_.Receive();
  if (!call) return;
  switch (call->number) {
    case SYS_socket:
      if (call->Int(0) == kTerminalFamily && call->Int(1) == kTerminalType) return terminals_.Open(*call);
      return sockets_->Socket(*call);
    case SYS_bind:
      return sockets_->Bind(*call);
    case SYS_listen:
      return sockets_->Listen(*call);
    case SYS_connect:
      return sockets_->Connect(*call);
#ifdef SYS_chmod  // newer architectures have no more than the next
    case SYS_chmod:
      return listener_.Answer(*call, files_.ChangeMode(*call, AT_FDCWD, call->arguments[0], call->arguments[1], 0));
#endif
    case SYS_fchmodat:
      return listener_.Answer(*call, files_.ChangeMode(*call, call->Int(0), call->arguments[1], call->arguments[2], 0));
    case SYS_fchmodat2:
      return listener_.Answer(
          *call, files_.ChangeMode(*call, call->Int(0), call->arguments[1], call->arguments[2], call->Int(3)));
#ifdef SYS_utime
    case SYS_utime:
    case SYS_utimes:
    case SYS_futimesat:
#endif
    case SYS_utimensat:
      return listener_.Answer(*call, files_.ChangeTimes(*call));
    default:
      return listener_.Answer(*call, ENOSYS);
  }
}

}  // namespace skillrunner::sandbox

// Stands in for skill-zygote-exec in supervisor tests: reports what it is over its socket, forks one descendant, and
// ends at the end of file, as a zygote must. On the message "stubborn" it stays beyond that.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/seqpacket.h"
#include "self_report.h"

int main(int argc, char** argv) {
  nlohmann::json report = skillrunner::SelfReport(argc, argv);
  const pid_t sandbox = ::fork();
  if (sandbox == 0) {  // dies with its zygote, and is then an orphan for the supervisor to reap
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  report["sandbox"] = sandbox;
  if (!skillrunner::SendMessage(3, report.dump()).ok()) return 1;
  bool stubborn = false;
  while (true) {
    const auto message = skillrunner::ReceiveMessage(3);
    if (!message.ok()) break;
    stubborn = message->bytes == "stubborn";
  }
  ::fprintf(stderr, "test-zygote %d: end of file\n", ::getpid());
  while (stubborn) ::pause();
  return 0;
}

// skill-zygote-exec: makes sandboxes whose program is started by exec. Started by the supervisor, never by hand.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "sandbox/factory.h"
#include "zygote/zygote.h"

namespace {

int Usage(const char* problem) {
  ::fprintf(stderr, "skill-zygote-exec: %s; it is started by skill-runner, not by hand\n", problem);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  using skillrunner::UniqueFd;
  int server = -1;
  int id_mapper = -1;
  uint32_t ids = 0;
  std::vector<std::string> cgroups;
  auto ceiling = skillrunner::sandbox::IsolationLevel::kFull;
  skillrunner::log::Level level = skillrunner::log::Level::kInfo;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--server-fd=")) {
      if (!absl::SimpleAtoi(argument, &server)) return Usage("bad --server-fd");
    } else if (absl::ConsumePrefix(&argument, "--cgroup=")) {
      cgroups.emplace_back(argument);
    } else if (absl::ConsumePrefix(&argument, "--id-mapper-fd=")) {
      if (!absl::SimpleAtoi(argument, &id_mapper)) return Usage("bad --id-mapper-fd");
    } else if (absl::ConsumePrefix(&argument, "--ids=")) {
      if (!absl::SimpleAtoi(argument, &ids)) return Usage("bad --ids");
    } else if (absl::ConsumePrefix(&argument, "--isolation=")) {
      if (!skillrunner::sandbox::ParseCeiling(argument, &ceiling)) return Usage("bad --isolation");
    } else if (absl::ConsumePrefix(&argument, "--log-level=")) {
      if (!skillrunner::log::ParseLevel(argument, &level)) return Usage("bad --log-level");
    } else {
      return Usage("unknown argument");
    }
  }
  if (server < 0 || ::fcntl(server, F_SETFD, FD_CLOEXEC) == -1) return Usage("no --server-fd");
  ::signal(SIGPIPE, SIG_IGN);
  skillrunner::log::Configure("skill-zygote-exec", level);

  auto parent = skillrunner::sandbox::CgroupParent::FromFlags(cgroups);
  if (!parent.ok()) return Usage(std::string(parent.status().message()).c_str());
  auto factory = skillrunner::sandbox::Factory::Create(
      {.cgroups = *std::move(parent), .ceiling = ceiling, .id_mapper = UniqueFd(id_mapper), .ids = ids});
  if (!factory.ok()) {
    // The server says it to the operator; this process waits to be ended, or it would be started again and again.
    skillrunner::sandbox::Hello unusable;
    unusable.mechanisms = {{"sandbox", false, std::string(factory.status().message())}};
    (void)skillrunner::SendMessage(server, skillrunner::Encode(unusable));
    (void)skillrunner::ReceiveMessage(server);
    return 1;
  }
  skillrunner::Zygote(*std::move(factory), UniqueFd(server)).Run();
  return 0;
}

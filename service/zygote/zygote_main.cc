#include "zygote/zygote_main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "sandbox/factory.h"
#include "zygote/zygote.h"

namespace skillrunner {
namespace {

int Usage(const char* name, const char* problem) {
  ::fprintf(stderr, "%s: %s; it is started by skill-runner, not by hand\n", name, problem);
  return 2;
}

// The server says it to the operator; this process waits to be ended, or it would be started again and again.
int ReportUnusable(int server, const absl::Status& status) {
  sandbox::Hello unusable;
  unusable.mechanisms = {{"sandbox", false, std::string(status.message())}};
  (void)SendMessage(server, Encode(unusable));
  (void)ReceiveMessage(server);
  return 1;
}

// Beside this executable. None: it is not installed, or the dynamic linker would not understand its path.
std::string PreloadLibrary() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = self.parent_path() / "libskill-preload.so";
  const bool usable = !error && ::access(path.c_str(), R_OK) == 0 && path.find_first_of(" :\t\n") == std::string::npos;
  return usable ? path : "";
}

}  // namespace

int ZygoteMain(const char* name, int argc, char** argv, const MakeLauncher& make_launcher) {
  int server = -1;
  int id_mapper = -1;
  uint32_t ids = 0;
  std::vector<std::string> cgroups;
  ZygoteFlags flags;
  auto ceiling = sandbox::IsolationLevel::kFull;
  log::Level level = log::Level::kInfo;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "--server-fd=")) {
      if (!absl::SimpleAtoi(argument, &server)) return Usage(name, "bad --server-fd");
    } else if (absl::ConsumePrefix(&argument, "--cgroup=")) {
      cgroups.emplace_back(argument);
    } else if (absl::ConsumePrefix(&argument, "--id-mapper-fd=")) {
      if (!absl::SimpleAtoi(argument, &id_mapper)) return Usage(name, "bad --id-mapper-fd");
    } else if (absl::ConsumePrefix(&argument, "--ids=")) {
      if (!absl::SimpleAtoi(argument, &ids)) return Usage(name, "bad --ids");
    } else if (absl::ConsumePrefix(&argument, "--isolation=")) {
      if (!sandbox::ParseCeiling(argument, &ceiling)) return Usage(name, "bad --isolation");
    } else if (absl::ConsumePrefix(&argument, "--preload=")) {
      flags.preload = absl::StrSplit(argument, ',', absl::SkipEmpty());
    } else if (absl::ConsumePrefix(&argument, "--python-packages=")) {
      flags.python_packages.emplace_back(argument);
    } else if (absl::ConsumePrefix(&argument, "--log-level=")) {
      if (!log::ParseLevel(argument, &level)) return Usage(name, "bad --log-level");
    } else {
      return Usage(name, "unknown argument");
    }
  }
  HideArguments(argc, argv);
  if (server < 0 || ::fcntl(server, F_SETFD, FD_CLOEXEC) == -1) return Usage(name, "no --server-fd");
  ::signal(SIGPIPE, SIG_IGN);
  log::Configure(name, level);

  auto parent = sandbox::CgroupParent::FromFlags(cgroups);
  if (!parent.ok()) return Usage(name, std::string(parent.status().message()).c_str());
  auto factory = sandbox::Factory::Create({.cgroups = *std::move(parent),
                                           .ceiling = ceiling,
                                           .id_mapper = UniqueFd(id_mapper),
                                           .ids = ids,
                                           .shown = flags.python_packages,
                                           .preload_library = PreloadLibrary()});
  if (!factory.ok()) return ReportUnusable(server, factory.status());
  const auto launcher = make_launcher(flags);
  if (!launcher.ok()) return ReportUnusable(server, launcher.status());
  Zygote(*std::move(factory), **launcher, UniqueFd(server)).Run();
  // Not exit(): an interpreter in here has nothing to say at its end.
  ::_exit(0);
}

}  // namespace skillrunner

// Stands in for skill-server in supervisor tests: binds its --listen address, collects the report of each zygote it is
// sent and keeps DIR/server/report.json up to date. DIR/server/behaviour, where it exists, says how it deviates.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/seqpacket.h"
#include "config/config.h"
#include "self_report.h"

namespace {

using skillrunner::UniqueFd;

// The port it listens on; 0 where that is not possible.
int Listen(const skillrunner::ListenAddress& address, UniqueFd& socket_fd) {
  socket_fd.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(address.port));
  ::inet_pton(AF_INET, address.host.c_str(), &name.sin_addr);
  socklen_t size = sizeof(name);
  if (::bind(socket_fd.get(), reinterpret_cast<sockaddr*>(&name), size) != 0) return 0;
  if (::listen(socket_fd.get(), 1) != 0) return 0;
  ::getsockname(socket_fd.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return ntohs(name.sin_port);
}

std::vector<std::string> NamesIn(int directory) {
  std::vector<std::string> names;
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return {"unreadable"};
  DIR* stream = ::fdopendir(again);
  while (const dirent* entry = ::readdir(stream)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  ::closedir(stream);
  return names;
}

bool Publish(int state, const nlohmann::json& report) {
  const UniqueFd fd(::openat(state, "report.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return skillrunner::WriteAll(fd.get(), report.dump()).ok() &&
         ::renameat(state, "report.tmp", state, "report.json") == 0;
}

}  // namespace

int main(int argc, char** argv) {
  nlohmann::json report = skillrunner::SelfReport(argc, argv);
  const auto parsed = skillrunner::ParseCommandLine(argc, argv);
  if (!parsed.ok()) return 2;
  const skillrunner::Config& config = parsed->config;
  const int control = static_cast<int>(config.control_fd);
  const int state = static_cast<int>(config.state_fd);
  const std::string behaviour = skillrunner::ReadFileAt(state, "behaviour").value_or("");
  if (behaviour == "exit-7") return 7;
  if (behaviour == "abort") ::abort();
  for (const int fd : config.skills_fds) report["skills"].push_back(NamesIn(fd));

  UniqueFd listening;
  const int port = Listen(config.listen, listening);
  if (port == 0 || behaviour == "fatal") {
    ::fprintf(stderr, "test-server: cannot listen\n");
    skillrunner::SendMessage(control, R"({"type":"fatal","message":"cannot listen"})").IgnoreError();
    return 1;
  }
  report["port"] = port;
  report["zygotes"] = nlohmann::json::array();
  if (behaviour != "mute") {
    const nlohmann::json serving = {{"type", "serving"}, {"port", port}};
    if (!skillrunner::SendMessage(control, serving.dump()).ok()) return 1;
  }

  const auto learn = [control](const nlohmann::json& profiles) {
    return skillrunner::SendMessage(control, nlohmann::json{{"type", "learnt"}, {"profiles", profiles}}.dump()).ok();
  };
  // Another one as soon as the first is there, beside what no zygote can be given.
  if (behaviour == "learn" && !learn({"json", "bare", "--log-level=debug", 7, nullptr})) return 1;

  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, nullptr);
  const UniqueFd signals(::signalfd(-1, &term, SFD_CLOEXEC));
  std::vector<UniqueFd> zygotes;
  while (true) {
    if (!Publish(state, report)) return 1;
    pollfd polled[] = {{control, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0) return 1;
    if (polled[1].revents != 0) {
      ::fprintf(stderr, "test-server %d: SIGTERM\n", ::getpid());
      signalfd_siginfo info;
      if (::read(signals.get(), &info, sizeof(info)) != sizeof(info)) return 1;
      if (behaviour != "deaf") return 0;
      report["terms"] = report.value("terms", 0) + 1;
      continue;
    }
    auto message = skillrunner::ReceiveMessage(control);
    while (!message.ok() && behaviour == "stubborn") ::pause();
    if (!message.ok() || message->fds.size() != 1) return 1;
    auto zygote = skillrunner::ReceiveMessage(message->fds[0].get());
    if (!zygote.ok()) continue;  // it died in the meantime
    if (behaviour == "stubborn" && !skillrunner::SendMessage(message->fds[0].get(), "stubborn").ok()) return 1;
    report["zygotes"].push_back(nlohmann::json::parse(zygote->bytes));
    const std::string profile = nlohmann::json::parse(message->bytes).value("profile", "");
    report["zygotes"].back()["profile"] = profile;
    // Letting go of it ends it.
    if (behaviour == "learn" && profile == "python+json") {
      if (!learn({"decimal"})) return 1;
      continue;
    }
    zygotes.push_back(std::move(message->fds[0]));
  }
}

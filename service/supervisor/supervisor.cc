#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/status_macros.h"
#include "supervisor/port_file.h"
#include "supervisor/times.h"

namespace skillrunner {
namespace {

constexpr absl::Duration kServerPatience = absl::Seconds(5);  // beyond the grace, from SIGTERM to SIGKILL

void PrintSentence(absl::string_view sentence) {
  const std::string line = absl::StrCat("skill-runner: ", sentence, "\n");
  WriteAll(STDERR_FILENO, line).IgnoreError();
}

}  // namespace

Supervisor::Supervisor(Prepared prepared, SupervisorHooks hooks)
    : prepared_(std::move(prepared)), hooks_(std::move(hooks)) {
  MakeZygotes();
}

int Supervisor::Run() {
  absl::Status status = SetUpSignals();
  if (status.ok()) {
    Sweep(0);
    status = StartAll();
  }
  if (!status.ok()) {
    PrintSentence(status.message());
    BeginStop(1);
  }
  while (true) {
    Advance();
    if (done_) break;
    Wait();
    ReadSignals();
    ReadControl();
    AnswerZygotes();
    ReapChildren();
  }
  RemovePortFile(prepared_.config.port_file);
  Sweep(0);
  log::Info("ended", {{"exit_code", absl::StrCat(exit_code_)}});
  return exit_code_;
}

absl::Status Supervisor::SetUpSignals() {
  // Children that nobody waits for would reap themselves if whoever started us ignored SIGCHLD.
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t handled;
  ::sigemptyset(&handled);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&handled, signal);
  if (::sigprocmask(SIG_BLOCK, &handled, nullptr) != 0) return ErrnoStatus(errno, "sigprocmask");
  signals_.reset(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) return ErrnoStatus(errno, "signalfd");
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return ErrnoStatus(errno, "prctl(PR_SET_CHILD_SUBREAPER)");
  siginfo_t info{};
  had_children_before_ = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  return absl::OkStatus();
}

absl::Status Supervisor::StartAll() {
  for (Zygote& zygote : zygotes_) {
    if (!zygote.learnt) RETURN_IF_ERROR(StartZygote(zygote));
  }
  return StartServer();
}

absl::Status Supervisor::StartServer() {
  ASSIGN_OR_RETURN(auto ends, MakeSeqpacketPair());
  // A server that does not read its messages must not stop this process.
  if (::fcntl(ends.first.get(), F_SETFL, O_NONBLOCK) != 0) return ErrnoStatus(errno, "fcntl(O_NONBLOCK)");
  ChildSpec spec;
  spec.name = "skill-server";
  spec.executable = prepared_.server_executable.get();
  spec.fds = {ends.second.get(), prepared_.state.get()};
  Config config = prepared_.config;
  config.control_fd = 3;
  config.state_fd = 4;
  for (const UniqueFd& fd : prepared_.skills) {
    config.skills_fds.push_back(3 + static_cast<int>(spec.fds.size()));
    spec.fds.push_back(fd.get());
  }
  spec.args = ToFlags(std::move(config));
  spec.identity = prepared_.server_identity;
  ASSIGN_OR_RETURN(server_, StartChild(spec));
  server_started_ = MonotonicNanos();
  control_ = std::move(ends.first);
  fatal_reported_ = false;
  log::Info("server started", {{"pid", absl::StrCat(server_)}});
  for (Zygote& zygote : zygotes_) SendZygote(zygote);
  return absl::OkStatus();
}

void Supervisor::Wait() {
  int timeout_ms = -1;
  if (wake_at_ != kNever) {
    timeout_ms = static_cast<int>(std::clamp<int64_t>((wake_at_ - MonotonicNanos()) / 1'000'000 + 1, 0, 60'000));
  }
  // poll passes over a descriptor of -1
  std::vector<pollfd> polled = {{signals_.get(), POLLIN, 0}, {control_.get(), POLLIN, 0}};
  for (const Zygote& zygote : zygotes_) polled.push_back({zygote.id_mapper.get(), POLLIN, 0});
  ::poll(polled.data(), polled.size(), timeout_ms);
}

void Supervisor::ReadSignals() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT) continue;  // SIGCHLD woke us up; SIGHUP is ignored
    if (phase_ != Phase::kStopping) {
      log::Info("stopping", {{"signal", absl::StrCat(info.ssi_signo)}});
      BeginStop(0);
    } else {
      log::Warning("killing all processes", {{"signal", absl::StrCat(info.ssi_signo)}});
      exit_code_ = std::max(exit_code_, 1);
      KillAll();
    }
  }
}

void Supervisor::ReadControl() {
  bool reset_seen = false;
  while (control_.valid()) {
    const absl::StatusOr<Message> message = ReceiveMessage(control_.get(), /*dont_wait=*/true);
    if (message.ok()) {
      OnControlMessage(message->bytes);
    } else if (absl::IsUnavailable(message.status())) {
      return;
    } else if (!reset_seen) {
      // A peer that ends with unread messages makes the next receive fail with ECONNRESET, once, ahead of what it sent.
      reset_seen = true;
    } else {
      control_.reset();  // the server is about to end, which SIGCHLD will tell
    }
  }
}

void Supervisor::OnControlMessage(absl::string_view text) {
  const nlohmann::json message = nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const nlohmann::json* type = nullptr;
  if (message.is_object() && message.contains("type")) type = &message["type"];
  if (type != nullptr && *type == "serving" && message.contains("port") && message["port"].is_number_integer()) {
    const int64_t port = message["port"].get<int64_t>();
    if (port >= 1 && port <= 65535) return OnServing(static_cast<int>(port));
  }
  if (type != nullptr && *type == "learnt" && message.contains("profiles") && message["profiles"].is_array()) {
    std::vector<std::string> profiles;
    for (const nlohmann::json& profile : message["profiles"]) {
      if (profile.is_string()) profiles.push_back(profile.get<std::string>());
    }
    return OnLearnt(profiles);
  }
  if (type != nullptr && *type == "hung" && message.contains("profile") && message["profile"].is_string()) {
    return OnHung(message["profile"].get<std::string>());
  }
  if (type != nullptr && *type == "fatal") {
    fatal_reported_ = true;
    return;
  }
  log::Error("message of the server not understood");
}

void Supervisor::OnServing(int port) {
  ever_served_ = true;
  prepared_.config.listen.port = port;  // a server that replaces this one must be found at the same place
  log::Info("serving", {{"address", prepared_.config.listen.ToString()}});
  if (phase_ == Phase::kStopping) return;
  const absl::Status status = WritePortFile(prepared_.config.port_file, port);
  if (!status.ok()) {
    PrintSentence(status.message());
    BeginStop(1);
  }
}

void Supervisor::ReapChildren() {
  int status = 0;
  pid_t pid;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid == server_) {
      ReadControl();  // what it said last
      OnServerExit(status);
      continue;
    }
    const auto zygote = std::find_if(zygotes_.begin(), zygotes_.end(), [pid](const Zygote& z) { return z.pid == pid; });
    if (zygote == zygotes_.end()) continue;  // an orphan, and that was all it needed
    ReadControl();                           // whether the server is giving up, which ends them
    OnZygoteExit(*zygote, status);
  }
}

void Supervisor::OnServerExit(int status) {
  server_ = 0;
  control_.reset();
  OnLearnt({});  // the next one learns anew
  LetZygotesEnd();
  if (phase_ == Phase::kStopping) {
    log::Info("server ended", {{"how", DescribeExit(status)}});
    return;
  }
  if (!ever_served_) {
    if (!fatal_reported_) PrintSentence(absl::StrCat("skill-server ", DescribeExit(status), " before it served"));
    const int code = ExitCodeOf(status);
    BeginStop(code != 0 ? code : 1);
    return;
  }
  const absl::Duration wait = server_backoff_.Next(Since(server_started_));
  log::Error("server died", {{"how", DescribeExit(status)},
                             {"restart_in", absl::FormatDuration(wait)},
                             {"deaths_in_a_row", absl::StrCat(server_backoff_.quick_deaths())}});
  phase_ = Phase::kRestarting;
  start_all_at_ = After(wait);
}

bool Supervisor::IsDue(int64_t time, int64_t now) {
  if (now >= time) return true;
  wake_at_ = std::min(wake_at_, time);
  return false;
}

void Supervisor::Advance() {
  const int64_t now = MonotonicNanos();
  wake_at_ = kNever;
  if (phase_ == Phase::kRunning) return AdvanceZygoteStarts(now);
  if (!AllGone(now)) return;
  if (phase_ == Phase::kStopping) {
    done_ = true;
    return;
  }
  if (!IsDue(start_all_at_, now)) return;
  Sweep(0);
  const absl::Status status = StartAll();
  if (status.ok()) {
    phase_ = Phase::kRunning;
    return;
  }
  log::Error("cannot start", {{"cause", std::string(status.message())}});
  LetZygotesEnd();
  start_all_at_ = After(server_backoff_.Next(absl::ZeroDuration()));
  wake_at_ = MonotonicNanos();
}

bool Supervisor::AllGone(int64_t now) {
  if (server_ != 0) {
    if (IsDue(server_kill_at_, now)) {
      log::Error("server does not end and is killed");
      exit_code_ = std::max(exit_code_, 1);
      ::kill(server_, SIGKILL);
      server_kill_at_ = kNever;
    }
    return false;
  }
  if (AnyZygote()) {
    if (IsDue(zygotes_kill_at_, now)) {
      log::Error("zygotes do not end and are killed");
      KillAll();
      zygotes_kill_at_ = kNever;
    }
    return false;
  }
  siginfo_t info{};
  const bool nobody_left = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0;  // ECHILD
  return nobody_left || had_children_before_ || IsDue(orphans_until_, now);
}

void Supervisor::BeginStop(int exit_code) {
  phase_ = Phase::kStopping;
  exit_code_ = exit_code;
  if (server_ != 0) {
    ::kill(server_, SIGTERM);
    server_kill_at_ = After(prepared_.config.shutdown_grace + kServerPatience);
  } else {
    LetZygotesEnd();
  }
}

void Supervisor::KillAll() {
  // No pid here can be somebody else's: it stays ours until we reap it, and reaping clears it.
  if (server_ != 0) ::kill(server_, SIGKILL);
  for (const Zygote& zygote : zygotes_) {
    if (zygote.pid != 0) ::kill(zygote.pid, SIGKILL);
  }
}

void Supervisor::Sweep(pid_t zygote) {
  if (hooks_.sweep) hooks_.sweep(zygote);
}

}  // namespace skillrunner

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
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/status_macros.h"
#include "config/profiles.h"
#include "supervisor/port_file.h"

namespace skillrunner {
namespace {

constexpr absl::Duration kServerPatience = absl::Seconds(5);  // beyond the grace, from SIGTERM to SIGKILL
constexpr absl::Duration kZygotePatience = absl::Seconds(1);  // from the end of file to SIGKILL
constexpr absl::Duration kOrphanPatience = absl::Seconds(1);  // for sandboxes whose zygote is gone
constexpr int kDeathsWorthAnError = 10;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

int64_t After(absl::Duration wait) {
  return MonotonicNanos() + absl::ToInt64Nanoseconds(wait);
}

absl::Duration Since(int64_t time) {
  return absl::Nanoseconds(MonotonicNanos() - time);
}

void PrintSentence(absl::string_view sentence) {
  const std::string line = absl::StrCat("skill-runner: ", sentence, "\n");
  WriteAll(STDERR_FILENO, line).IgnoreError();
}

}  // namespace

Supervisor::Supervisor(Prepared prepared, SupervisorHooks hooks)
    : prepared_(std::move(prepared)), hooks_(std::move(hooks)) {
  Zygote& exec = zygotes_.emplace_back();
  exec.profile = kExecProfile;
  exec.executable = prepared_.zygote_executable.get();
  for (const PythonProfile& profile : PythonProfiles(prepared_.config)) {
    Zygote& zygote = zygotes_.emplace_back();
    zygote.profile = profile.name;
    zygote.executable = prepared_.python_zygote_executable.get();
    zygote.args = {absl::StrCat("--preload=", absl::StrJoin(profile.modules, ","))};
  }
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
  for (Zygote& zygote : zygotes_) RETURN_IF_ERROR(StartZygote(zygote));
  return StartServer();
}

absl::Status Supervisor::StartZygote(Zygote& zygote) {
  ZygoteLaunch launch;
  if (hooks_.prepare_zygote) {
    ASSIGN_OR_RETURN(launch, hooks_.prepare_zygote());
  }
  ASSIGN_OR_RETURN(auto ends, MakeSeqpacketPair());
  ChildSpec spec;
  spec.name = absl::StrCat("skill-zygote-", zygote.profile);
  spec.executable = zygote.executable;
  spec.args.push_back("--server-fd=3");
  spec.args.push_back(absl::StrCat("--isolation=", prepared_.config.isolation));
  // Each zygote has its share of the users, so that no two sandboxes have the same.
  const auto share = static_cast<uid_t>(prepared_.config.sandbox_uids / static_cast<int64_t>(zygotes_.size()));
  const auto index = static_cast<uid_t>(&zygote - zygotes_.data());
  spec.args.insert(spec.args.end(), zygote.args.begin(), zygote.args.end());
  spec.args.insert(spec.args.end(), launch.args.begin(), launch.args.end());
  spec.fds.push_back(ends.first.get());
  for (const UniqueFd& fd : launch.fds) spec.fds.push_back(fd.get());
  std::pair<UniqueFd, UniqueFd> mapper;
  if (hooks_.map_ids) {
    ASSIGN_OR_RETURN(mapper, MakeSeqpacketPair());
    spec.args.push_back(absl::StrCat("--id-mapper-fd=", 3 + spec.fds.size()));
    spec.args.push_back(absl::StrCat("--ids=", share));
    spec.fds.push_back(mapper.first.get());
  }
  spec.identity = prepared_.sandbox_identity;
  ASSIGN_OR_RETURN(zygote.pid, StartChild(spec));
  zygote.id_mapper = std::move(mapper.second);
  zygote.ids = {.first = index * share, .count = share};
  zygote.started = MonotonicNanos();
  zygote.server_end = std::move(ends.second);
  log::Info("zygote started", {{"profile", zygote.profile}, {"pid", absl::StrCat(zygote.pid)}});
  SendZygote(zygote);
  return absl::OkStatus();
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

void Supervisor::SendZygote(Zygote& zygote) {
  if (!control_.valid() || !zygote.server_end.valid()) return;
  const std::string text = nlohmann::json{{"type", "zygote"}, {"profile", zygote.profile}}.dump();
  const absl::Status status = SendMessage(control_.get(), text, {zygote.server_end.get()});
  // Where it could not be sent, closing our copy ends the zygote, and its successor is sent again.
  zygote.server_end.reset();
  if (!status.ok()) {
    log::Warning("zygote not handed over", {{"profile", zygote.profile}, {"cause", std::string(status.message())}});
  }
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

void Supervisor::AnswerZygotes() {
  for (Zygote& zygote : zygotes_) {
    if (!zygote.id_mapper.valid()) continue;
    const absl::StatusOr<Message> question = ReceiveMessage(zygote.id_mapper.get(), /*dont_wait=*/true);
    if (absl::IsUnavailable(question.status())) continue;
    // Its pid cannot be somebody else's: it stays its own until we reap it.
    if (question.ok() && zygote.pid != 0) {
      SendMessage(zygote.id_mapper.get(), hooks_.map_ids(zygote.pid, zygote.ids)).IgnoreError();
    }
    zygote.id_mapper.reset();
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
    if (zygote != zygotes_.end()) OnZygoteExit(*zygote, status);  // else an orphan, and that was all it needed
  }
}

void Supervisor::OnServerExit(int status) {
  server_ = 0;
  control_.reset();
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

void Supervisor::OnZygoteExit(Zygote& zygote, int status) {
  const pid_t dead = std::exchange(zygote.pid, 0);
  zygote.server_end.reset();
  zygote.id_mapper.reset();
  if (phase_ != Phase::kRunning) {
    orphans_until_ = After(kOrphanPatience);
    return;
  }
  const absl::Duration wait = zygote.backoff.Next(Since(zygote.started));
  zygote.start_at = After(wait);
  const bool often = zygote.backoff.quick_deaths() >= kDeathsWorthAnError;
  (often ? log::Error : log::Warning)(often ? "zygote keeps dying" : "zygote died",
                                      {{"profile", zygote.profile},
                                       {"how", DescribeExit(status)},
                                       {"restart_in", absl::FormatDuration(wait)},
                                       {"deaths_in_a_row", absl::StrCat(zygote.backoff.quick_deaths())}});
  Sweep(dead);
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

void Supervisor::AdvanceZygoteStarts(int64_t now) {
  for (Zygote& zygote : zygotes_) {
    if (zygote.pid != 0 || !IsDue(zygote.start_at, now)) continue;
    const absl::Status status = StartZygote(zygote);
    if (status.ok()) continue;
    log::Error("cannot start zygote", {{"profile", zygote.profile}, {"cause", std::string(status.message())}});
    zygote.start_at = After(std::max(absl::Milliseconds(100), zygote.backoff.Next(absl::ZeroDuration())));
    IsDue(zygote.start_at, now);
  }
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

void Supervisor::LetZygotesEnd() {
  for (Zygote& zygote : zygotes_) zygote.server_end.reset();
  zygotes_kill_at_ = After(kZygotePatience);
  orphans_until_ = After(kOrphanPatience);
}

void Supervisor::KillAll() {
  // No pid here can be somebody else's: it stays ours until we reap it, and reaping clears it.
  if (server_ != 0) ::kill(server_, SIGKILL);
  for (const Zygote& zygote : zygotes_) {
    if (zygote.pid != 0) ::kill(zygote.pid, SIGKILL);
  }
}

bool Supervisor::AnyZygote() const {
  return std::any_of(zygotes_.begin(), zygotes_.end(), [](const Zygote& zygote) { return zygote.pid != 0; });
}

void Supervisor::Sweep(pid_t zygote) {
  if (hooks_.sweep) hooks_.sweep(zygote);
}

}  // namespace skillrunner

// The zygotes of a Supervisor: their starts and ends.
#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/status_macros.h"
#include "config/profiles.h"
#include "supervisor/child_process.h"
#include "supervisor/supervisor.h"
#include "supervisor/times.h"

namespace skillrunner {
namespace {

constexpr absl::Duration kZygotePatience = absl::Seconds(1);  // from the end of file to SIGKILL
constexpr absl::Duration kOrphanPatience = absl::Seconds(1);  // for sandboxes whose zygote is gone
constexpr int kDeathsWorthAnError = 10;
constexpr int kTriesOfLearnt = 3;

}  // namespace

void Supervisor::MakeZygotes() {
  Zygote& exec = zygotes_.emplace_back();
  exec.profile = kExecProfile;
  exec.executable = prepared_.zygote_executable.get();
  for (const PythonProfile& profile : PythonProfiles(prepared_.config)) {
    Zygote& zygote = zygotes_.emplace_back();
    zygote.executable = prepared_.python_zygote_executable.get();
    Assign(profile, zygote);
  }
  if (prepared_.config.python_profiles.empty()) return;
  for (int64_t i = 0; i < prepared_.config.learnt_python_profiles; ++i) {
    Zygote& zygote = zygotes_.emplace_back();
    zygote.learnt = true;
    zygote.executable = prepared_.python_zygote_executable.get();
  }
}

void Supervisor::Assign(const PythonProfile& profile, Zygote& zygote) {
  zygote.profile = profile.name;
  zygote.args = {absl::StrCat("--preload=", absl::StrJoin(profile.modules, ","))};
  zygote.backoff = Backoff();
  zygote.start_at = 0;
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
  for (const std::string& directory : prepared_.config.python_packages) {
    spec.args.push_back(absl::StrCat("--python-packages=", directory));
  }
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
  spec.killed_first = true;
  spec.identity = prepared_.sandbox_identity;
  ASSIGN_OR_RETURN(zygote.pid, StartChild(spec));
  zygote.id_mapper = std::move(mapper.second);
  zygote.kill_at = kNever;
  zygote.ids = {.first = index * share, .count = share};
  zygote.started = MonotonicNanos();
  zygote.server_end = std::move(ends.second);
  log::Info("zygote started", {{"profile", zygote.profile}, {"pid", absl::StrCat(zygote.pid)}});
  SendZygote(zygote);
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

void Supervisor::OnLearnt(const std::vector<std::string>& profiles) {
  learnt_.clear();
  for (const std::string& text : profiles) {
    // The server is the less trusted of the two: no more of it than flags of a zygote may say.
    if (text != "bare" && IsPythonProfile(text)) learnt_.push_back(ParsePythonProfile(text));
  }
  // The zygotes of others end by themselves, since the server lets go of them; unless an import hangs.
  for (Zygote& zygote : zygotes_) {
    if (!zygote.learnt || IsLearnt(zygote.profile)) continue;
    if (zygote.pid == 0) zygote.profile.clear();
    if (zygote.pid != 0 && zygote.kill_at == kNever) zygote.kill_at = After(kZygotePatience);
  }
}

void Supervisor::OnHung(const std::string& profile) {
  for (const Zygote& zygote : zygotes_) {
    if (zygote.profile != profile || zygote.pid == 0) continue;
    log::Error("zygote hangs and is killed", {{"profile", profile}, {"pid", absl::StrCat(zygote.pid)}});
    ::kill(zygote.pid, SIGKILL);
  }
}

bool Supervisor::IsLearnt(const std::string& profile) const {
  return std::any_of(learnt_.begin(), learnt_.end(),
                     [&](const PythonProfile& learnt) { return learnt.name == profile; });
}

void Supervisor::AssignLearnt() {
  for (const PythonProfile& profile : learnt_) {
    const auto has = [&profile](const Zygote& zygote) { return zygote.profile == profile.name; };
    if (std::any_of(zygotes_.begin(), zygotes_.end(), has)) continue;
    const auto free = std::find_if(zygotes_.begin(), zygotes_.end(),
                                   [](const Zygote& zygote) { return zygote.learnt && zygote.profile.empty(); });
    if (free == zygotes_.end()) return;
    Assign(profile, *free);
  }
}

void Supervisor::OnZygoteExit(Zygote& zygote, int status) {
  const pid_t dead = std::exchange(zygote.pid, 0);
  zygote.server_end.reset();
  zygote.id_mapper.reset();
  if (phase_ != Phase::kRunning) orphans_until_ = After(kOrphanPatience);
  if (zygote.learnt && !IsLearnt(zygote.profile)) zygote.profile.clear();
  if (phase_ != Phase::kRunning || fatal_reported_) return;
  if (zygote.profile.empty()) return Sweep(dead);
  const absl::Duration wait = zygote.backoff.Next(Since(zygote.started));
  if (zygote.learnt && zygote.backoff.quick_deaths() >= kTriesOfLearnt) {
    log::Warning("zygote of a learnt profile keeps dying and is given up",
                 {{"profile", zygote.profile}, {"how", DescribeExit(status)}});
    zygote.start_at = kNever;
    return Sweep(dead);
  }
  zygote.start_at = After(wait);
  const bool often = zygote.backoff.quick_deaths() >= kDeathsWorthAnError;
  (often ? log::Error : log::Warning)(often ? "zygote keeps dying" : "zygote died",
                                      {{"profile", zygote.profile},
                                       {"how", DescribeExit(status)},
                                       {"restart_in", absl::FormatDuration(wait)},
                                       {"deaths_in_a_row", absl::StrCat(zygote.backoff.quick_deaths())}});
  Sweep(dead);
}

void Supervisor::AdvanceZygoteStarts(int64_t now) {
  if (fatal_reported_) return;  // the server is about to end
  AssignLearnt();
  for (Zygote& zygote : zygotes_) {
    if (zygote.pid != 0 && zygote.kill_at != kNever && IsDue(zygote.kill_at, now)) {
      ::kill(zygote.pid, SIGKILL);
      zygote.kill_at = kNever;
    }
    if (zygote.profile.empty() || zygote.pid != 0 || !IsDue(zygote.start_at, now)) continue;
    const absl::Status status = StartZygote(zygote);
    if (status.ok()) continue;
    log::Error("cannot start zygote", {{"profile", zygote.profile}, {"cause", std::string(status.message())}});
    zygote.start_at = After(std::max(absl::Milliseconds(100), zygote.backoff.Next(absl::ZeroDuration())));
    IsDue(zygote.start_at, now);
  }
}

void Supervisor::LetZygotesEnd() {
  for (Zygote& zygote : zygotes_) zygote.server_end.reset();
  zygotes_kill_at_ = After(kZygotePatience);
  orphans_until_ = After(kOrphanPatience);
}

bool Supervisor::AnyZygote() const {
  return std::any_of(zygotes_.begin(), zygotes_.end(), [](const Zygote& zygote) { return zygote.pid != 0; });
}

}  // namespace skillrunner

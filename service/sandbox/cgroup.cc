#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/files.h"
#include "base/status_macros.h"

namespace skillrunner::sandbox {
namespace {

constexpr char kUnified[] = "unified";

// The number behind `key` in lines of "key number"; an empty key: the file is one number.
int64_t ParseNumber(absl::string_view text, absl::string_view key) {
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    int64_t number = 0;
    if (key.empty()) return absl::SimpleAtoi(words[0], &number) ? number : -1;
    if (words.size() == 2 && words[0] == key) return absl::SimpleAtoi(words[1], &number) ? number : -1;
  }
  return -1;
}

}  // namespace

absl::StatusOr<CgroupParent> CgroupParent::FromFlags(const std::vector<std::string>& flags) {
  CgroupParent parent;
  for (const std::string& flag : flags) {
    const std::vector<std::string> parts = absl::StrSplit(flag, ':');
    int first = -1;
    int second = -1;
    if (parts.size() == 3 && parts[0] == "v2" && absl::SimpleAtoi(parts[1], &first) &&
        absl::SimpleAtoi(parts[2], &second)) {
      parent.v2_ = true;
      parent.hierarchies_.push_back({.controller = kUnified, .directory = UniqueFd(first)});
      const UniqueFd join(second);
      if (::write(join.get(), "0", 1) != 1) return ErrnoStatus(errno, "cannot join the zygotes' cgroup");
    } else if (parts.size() == 3 && parts[0] == "v1" && absl::SimpleAtoi(parts[2], &first)) {
      parent.hierarchies_.push_back({.controller = parts[1], .directory = UniqueFd(first)});
    } else {
      return absl::InvalidArgumentError(absl::StrCat("bad --cgroup=", flag));
    }
    if (::fcntl(first, F_SETFD, FD_CLOEXEC) == -1) return ErrnoStatus(errno, absl::StrCat("bad --cgroup=", flag));
  }
  return parent;
}

const CgroupParent::Hierarchy* CgroupParent::Find(const char* controller) const {
  for (const Hierarchy& hierarchy : hierarchies_) {
    if (hierarchy.controller == controller) return &hierarchy;
  }
  return nullptr;
}

StepResult Cgroup::Make(const CgroupParent& parent, uint64_t id, const SandboxLimits& limits, Cgroup* group) {
  if (!parent.available()) return std::nullopt;
  group->parent_ = &parent;
  group->name_ = absl::StrCat(GroupPrefix(::getpid()), id);
  return group->Prepare(limits);
}

StepResult Cgroup::Prepare(const SandboxLimits& limits) {
  for (const CgroupParent::Hierarchy& hierarchy : parent_->hierarchies_) {
    // There already where controllers share a hierarchy (v1).
    SKILLRUNNER_STEP_UNLESS(EEXIST, ::mkdirat(hierarchy.directory.get(), name_.c_str(), 0755),
                            absl::StrCat("mkdir cgroup ", hierarchy.controller));
  }
  const auto write = [this](const char* controller, const char* file, int64_t value) -> StepResult {
    const std::string path = absl::StrCat(name_, "/", file);
    const UniqueFd fd(::openat(parent_->Find(controller)->directory.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
    const std::string text = absl::StrCat(value);
    SKILLRUNNER_STEP(fd.get(), absl::StrCat("open cgroup ", file));
    SKILLRUNNER_STEP(::write(fd.get(), text.data(), text.size()), absl::StrCat("write cgroup ", file));
    return std::nullopt;
  };
  // Without swap accounting there is no such file, and nothing to limit.
  const auto write_if_there = [&write](const char* controller, const char* file, int64_t value) -> StepResult {
    StepResult failed = write(controller, file, value);
    if (failed && failed->error == ENOENT) return std::nullopt;
    return failed;
  };
  // One process more: the init is counted too.
  if (parent_->v2()) {
    SKILLRUNNER_TRY_STEP(write(kUnified, "memory.max", limits.memory_bytes));
    SKILLRUNNER_TRY_STEP(write(kUnified, "memory.oom.group", 1));
    SKILLRUNNER_TRY_STEP(write(kUnified, "pids.max", limits.processes + 1));
    SKILLRUNNER_TRY_STEP(write_if_there(kUnified, "memory.swap.max", 0));
    directory_.reset(
        ::openat(parent_->Find(kUnified)->directory.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    SKILLRUNNER_STEP(directory_.get(), "open cgroup");
    return std::nullopt;
  }
  SKILLRUNNER_TRY_STEP(write("memory", "memory.limit_in_bytes", limits.memory_bytes));
  SKILLRUNNER_TRY_STEP(write_if_there("memory", "memory.memsw.limit_in_bytes", limits.memory_bytes));
  SKILLRUNNER_TRY_STEP(write("pids", "pids.max", limits.processes + 1));
  for (const CgroupParent::Hierarchy& hierarchy : parent_->hierarchies_) {
    const std::string path = name_ + "/cgroup.procs";
    procs_.emplace_back(::openat(hierarchy.directory.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
    SKILLRUNNER_STEP(procs_.back().get(), absl::StrCat("open cgroup.procs of ", hierarchy.controller));
  }
  return std::nullopt;
}

StepResult Cgroup::JoinFromInside() const {
  for (const UniqueFd& procs : procs_) SKILLRUNNER_STEP(::write(procs.get(), "0", 1), "join the cgroup");
  return std::nullopt;
}

int64_t Cgroup::ReadNumber(const char* controller, const char* file, const char* key) const {
  const auto text = ReadFileAt(parent_->Find(controller)->directory.get(), absl::StrCat(name_, "/", file));
  return text.ok() ? ParseNumber(*text, key) : -1;
}

int64_t Cgroup::CpuNanos() const {
  if (parent_ == nullptr) return -1;
  if (!parent_->v2()) return ReadNumber("cpuacct", "cpuacct.usage", "");
  const int64_t micros = ReadNumber(kUnified, "cpu.stat", "usage_usec");
  return micros < 0 ? -1 : micros * 1000;
}

Counters Cgroup::Read() const {
  Counters counters;
  if (parent_ == nullptr) return counters;
  counters.cpu_nanos = CpuNanos();
  if (parent_->v2()) {
    counters.memory_peak_bytes = ReadNumber(kUnified, "memory.peak", "");
    counters.oom_kills = ReadNumber(kUnified, "memory.events", "oom_kill");
    counters.pids_peak = ReadNumber(kUnified, "pids.peak", "");
    counters.pids_refused = ReadNumber(kUnified, "pids.events", "max");
  } else {
    counters.memory_peak_bytes = ReadNumber("memory", "memory.max_usage_in_bytes", "");
    counters.oom_kills = ReadNumber("memory", "memory.oom_control", "oom_kill");
    counters.pids_peak = ReadNumber("pids", "pids.peak", "");
    counters.pids_refused = ReadNumber("pids", "pids.events", "max");
  }
  if (counters.pids_peak > 0) --counters.pids_peak;  // without the init
  return counters;
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : parent_(std::exchange(other.parent_, nullptr)),
      name_(std::move(other.name_)),
      directory_(std::move(other.directory_)),
      procs_(std::move(other.procs_)) {}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  Remove();
  parent_ = std::exchange(other.parent_, nullptr);
  name_ = std::move(other.name_);
  directory_ = std::move(other.directory_);
  procs_ = std::move(other.procs_);
  return *this;
}

Cgroup::~Cgroup() {
  Remove();
}

void Cgroup::Remove() {
  if (parent_ == nullptr) return;
  for (const CgroupParent::Hierarchy& hierarchy : parent_->hierarchies_) {
    // EBUSY while the kernel still lets go of the last task: a moment later it has. What stays is the supervisor's to
    // sweep.
    for (int attempt = 0; attempt < 50; ++attempt) {
      if (::unlinkat(hierarchy.directory.get(), name_.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY) break;
      ::usleep(200);
    }
  }
  parent_ = nullptr;
}

}  // namespace skillrunner::sandbox

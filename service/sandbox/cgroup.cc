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
  // Buffers of TCP are not in the other.
  SKILLRUNNER_TRY_STEP(write_if_there("memory", "memory.kmem.tcp.limit_in_bytes", limits.memory_bytes));
  SKILLRUNNER_TRY_STEP(write("pids", "pids.max", limits.processes + 1));
  for (const CgroupParent::Hierarchy& hierarchy : parent_->hierarchies_) {
    const std::string path = name_ + "/cgroup.procs";
    procs_.emplace_back(::openat(hierarchy.directory.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
    SKILLRUNNER_STEP(procs_.back().get(), absl::StrCat("open cgroup.procs of ", hierarchy.controller));
  }
  return std::nullopt;
}

void Cgroup::CloseFiles() {
  directory_.reset();
  procs_.clear();
}

const std::vector<Cgroup::Counter>& Cgroup::AllCounters() const {
  static const std::vector<Counter> kV1 = {
      {&Counters::cpu_nanos, "cpuacct", "cpuacct.usage", "", 1},
      {&Counters::memory_peak_bytes, "memory", "memory.max_usage_in_bytes", "", 1},
      {&Counters::oom_kills, "memory", "memory.oom_control", "oom_kill", 1},
      {&Counters::pids_peak, "pids", "pids.peak", "", 1},
      {&Counters::pids_refused, "pids", "pids.events", "max", 1},
  };
  static const std::vector<Counter> kV2 = {
      {&Counters::cpu_nanos, kUnified, "cpu.stat", "usage_usec", 1000},
      {&Counters::memory_peak_bytes, kUnified, "memory.peak", "", 1},
      {&Counters::oom_kills, kUnified, "memory.events", "oom_kill", 1},
      {&Counters::pids_peak, kUnified, "pids.peak", "", 1},
      {&Counters::pids_refused, kUnified, "pids.events", "max", 1},
  };
  return parent_->v2() ? kV2 : kV1;
}

StepResult Cgroup::JoinFromInside() {
  for (const UniqueFd& procs : procs_) SKILLRUNNER_STEP(::write(procs.get(), "0", 1), "join the cgroup");
  if (parent_ == nullptr) return std::nullopt;
  for (const Counter& counter : AllCounters()) {
    const std::string path = absl::StrCat(name_, "/", counter.file);
    counter_files_.emplace_back(
        ::openat(parent_->Find(counter.controller)->directory.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
    // Kernels before 6.1 have no pids.peak, and before 5.19 no memory.peak.
    const bool opened = counter_files_.back().valid() || errno == ENOENT;
    SKILLRUNNER_STEP(opened ? 0 : -1, absl::StrCat("open cgroup ", counter.file, " in the init"));
  }
  return std::nullopt;
}

std::vector<int> Cgroup::counter_fds() const {
  std::vector<int> fds;
  for (const UniqueFd& file : counter_files_) {
    if (file.valid()) fds.push_back(file.get());
  }
  return fds;
}

Counters Cgroup::ReadFromInside() const {
  Counters counters;
  for (size_t i = 0; i < counter_files_.size(); ++i) {
    char text[1024];
    const ssize_t got = ::pread(counter_files_[i].get(), text, sizeof(text), 0);
    if (got > 0) Set(AllCounters()[i], absl::string_view(text, static_cast<size_t>(got)), &counters);
  }
  return counters;
}

int64_t Cgroup::CpuNanos() const {
  if (parent_ == nullptr) return -1;
  Counters counters;
  ReadFile(AllCounters().front(), &counters);
  return counters.cpu_nanos;
}

Counters Cgroup::Read() const {
  Counters counters;
  if (parent_ == nullptr) return counters;
  for (const Counter& counter : AllCounters()) ReadFile(counter, &counters);
  return counters;
}

void Cgroup::ReadFile(const Counter& counter, Counters* counters) const {
  const auto text =
      ReadFileAt(parent_->Find(counter.controller)->directory.get(), absl::StrCat(name_, "/", counter.file));
  if (text.ok()) Set(counter, *text, counters);
}

void Cgroup::Set(const Counter& counter, absl::string_view text, Counters* counters) {
  int64_t number = ParseNumber(text, counter.key);
  if (number < 0) return;
  if (counter.into == &Counters::pids_peak && number > 0) --number;  // without the init
  counters->*counter.into = number * counter.unit;
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : parent_(std::exchange(other.parent_, nullptr)),
      name_(std::move(other.name_)),
      directory_(std::move(other.directory_)),
      procs_(std::move(other.procs_)),
      counter_files_(std::move(other.counter_files_)) {}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  Remove();
  parent_ = std::exchange(other.parent_, nullptr);
  name_ = std::move(other.name_);
  directory_ = std::move(other.directory_);
  procs_ = std::move(other.procs_);
  counter_files_ = std::move(other.counter_files_);
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

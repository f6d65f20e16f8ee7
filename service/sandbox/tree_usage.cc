#include "sandbox/tree_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

constexpr int64_t kCountShare = 10;  // the proportional count takes at most one part in so many

std::vector<std::string> Threads(pid_t pid) {
  std::vector<std::string> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(absl::StrCat("/proc/", pid, "/task").c_str()),
                                                      ::closedir);
  if (directory == nullptr) return threads;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') threads.emplace_back(entry->d_name);
  }
  return threads;
}

struct Stat {
  int64_t own_ticks = 0;
  int64_t waited_ticks = 0;  // of children it has waited for
  int64_t started = 0;
  int64_t rss_pages = 0;
  bool ignores_sigchld = false;
};

Stat ReadStat(pid_t pid) {
  Stat stat;
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/stat"));
  if (!text.ok()) return stat;
  // The second field is the name in parentheses and may hold anything: count from the last ')'. What follows it starts
  // with field 3. Fields 14 to 17 are utime, stime, cutime, cstime, 22 is starttime, 24 is rss, 33 is sigignore
  // (proc_pid_stat(5)).
  const size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return stat;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*text).substr(name_end + 1), ' ', absl::SkipEmpty());
  const auto field = [&fields](size_t number) {
    int64_t value = 0;
    return fields.size() > number - 3 && absl::SimpleAtoi(fields[number - 3], &value) ? value : 0;
  };
  stat.own_ticks = field(14) + field(15);
  stat.waited_ticks = field(16) + field(17);
  stat.started = field(22);
  stat.rss_pages = field(24);
  stat.ignores_sigchld = (field(33) >> (SIGCHLD - 1) & 1) != 0;
  return stat;
}

int64_t ProportionalBytes(pid_t pid) {
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/smaps_rollup"));
  if (!text.ok()) return 0;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (!absl::ConsumePrefix(&line, "Pss:")) continue;
    int64_t kib = 0;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (!words.empty() && absl::SimpleAtoi(words[0], &kib)) return kib * 1024;
  }
  return 0;
}

}  // namespace

const TreeUsage& TreeAccount::Look(int64_t memory_limit) {
  static const int64_t nanos_per_tick = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  const int64_t start = MonotonicNanos();
  usage_.tasks = 0;
  usage_.loses_children = false;
  int64_t resident = 0;
  int64_t own_ticks = 0;
  int64_t waited_ticks = 0;
  std::map<Process, int64_t> before = std::exchange(ticks_, {});
  tree_ = {init_};
  for (size_t i = 0; i < tree_.size(); ++i) {
    const pid_t pid = tree_[i];
    const std::vector<std::string> threads = Threads(pid);
    for (const std::string& thread : threads) {
      const auto children = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
      if (!children.ok()) continue;
      for (const absl::string_view word : absl::StrSplit(*children, ' ', absl::SkipEmpty())) {
        pid_t child = 0;
        if (absl::SimpleAtoi(word, &child)) tree_.push_back(child);
      }
    }
    const Stat stat = ReadStat(pid);
    own_ticks += stat.own_ticks;
    waited_ticks += stat.waited_ticks;
    if (i == 0) continue;
    ticks_[{pid, stat.started}] = stat.own_ticks;
    before.erase({pid, stat.started});
    resident += stat.rss_pages * page;
    usage_.loses_children = usage_.loses_children || stat.ignores_sigchld;
    usage_.tasks += static_cast<int64_t>(threads.size());
  }
  for (const auto& [process, ticks] : before) ticks_of_gone_ += ticks;
  // Those that are gone are in both where their parents waited for them.
  const int64_t ticks = own_ticks + std::max(waited_ticks, ticks_of_gone_);
  usage_.cpu_nanos = std::max(usage_.cpu_nanos, ticks * nanos_per_tick);
  usage_.memory_bytes = Memory(resident, memory_limit);
  usage_.look_nanos = MonotonicNanos() - start;
  return usage_;
}

int64_t TreeAccount::Memory(int64_t resident, int64_t limit) {
  if (resident <= limit) return resident;
  const int64_t start = MonotonicNanos();
  // What was added since the last count cannot be more than what the plain sum grew by.
  const int64_t at_most = proportional_ + std::max<int64_t>(0, resident - resident_then_);
  if (resident_then_ >= 0 && (at_most <= limit || start < next_count_at_)) return std::min(at_most, limit);
  proportional_ = 0;
  for (size_t i = 1; i < tree_.size(); ++i) proportional_ += ProportionalBytes(tree_[i]);
  resident_then_ = resident;
  const int64_t now = MonotonicNanos();
  next_count_at_ = now + (now - start) * kCountShare;
  return proportional_;
}

}  // namespace skillrunner::sandbox

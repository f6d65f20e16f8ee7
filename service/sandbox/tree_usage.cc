#include "sandbox/tree_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

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
  int64_t cpu_ticks = 0;
  int64_t rss_pages = 0;
};

Stat ReadStat(pid_t pid) {
  Stat stat;
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/stat"));
  if (!text.ok()) return stat;
  // The second field is the name in parentheses and may hold anything: count from the last ')'. Fields 14 to 17 are
  // utime, stime, cutime, cstime, 24 is rss (proc_pid_stat(5)); what follows ')' starts with field 3.
  const size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return stat;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*text).substr(name_end + 1), ' ', absl::SkipEmpty());
  if (fields.size() < 22) return stat;
  for (size_t i = 11; i <= 14; ++i) {
    int64_t ticks = 0;
    if (absl::SimpleAtoi(fields[i], &ticks)) stat.cpu_ticks += ticks;
  }
  (void)absl::SimpleAtoi(fields[21], &stat.rss_pages);
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

TreeUsage ReadTreeUsage(pid_t init, int64_t memory_limit) {
  static const int64_t nanos_per_tick = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  TreeUsage usage;
  std::vector<pid_t> tree = {init};
  for (size_t i = 0; i < tree.size(); ++i) {
    const pid_t pid = tree[i];
    const std::vector<std::string> threads = Threads(pid);
    for (const std::string& thread : threads) {
      const auto children = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
      if (!children.ok()) continue;
      for (const absl::string_view word : absl::StrSplit(*children, ' ', absl::SkipEmpty())) {
        pid_t child = 0;
        if (absl::SimpleAtoi(word, &child)) tree.push_back(child);
      }
    }
    const Stat stat = ReadStat(pid);
    usage.cpu_nanos += stat.cpu_ticks * nanos_per_tick;
    if (i == 0) continue;
    usage.memory_bytes += stat.rss_pages * page;
    usage.tasks += static_cast<int64_t>(threads.size());
  }
  if (usage.memory_bytes > memory_limit) {
    usage.memory_bytes = 0;
    for (size_t i = 1; i < tree.size(); ++i) usage.memory_bytes += ProportionalBytes(tree[i]);
  }
  return usage;
}

}  // namespace skillrunner::sandbox

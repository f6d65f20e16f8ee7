#include "sandbox/tree_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

// Of this thread's processor time, on which other sandboxes wait: looking for shared memory, and counting in
// proportion, takes at most so long at a time; and counting no more than one part in so many, and no longer a break.
constexpr int64_t kLongestSearch = 30'000'000;
constexpr int64_t kLongestCount = 200'000'000;
constexpr int64_t kCountShare = 10;
constexpr int64_t kLongestBreak = 1'000'000'000;

int64_t ThreadNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

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
  int64_t virtual_bytes = 0;
  int64_t rss_pages = 0;
  bool ignores_sigchld = false;
  bool zombie = false;
};

Stat ReadStat(pid_t pid) {
  Stat stat;
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/stat"));
  if (!text.ok()) return stat;
  // The second field is the name in parentheses and may hold anything: count from the last ')'. What follows it starts
  // with field 3. Fields 14 to 17 are utime, stime, cutime, cstime, 22 is starttime, 23 is vsize, 24 is rss, 33 is
  // sigignore (proc_pid_stat(5)).
  const size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return stat;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(*text).substr(name_end + 1), ' ', absl::SkipEmpty());
  const auto field = [&fields](size_t number) {
    int64_t value = 0;
    return fields.size() > number - 3 && absl::SimpleAtoi(fields[number - 3], &value) ? value : 0;
  };
  stat.zombie = !fields.empty() && fields[0] == "Z";
  stat.own_ticks = field(14) + field(15);
  stat.waited_ticks = field(16) + field(17);
  stat.started = field(22);
  stat.virtual_bytes = field(23);
  stat.rss_pages = field(24);
  stat.ignores_sigchld = (field(33) >> (SIGCHLD - 1) & 1) != 0;
  return stat;
}

// The value of a line `KEY  123 kB` of a file of the process, in bytes; 0 where there is no such line. None: the file
// cannot be read.
std::optional<int64_t> ReadKib(pid_t pid, const char* file, absl::string_view key) {
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/", file));
  if (!text.ok()) return std::nullopt;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (!absl::ConsumePrefix(&line, key)) continue;
    int64_t kib = 0;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (!words.empty() && absl::SimpleAtoi(absl::StripAsciiWhitespace(words[0]), &kib)) return kib * 1024;
  }
  return 0;
}

// None: it cannot be read. A program can keep its process from being looked at (PR_SET_DUMPABLE, or a file that is
// executed and cannot be read).
std::optional<int64_t> ProportionalBytes(pid_t pid) {
  return ReadKib(pid, "smaps_rollup", "Pss:");
}

// What of its shared memory is in the plain sum.
int64_t ResidentShared(pid_t pid) {
  return ReadKib(pid, "status", "RssShmem:").value_or(0);
}

// Adds the shared memory without a name that is mapped, by inode: it stays whether or not it is resident in a process.
// False: this cannot be read, or has more than 1 MiB of text.
bool AddSharedMappings(pid_t pid, std::map<std::string, int64_t>* sizes) {
  const auto text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/maps"));
  if (!text.ok()) return false;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (!absl::EndsWith(line, "/dev/zero (deleted)")) continue;
    // "from-to rw-s offset device inode path" (proc_pid_maps(5))
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.size() < 6) continue;
    const std::pair<absl::string_view, absl::string_view> range = absl::StrSplit(fields[0], absl::MaxSplits('-', 1));
    uint64_t from = 0;
    uint64_t to = 0;
    uint64_t offset = 0;
    if (!absl::SimpleHexAtoi(range.first, &from) || !absl::SimpleHexAtoi(range.second, &to) ||
        !absl::SimpleHexAtoi(fields[2], &offset))
      continue;
    int64_t& size = (*sizes)[std::string(fields[4])];
    size = std::max(size, static_cast<int64_t>(offset + to - from));
  }
  return true;
}

}  // namespace

// A process whose first thread has ended shows no memory.
void TreeAccount::LookByLivingThread(const std::vector<std::string>& threads, Member* member) {
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  for (const std::string& thread : threads) {
    pid_t id = 0;
    if (!absl::SimpleAtoi(thread, &id) || id == member->pid) continue;
    const Stat stat = ReadStat(id);
    if (stat.zombie || stat.rss_pages == 0) continue;
    member->living = id;
    member->resident = stat.rss_pages * page;
    return;
  }
}

const TreeUsage& TreeAccount::Look(int64_t memory_limit) {
  static const int64_t nanos_per_tick = 1'000'000'000 / ::sysconf(_SC_CLK_TCK);
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  const int64_t start = ThreadNanos();
  usage_.tasks = 0;
  usage_.loses_children = false;
  int64_t own_ticks = 0;
  int64_t waited_ticks = 0;
  std::map<Process, Seen> before = std::exchange(seen_, {});
  tree_ = {{.pid = init_}};
  for (size_t i = 0; i < tree_.size(); ++i) {
    const pid_t pid = tree_[i].pid;
    const std::vector<std::string> threads = Threads(pid);
    for (const std::string& thread : threads) {
      const auto children = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/task/", thread, "/children"));
      if (!children.ok()) continue;
      for (const absl::string_view word : absl::StrSplit(*children, ' ', absl::SkipEmpty())) {
        Member child{.parent = i, .depth = tree_[i].depth + 1};
        if (absl::SimpleAtoi(word, &child.pid)) tree_.push_back(child);
      }
    }
    const Stat stat = ReadStat(pid);
    tree_[i].started = stat.started;
    tree_[i].ignores_sigchld = stat.ignores_sigchld;
    tree_[i].living = pid;
    tree_[i].resident = stat.rss_pages * page;
    if (stat.zombie && threads.size() > 1) LookByLivingThread(threads, &tree_[i]);
    own_ticks += stat.own_ticks;
    waited_ticks += stat.waited_ticks;
    if (i == 0) continue;
    const Member& parent = tree_[tree_[i].parent];
    Seen& seen = seen_[{pid, stat.started}];
    seen = {.own_ticks = stat.own_ticks,
            .waited_ticks = stat.waited_ticks,
            .parent = {parent.pid, parent.started},
            .parent_ignores = parent.ignores_sigchld,
            .depth = tree_[i].depth};
    if (const auto known = before.find({pid, stat.started}); known != before.end()) {
      seen.ticks_of_gone = known->second.ticks_of_gone;
      seen.waited_before = known->second.waited_ticks;
      before.erase(known);
    }
    usage_.loses_children = usage_.loses_children || stat.ignores_sigchld;
    // Of orphans that are over nothing is left once the init comes to it.
    const bool orphan_over = tree_[i].parent == 0 && stat.zombie && threads.size() <= 1;
    if (!orphan_over) usage_.tasks += static_cast<int64_t>(threads.size());
  }
  CountGone(std::move(before));
  usage_.loses_children = usage_.loses_children || lost_one_;
  // Those that are gone are in both where their parents waited for them.
  const int64_t ticks = own_ticks + std::max(waited_ticks, ticks_of_gone_);
  usage_.cpu_nanos = std::max(usage_.cpu_nanos, ticks * nanos_per_tick);
  usage_.memory_bytes = Memory(memory_limit);
  usage_.look_nanos = ThreadNanos() - start;
  return usage_;
}

void TreeAccount::CountGone(std::map<Process, Seen> gone) {
  std::vector<const Process*> deepest_first;
  for (const auto& [process, seen] : gone) deepest_first.push_back(&process);
  std::sort(deepest_first.begin(), deepest_first.end(),
            [&](const Process* a, const Process* b) { return gone.at(*a).depth > gone.at(*b).depth; });
  for (const Process* process : deepest_first) {
    const Seen& seen = gone.at(*process);
    // With a process that nobody waits for, what it has waited for itself is in nobody's count any more.
    const int64_t lost = seen.parent_ignores ? std::max<int64_t>(0, seen.waited_ticks - seen.ticks_of_gone) : 0;
    const int64_t ticks = seen.own_ticks + lost;
    ticks_of_gone_ += ticks;
    if (const auto living = seen_.find(seen.parent); living != seen_.end()) {
      living->second.ticks_of_gone += ticks;
      // Flags of a handler (SA_NOCLDWAIT) are nowhere to be read.
      lost_one_ = lost_one_ || (seen.own_ticks > 0 && living->second.waited_ticks == living->second.waited_before);
    } else if (const auto dead = gone.find(seen.parent); dead != gone.end()) {
      dead->second.ticks_of_gone += ticks;
    }
  }
}

int64_t TreeAccount::Memory(int64_t limit) {
  const int64_t start = ThreadNanos();
  std::map<std::string, int64_t> shared;
  int64_t resident_shared = 0;
  const size_t processes = tree_.size() - 1;
  size_t looked_at = 0;
  for (; looked_at < processes && ThreadNanos() - start < kLongestSearch; ++looked_at) {
    Member& member = tree_[1 + (first_looked_at_ + looked_at) % processes];
    const bool visible = AddSharedMappings(member.living, &shared);
    // Nobody can tell what a process that hides has: all that it could.
    if (!visible) member.resident = std::max(member.resident, ReadStat(member.living).virtual_bytes);
    if (!shared.empty()) resident_shared += ResidentShared(member.living);
  }
  first_looked_at_ += looked_at;  // those that were left out come first the next time
  int64_t resident = 0;
  for (size_t i = 1; i < tree_.size(); ++i) resident += tree_[i].resident;
  int64_t not_resident = -resident_shared;
  for (const auto& [inode, size] : shared) not_resident += size;
  not_resident = std::max<int64_t>(0, not_resident);
  return Proportional(resident, limit - not_resident) + not_resident;
}

int64_t TreeAccount::Proportional(int64_t resident, int64_t limit) {
  if (resident <= limit) return resident;
  const int64_t now = MonotonicNanos();
  // What was added since the last count cannot be more than what the plain sum grew by.
  const int64_t at_most = proportional_ + std::max<int64_t>(0, resident - resident_then_);
  if (resident_then_ >= 0 && (at_most <= limit || now < next_count_at_)) return std::min(at_most, limit);
  proportional_ = 0;
  const int64_t start = ThreadNanos();
  for (size_t i = 1; i < tree_.size(); ++i) {
    const bool in_time = ThreadNanos() - start < kLongestCount;
    const auto bytes = in_time ? ProportionalBytes(tree_[i].living) : std::nullopt;
    const bool gone = in_time && !bytes && ReadStat(tree_[i].living).rss_pages == 0;
    if (!gone) proportional_ += bytes.value_or(tree_[i].resident);
  }
  resident_then_ = resident;
  next_count_at_ = MonotonicNanos() + std::min((ThreadNanos() - start) * kCountShare, kLongestBreak);
  return proportional_;
}

}  // namespace skillrunner::sandbox

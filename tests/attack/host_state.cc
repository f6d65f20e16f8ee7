#include "host_state.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/files.h"
#include "testing/processes.h"

namespace skillrunner::testing {
namespace {

namespace fs = std::filesystem;

// Connections, and sandboxes that are just being made ready.
constexpr size_t kDescriptorSlack = 6;
// The key that guests try, too (tests/guests/g01*).
constexpr key_t kSharedKey = 0x5ec0de;

std::string Read(pid_t pid, const char* file) {
  return ReadFileAt(AT_FDCWD, absl::StrCat("/proc/", pid, "/", file), 1 << 20).value_or("");
}

std::string Link(pid_t pid, const char* file) {
  std::error_code ignored;
  return fs::read_symlink(absl::StrCat("/proc/", pid, "/", file), ignored);
}

bool IsZombie(pid_t pid) {
  const std::string stat = Read(pid, "stat");
  const size_t end = stat.rfind(')');
  return end != std::string::npos && end + 2 < stat.size() && stat[end + 2] == 'Z';
}

// Sandboxes are told from the service's own by their pid namespace.
std::string KindOf(pid_t pid, const std::string& own_namespace) {
  if (IsZombie(pid)) return "zombie";
  if (Link(pid, "ns/pid") != own_namespace) return "process of a sandbox";
  const std::string command = Read(pid, "cmdline");
  return fs::path(command.substr(0, command.find('\0'))).filename();
}

void Descend(pid_t pid, const std::function<void(pid_t)>& visit) {
  for (const pid_t child : Children(pid)) {
    visit(child);
    Descend(child, visit);
  }
}

// Groups of other services come and go meanwhile, so each directory is read by itself.
size_t CgroupsBelow(const fs::path& directory, const std::string& own, bool inside) {
  size_t count = 0;
  std::error_code ignored;
  for (auto entry = fs::directory_iterator(directory, ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored)) {
    std::error_code unreadable;
    if (!entry->is_directory(unreadable) || entry->is_symlink(unreadable)) continue;
    const std::string name = entry->path().filename();
    const bool ours = inside || (absl::StartsWith(name, "skill-runner-") && absl::EndsWith(name, own));
    count += (ours ? 1 : 0) + CgroupsBelow(entry->path(), own, ours);
  }
  return count;
}

void AddIpc(std::set<std::string>* ipc) {
  for (const char* kind : {"shm", "sem", "msg"}) {
    const std::string text = ReadFileAt(AT_FDCWD, absl::StrCat("/proc/sysvipc/", kind), 1 << 20).value_or("");
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (words.size() > 2) ipc->insert(absl::StrCat(kind, " ", words[0], " ", words[1]));
    }
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/dev/mqueue", ignored)) ipc->insert(entry.path());
}

// In directories that the process holds open.
size_t DirectoriesOf(pid_t pid) {
  size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(absl::StrCat("/proc/", pid, "/fd"), ignored)) {
    const std::string target = fs::read_symlink(entry.path(), ignored);
    if (!absl::StartsWith(target, "/tmp/skill-runner-")) continue;
    for (auto below = fs::directory_iterator(target, ignored); !ignored && below != fs::directory_iterator();
         below.increment(ignored)) {
      ++count;
    }
  }
  return count;
}

template <class Counts>
void Compare(const Counts& before, const Counts& after, size_t slack, const char* what, std::string* text) {
  for (const auto& [name, count] : after) {
    const auto earlier = before.find(name);
    const size_t was = earlier == before.end() ? 0 : earlier->second;
    if (count > was + slack) absl::StrAppend(text, count, " ", name, what, " where there were ", was, "; ");
  }
}

void Compare(const std::set<std::string>& before, const std::set<std::string>& after, const char* what,
             std::string* text) {
  for (const std::string& one : after) {
    if (before.count(one) == 0) absl::StrAppend(text, what, " ", one, "; ");
  }
}

}  // namespace

HostState LookAtHost(const Service& service) {
  HostState state;
  const pid_t supervisor = service.supervisor();
  const std::string own_namespace = Link(supervisor, "ns/pid");
  std::set<std::string> namespaces;
  Descend(supervisor, [&](pid_t pid) {
    ++state.processes[KindOf(pid, own_namespace)];
    namespaces.insert(Link(pid, "ns/net"));
  });
  namespaces.erase("");
  state.namespaces = namespaces.size();
  for (const auto& [name, pid] : std::map<std::string, pid_t>{
           {"supervisor", supervisor}, {"server", service.server()}, {"zygote", service.zygote()}}) {
    state.descriptors[name] = OpenFileCount(pid);
    for (const absl::string_view line : absl::StrSplit(Read(pid, "mountinfo"), '\n', absl::SkipEmpty())) {
      // Without ids, which differ where a zygote was replaced.
      const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
      if (words.size() > 4) state.mounts.insert(absl::StrCat(name, " ", words[3], " ", words[4]));
    }
  }
  AddIpc(&state.ipc);
  state.directories = DirectoriesOf(service.zygote());
  state.cgroups = CgroupsBelow("/sys/fs/cgroup", absl::StrCat("-", supervisor), false);
  return state;
}

std::string LeftBehind(const HostState& before, const HostState& after) {
  std::string text;
  Compare(before.processes, after.processes, 0, "", &text);
  Compare(before.descriptors, after.descriptors, kDescriptorSlack, " descriptors", &text);
  Compare(before.mounts, after.mounts, "mount", &text);
  Compare(before.ipc, after.ipc, "IPC object", &text);
  if (after.cgroups > before.cgroups)
    absl::StrAppend(&text, after.cgroups, " cgroups where there were ", before.cgroups, "; ");
  if (after.directories > before.directories)
    absl::StrAppend(&text, after.directories, " directories of sandboxes where there were ", before.directories, "; ");
  if (after.namespaces > before.namespaces)
    absl::StrAppend(&text, after.namespaces, " network namespaces where there were ", before.namespaces, "; ");
  return text;
}

Bait::Bait() {
  std::string path = "/tmp/skill-runner-bait-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) ::abort();
  directory_ = path;
  ::chmod(directory_.c_str(), 0777);
  secret_ = "canary-";
  std::random_device random;
  while (secret_.size() < 7 + 32) secret_ += "0123456789abcdef"[random() % 16];
  // Without O_CLOEXEC, and with a number that nobody expects.
  const int file = ::open((directory_ + "/file").c_str(), O_RDWR | O_CREAT, 0666);
  file_ = ::fcntl(file, F_DUPFD, 77);
  ::close(file);
  ::fchmod(file_, 0666);
  if (::write(file_, secret_.data(), secret_.size()) < 0) ::abort();
  ::setenv("ATTACK_SECRET", secret_.c_str(), 1);

  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  ::strncpy(address.sun_path, (directory_ + "/socket").c_str(), sizeof(address.sun_path) - 1);
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 || ::listen(socket_, 8) != 0)
    ::abort();
  ::chmod(address.sun_path, 0666);
  // Another test may have made it: as good.
  shared_memory_ = ::shmget(kSharedKey, 4096, IPC_CREAT | IPC_EXCL | 0666);
}

Bait::~Bait() {
  ::close(file_);
  ::close(socket_);
  if (shared_memory_ >= 0) ::shmctl(shared_memory_, IPC_RMID, nullptr);
  ::unsetenv("ATTACK_SECRET");
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string Bait::paths() const {
  return absl::StrCat(directory_, "/file:", directory_, "/socket:", directory_);
}

std::string Bait::Taken() const {
  std::string text;
  const std::string content = ReadFileAt(AT_FDCWD, directory_ + "/file").value_or("");
  if (content != secret_) text += "the canary file was changed; ";
  if (::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC) >= 0) text += "a Unix socket of the host was reached; ";
  size_t files = 0;
  std::error_code ignored;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(directory_, ignored)) ++files;
  if (files != 2) text += "the canary's directory was changed; ";
  return text;
}

}  // namespace skillrunner::testing

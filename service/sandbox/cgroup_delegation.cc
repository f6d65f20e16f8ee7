#include "sandbox/cgroup_delegation.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "sandbox/cgroup.h"

namespace skillrunner::sandbox {
namespace {

namespace fs = std::filesystem;

// Where the cgroups of this process are in the file system, by controller; v2 under "unified".
absl::StatusOr<std::map<std::string, std::string>> OwnCgroups() {
  ASSIGN_OR_RETURN(const std::string own, ReadFileAt(AT_FDCWD, "/proc/self/cgroup"));
  ASSIGN_OR_RETURN(const std::string mounts, ReadFileAt(AT_FDCWD, "/proc/self/mountinfo", 16 << 20));
  std::map<std::string, std::string> paths;  // of this process, relative to the hierarchy's root
  for (const absl::string_view line : absl::StrSplit(own, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3) continue;
    if (fields[1].empty()) paths["unified"] = fields[2];
    for (const absl::string_view controller : absl::StrSplit(fields[1], ',', absl::SkipEmpty())) {
      paths[std::string(controller)] = fields[2];
    }
  }
  std::map<std::string, std::string> directories;
  for (const absl::string_view line : absl::StrSplit(mounts, '\n', absl::SkipEmpty())) {
    // 36 35 98:0 /root /mount/point rw,noatime master:1 - type source options (proc_pid_mountinfo(5))
    const std::vector<std::string> halves = absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    if (halves.size() != 2) continue;
    const std::vector<std::string> mount = absl::StrSplit(halves[0], ' ');
    const std::vector<std::string> type = absl::StrSplit(halves[1], ' ');
    if (mount.size() < 6 || type.size() < 3) continue;
    std::vector<std::string> controllers;
    if (type[0] == "cgroup2") controllers = {"unified"};
    if (type[0] == "cgroup") controllers = absl::StrSplit(type[2], ',');
    for (const std::string& controller : controllers) {
      const auto path = paths.find(controller);
      if (path == paths.end() || directories.count(controller) != 0) continue;
      const std::string& root = mount[3];
      if (root != "/" && !absl::StartsWith(path->second, root)) continue;
      directories[controller] = mount[4] + (root == "/" ? path->second : path->second.substr(root.size()));
    }
  }
  return directories;
}

void RemoveTree(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> below;
  for (auto entry = fs::directory_iterator(directory, ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored)) {
    if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) below.push_back(entry->path());
  }
  for (const fs::path& child : below) RemoveTree(child);
  ::rmdir(directory.c_str());
}

// `skill-runner-{pid namespace}-{pid}`: a service in another pid namespace, which may share this file system, must not
// take ours for one whose process is gone.
std::string OwnPrefix() {
  std::error_code ignored;
  const std::string name = fs::read_symlink("/proc/self/ns/pid", ignored);  // pid:[4026531836]
  std::string digits;
  for (const char c : name) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  return absl::StrCat("skill-runner-", digits, "-");
}

// Of supervisors that were killed before they could do it.
void RemoveStale(const std::string& parent) {
  const std::string prefix = OwnPrefix();
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (auto entry = fs::directory_iterator(parent, ignored); !ignored && entry != fs::directory_iterator();
       entry.increment(ignored)) {
    const std::string name = entry->path().filename();
    int pid = 0;
    if (absl::StartsWith(name, prefix) && absl::SimpleAtoi(name.substr(prefix.size()), &pid) && ::kill(pid, 0) == -1 &&
        errno == ESRCH) {
      stale.push_back(entry->path());
    }
  }
  for (const fs::path& directory : stale) RemoveTree(directory);
}

absl::Status MakeOwned(const std::string& directory, uid_t uid, gid_t gid, std::initializer_list<const char*> files) {
  if (::mkdir(directory.c_str(), 0755) == -1)
    return ErrnoStatus(errno, absl::StrCat("cannot make the cgroup ", directory));
  if (::geteuid() == uid) return absl::OkStatus();
  if (::chown(directory.c_str(), uid, gid) == -1)
    return ErrnoStatus(errno, absl::StrCat("cannot delegate ", directory));
  for (const char* file : files) {
    const std::string path = absl::StrCat(directory, "/", file);
    if (::chown(path.c_str(), uid, gid) == -1) return ErrnoStatus(errno, absl::StrCat("cannot delegate ", path));
  }
  return absl::OkStatus();
}

// Moves this process back to where it came from, or the leaf it is in could not go.
void LeaveLeaf(const fs::path& own) {
  const fs::path parent = own.parent_path();
  if (WriteFileAt(AT_FDCWD, parent / "cgroup.procs", "0").ok()) return;
  // All but the root's: a group that hands controllers down may hold no process, so take them back first. Refused where
  // a service beside this one uses them; our group stays then, for the next start to remove.
  for (const fs::path& group : {own, parent}) {
    (void)WriteFileAt(AT_FDCWD, group / "cgroup.subtree_control", "-memory -pids");
  }
  (void)WriteFileAt(AT_FDCWD, parent / "cgroup.procs", "0");
}

}  // namespace

absl::Status CgroupDelegation::AddV1(uid_t uid, gid_t gid) {
  ASSIGN_OR_RETURN(const auto own, OwnCgroups());
  for (const char* controller : {"memory", "pids", "cpuacct"}) {
    const auto parent = own.find(controller);
    if (parent == own.end())
      return absl::FailedPreconditionError(absl::StrCat("there is no v1 cgroup controller ", controller));
    RemoveStale(parent->second);
    const std::string path = absl::StrCat(parent->second, "/", OwnPrefix(), ::getpid());
    bool shared = false;  // with another controller in the same hierarchy
    for (const Hierarchy& other : hierarchies_) shared = shared || other.path == path;
    if (!shared) RETURN_IF_ERROR(MakeOwned(path, uid, gid, {"cgroup.procs", "tasks"}));
    hierarchies_.push_back({.controller = controller, .path = path, .directory = {}, .join = {}});
    ASSIGN_OR_RETURN(hierarchies_.back().directory, OpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY));
  }
  return absl::OkStatus();
}

absl::Status CgroupDelegation::AddV2(uid_t uid, gid_t gid) {
  ASSIGN_OR_RETURN(const auto own, OwnCgroups());
  const auto found = own.find("unified");
  if (found == own.end()) return absl::FailedPreconditionError("no cgroup v2 hierarchy is mounted");
  const std::string& parent = found->second;
  ASSIGN_OR_RETURN(const std::string controllers, ReadFileAt(AT_FDCWD, parent + "/cgroup.controllers"));
  const std::vector<std::string> available = absl::StrSplit(absl::StripAsciiWhitespace(controllers), ' ');
  for (const char* needed : {"memory", "pids"}) {
    if (std::find(available.begin(), available.end(), needed) == available.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the cgroup v2 controller ", needed, " is not delegated to ", parent));
    }
  }
  RemoveStale(parent);
  const std::string path = absl::StrCat(parent, "/", OwnPrefix(), ::getpid());
  const std::string supervisor = path + "/supervisor";
  const std::string zygotes = path + "/zygotes";
  RETURN_IF_ERROR(MakeOwned(path, uid, gid, {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}));
  hierarchies_.push_back({.controller = "unified", .path = path, .directory = {}, .join = {}});
  RETURN_IF_ERROR(MakeOwned(supervisor, ::geteuid(), ::getegid(), {}));
  RETURN_IF_ERROR(MakeOwned(zygotes, uid, gid, {"cgroup.procs"}));
  // Controllers can be handed down only by a group that holds no process itself.
  RETURN_IF_ERROR(WriteFileAt(AT_FDCWD, supervisor + "/cgroup.procs", "0"));
  RETURN_IF_ERROR(WriteFileAt(AT_FDCWD, parent + "/cgroup.subtree_control", "+memory +pids"));
  RETURN_IF_ERROR(WriteFileAt(AT_FDCWD, path + "/cgroup.subtree_control", "+memory +pids"));
  ASSIGN_OR_RETURN(hierarchies_.back().directory, OpenAt(AT_FDCWD, path, O_RDONLY | O_DIRECTORY));
  ASSIGN_OR_RETURN(hierarchies_.back().join, OpenAt(AT_FDCWD, zygotes + "/cgroup.procs", O_WRONLY));
  return absl::OkStatus();
}

absl::StatusOr<CgroupDelegation> CgroupDelegation::Create(uid_t uid, gid_t gid) {
  CgroupDelegation v2;
  const absl::Status no_v2 = v2.AddV2(uid, gid);
  if (no_v2.ok()) return v2;
  CgroupDelegation v1;
  const absl::Status no_v1 = v1.AddV1(uid, gid);
  if (no_v1.ok()) return v1;
  return absl::FailedPreconditionError(
      absl::StrCat("v2: ", absl::string_view(no_v2.message()), "; v1: ", absl::string_view(no_v1.message())));
}

CgroupDelegation::~CgroupDelegation() {
  for (const Hierarchy& hierarchy : hierarchies_) {
    if (hierarchy.join.valid()) LeaveLeaf(hierarchy.path);
    RemoveTree(hierarchy.path);
  }
}

std::vector<std::string> CgroupDelegation::ZygoteFlags(int first_fd) const {
  std::vector<std::string> flags;
  int fd = first_fd;
  for (const Hierarchy& hierarchy : hierarchies_) {
    const int directory = fd++;
    flags.push_back(hierarchy.join.valid() ? absl::StrCat("--cgroup=v2:", directory, ":", fd++)
                                           : absl::StrCat("--cgroup=v1:", hierarchy.controller, ":", directory));
  }
  return flags;
}

std::vector<int> CgroupDelegation::fds() const {
  std::vector<int> fds;
  for (const Hierarchy& hierarchy : hierarchies_) {
    fds.push_back(hierarchy.directory.get());
    if (hierarchy.join.valid()) fds.push_back(hierarchy.join.get());
  }
  return fds;
}

void CgroupDelegation::RemoveSandboxGroups(pid_t zygote) const {
  const std::string prefix = zygote == 0 ? "run-" : GroupPrefix(zygote);
  for (const Hierarchy& hierarchy : hierarchies_) {
    std::error_code ignored;
    std::vector<fs::path> groups;
    for (auto entry = fs::directory_iterator(hierarchy.path, ignored); !ignored && entry != fs::directory_iterator();
         entry.increment(ignored)) {
      if (absl::StartsWith(entry->path().filename().native().c_str(), prefix)) groups.push_back(entry->path());
    }
    for (const fs::path& group : groups) RemoveTree(group);
  }
}

}  // namespace skillrunner::sandbox

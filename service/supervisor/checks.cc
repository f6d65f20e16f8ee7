#include "supervisor/checks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/files.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "config/profiles.h"
#include "supervisor/port_file.h"

namespace skillrunner {
namespace {

absl::Status Refuse(absl::string_view sentence) {
  return absl::FailedPreconditionError(sentence);
}

// Whether `identity` may read the open directory. The file-system ids change the checks of this thread alone and drop
// the capabilities that override permissions for as long as they differ from root's.
bool CanRead(int directory, const Identity& identity) {
  const int group_before = ::setfsgid(identity.group);
  const int user_before = ::setfsuid(identity.user);
  const UniqueFd again(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::setfsuid(static_cast<uid_t>(user_before));
  ::setfsgid(static_cast<gid_t>(group_before));
  return again.valid();
}

absl::StatusOr<UniqueFd> OpenSkills(const std::string& path, const std::optional<Identity>& reader) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return Refuse(absl::StrCat("--skills: there is no directory ", path));
    if (errno == ENOTDIR) return Refuse(absl::StrCat("--skills: ", path, " is not a directory"));
    return Refuse(absl::StrCat("--skills: ", path, " cannot be read: ", ::strerror(errno)));
  }
  if (reader.has_value() && !CanRead(fd.get(), *reader)) {
    return Refuse(absl::StrCat("--skills: ", path, " cannot be read by user ", reader->user,
                               ", as whom the server runs: give others read and execute permission"));
  }
  return fd;
}

bool IsExecutableFile(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// The absolute path of an interpreter given by path or by name; empty where there is none.
std::string FindInterpreter(const std::string& given) {
  if (given.empty()) return "";
  if (given[0] == '/') return IsExecutableFile(given) ? given : "";
  for (absl::string_view directory : absl::StrSplit(kStandardPath, ':')) {
    std::string path = absl::StrCat(directory, "/", given);
    if (IsExecutableFile(path)) return path;
  }
  return "";
}

absl::Status FindInterpreters(Config& config) {
  const std::string python = FindInterpreter(config.python);
  if (python.empty() && !config.python.empty()) {
    const bool is_path = config.python[0] == '/';
    return Refuse(absl::StrCat(is_path ? "python3" : config.python, " was not found ", is_path ? "at " : "in ",
                               is_path ? config.python : kStandardPath,
                               ": install the package python3 or pass --python=PATH"));
  }
  config.python = python;
  for (const auto& [flag, field] : {std::pair("--node", &config.node), std::pair("--bash", &config.bash)}) {
    const std::string found = FindInterpreter(*field);
    // A bare name is only a wish: without it, examples of that language are refused one by one.
    if (found.empty() && !field->empty() && (*field)[0] == '/') {
      return Refuse(absl::StrCat(flag, "=", *field, " is not an executable file"));
    }
    *field = found;
  }
  return absl::OkStatus();
}

// Whether `identity` can list the directory by its path. As CanRead().
bool CanReach(const std::string& path, const std::optional<Identity>& identity) {
  if (!identity.has_value()) return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)).valid();
  const int group_before = ::setfsgid(identity->group);
  const int user_before = ::setfsuid(identity->user);
  const bool can = UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)).valid();
  ::setfsuid(static_cast<uid_t>(user_before));
  ::setfsgid(static_cast<gid_t>(group_before));
  return can;
}

// Where the packages are that `given`, a directory of them or a virtual environment, stands for.
absl::StatusOr<std::string> FindPackages(const std::string& given, const Prepared& prepared) {
  namespace fs = std::filesystem;
  const auto refuse = [&](absl::string_view what) {
    return Refuse(absl::StrCat("--python-packages: ", given, " ", what));
  };
  std::error_code error;
  if (!fs::is_directory(given, error)) return refuse(error ? "does not exist" : "is not a directory");
  fs::path directory = given;
  if (fs::exists(directory / "pyvenv.cfg", error)) {
    // `python3.11`, which is also where an environment for it has its packages.
    const std::string version = fs::canonical(prepared.config.python, error).filename();
    directory = directory / "lib" / version / "site-packages";
    if (!fs::is_directory(directory, error)) {
      return refuse(absl::StrCat("is a virtual environment without lib/", version, "/site-packages, where those of ",
                                 prepared.config.python, " would be"));
    }
  }
  // Sandboxes have it at this path, without any link that may lead there.
  const fs::path real = fs::canonical(directory, error);
  if (error) return refuse(absl::StrCat("cannot be read: ", error.message()));
  for (const char* own : {"/tmp", "/var/tmp", "/work", "/dev", "/proc", "/sys", "/etc", "/run"}) {
    if (absl::StartsWith(absl::StrCat(real.string(), "/"), absl::StrCat(own, "/"))) {
      return refuse(absl::StrCat("is below ", own, ", where sandboxes have files of their own: move it elsewhere"));
    }
  }
  if (real == "/" || real == "/var") return refuse("is more than packages");
  if (absl::StrContains(real.string(), ":") || absl::StrContains(real.string(), ",")) {
    return refuse(absl::StrCat("leads to ", real.string(), ", and neither a colon nor a comma can be in that"));
  }
  for (const std::optional<Identity>& reader : {prepared.server_identity, prepared.sandbox_identity}) {
    if (CanReach(real, reader)) continue;
    return refuse(absl::StrCat("cannot be read by ",
                               reader ? absl::StrCat("user ", reader->user) : std::string("this user"),
                               ": give others read and execute permission, on the directories above it too"));
  }
  return real.string();
}

// Copies of the built-in interpreter stand only for itself.
void DropProfilesOfOtherPython(Config& config) {
  if (config.python_profiles.empty()) return;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(config.python, error);
  if (!error && real == kEmbeddedPython) return;
  log::Info("Python programs start cold", {{"reason", absl::StrCat(config.python, " is not ", kEmbeddedPython)}});
  config.python_profiles.clear();
}

absl::Status StateFailure(const Config& config, absl::string_view what, int error) {
  return Refuse(absl::StrCat("--state-dir=", config.state_dir, " cannot be ", what, ": ", ::strerror(error)));
}

absl::StatusOr<UniqueFd> LockState(const Config& config, int directory) {
  UniqueFd lock(::openat(directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return StateFailure(config, "written", errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return StateFailure(config, "locked", errno);
    char holder[32] = {};
    const ssize_t got = ::pread(lock.get(), holder, sizeof(holder) - 1, 0);
    const absl::string_view pid = absl::StripSuffix(absl::string_view(holder, got > 0 ? got : 0), "\n");
    return Refuse(absl::StrCat("--state-dir=", config.state_dir, " is in use by another service, process ",
                               pid.empty() ? "unknown" : pid));
  }
  if (::ftruncate(lock.get(), 0) != 0) return StateFailure(config, "written", errno);
  const absl::Status written = WriteAll(lock.get(), absl::StrCat(::getpid(), "\n"));
  if (!written.ok()) return StateFailure(config, "written", errno);
  return lock;
}

absl::Status PrepareState(Prepared& prepared) {
  const Config& config = prepared.config;
  std::error_code error;
  std::filesystem::create_directories(config.state_dir, error);
  if (error) return StateFailure(config, "created", error.value());
  UniqueFd directory(::open(config.state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return StateFailure(config, "opened", errno);
  ASSIGN_OR_RETURN(prepared.lock, LockState(config, directory.get()));
  // The directory stays its operator's; what the server writes goes into a directory that is the server's.
  if (::mkdirat(directory.get(), "server", 0700) != 0 && errno != EEXIST) return StateFailure(config, "written", errno);
  prepared.state.reset(::openat(directory.get(), "server", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!prepared.state.valid()) return StateFailure(config, "written", errno);
  if (prepared.server_identity.has_value()) {
    const auto [user, group] = *prepared.server_identity;
    if (::fchown(prepared.state.get(), user, group) != 0) {
      return StateFailure(config, absl::StrCat("given to user ", user), errno);
    }
  } else if (::faccessat(prepared.state.get(), ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    return StateFailure(config, "written", errno);
  }
  return absl::OkStatus();
}

// As root: a user of its own for each sandbox, shared out between the zygotes.
absl::Status CheckUsers(const Config& config) {
  const int64_t zygotes = config.python_profiles.empty()
                              ? 1
                              : 1 + static_cast<int64_t>(config.python_profiles.size()) + config.learnt_python_profiles;
  const int64_t wanted = zygotes * (config.max_running + config.max_ready_sandboxes);
  if (config.sandbox_uids >= zygotes && config.sandbox_uids < wanted) {
    log::Warning("runs of one kind may find no user left",
                 {{"sandbox_uids", absl::StrCat(config.sandbox_uids)}, {"enough_for_all", absl::StrCat(wanted)}});
  }
  if (config.sandbox_uids == 0 || config.sandbox_uids >= zygotes) return absl::OkStatus();
  return Refuse(absl::StrCat("--sandbox-uids=", config.sandbox_uids, " is less than one for each of ", zygotes,
                             " zygotes: give more, or 0 for none"));
}

absl::StatusOr<UniqueFd> OpenExecutable(const Config& config, const char* name) {
  const std::string path = absl::StrCat(config.libexec_dir, "/", name);
  UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid() || !IsExecutableFile(path)) {
    return Refuse(absl::StrCat(name, " was not found in ", config.libexec_dir,
                               ": install it beside skill-runner or pass --libexec-dir=DIR"));
  }
  return fd;
}

}  // namespace

absl::StatusOr<Prepared> Prepare(const Config& config) {
  Prepared prepared;
  prepared.config = config;
  if (::geteuid() == 0) {
    prepared.server_identity = Identity{static_cast<uid_t>(config.server_uid), static_cast<gid_t>(config.server_uid)};
    prepared.sandbox_identity =
        Identity{static_cast<uid_t>(config.sandbox_uid), static_cast<gid_t>(config.sandbox_uid)};
  }
  for (const std::string& path : config.skills) {
    ASSIGN_OR_RETURN(UniqueFd fd, OpenSkills(path, prepared.server_identity));
    prepared.skills.push_back(std::move(fd));
  }
  RETURN_IF_ERROR(FindInterpreters(prepared.config));
  for (std::string& directory : prepared.config.python_packages) {
    ASSIGN_OR_RETURN(directory, FindPackages(directory, prepared));
  }
  DropProfilesOfOtherPython(prepared.config);
  if (prepared.sandbox_identity.has_value()) RETURN_IF_ERROR(CheckUsers(prepared.config));
  RETURN_IF_ERROR(PrepareState(prepared));
  ASSIGN_OR_RETURN(prepared.server_executable, OpenExecutable(config, "skill-server"));
  ASSIGN_OR_RETURN(prepared.zygote_executable, OpenExecutable(config, "skill-zygote-exec"));
  if (!prepared.config.python_profiles.empty()) {
    ASSIGN_OR_RETURN(prepared.python_zygote_executable, OpenExecutable(config, "skill-zygote-python"));
  }
  RETURN_IF_ERROR(ClearPortFile(config.port_file));
  return prepared;
}

}  // namespace skillrunner

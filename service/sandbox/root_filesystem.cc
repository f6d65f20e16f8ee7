#include "sandbox/root_filesystem.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

namespace fs = std::filesystem;

// Any directory that exists everywhere; what it holds is only covered in our own mount namespace.
constexpr char kBuildDirectory[] = "/tmp";

constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom"};

// Copied rather than bound: every mount makes every sandbox dearer.
constexpr const char* kEtcFiles[] = {"alternatives",
                                     "ca-certificates",
                                     "ca-certificates.conf",
                                     "ld.so.cache",
                                     "ld.so.conf",
                                     "ld.so.conf.d",
                                     "localtime",
                                     "magic",
                                     "mime.types",
                                     "protocols",
                                     "services",
                                     "python3",
                                     "python3.11",
                                     "ssl/certs",
                                     "ssl/openssl.cnf",
                                     "java-17-openjdk",
                                     "bash.bashrc",
                                     "inputrc",
                                     "terminfo",
                                     "rpc"};

// What /proc says of the host and no program needs; covered by an empty file. Each costs every sandbox a mount.
constexpr const char* kHostFacts[] = {"/proc/cmdline",     "/proc/config.gz",  "/proc/diskstats",
                                      "/proc/interrupts",  "/proc/iomem",      "/proc/kallsyms",
                                      "/proc/keys",        "/proc/modules",    "/proc/partitions",
                                      "/proc/sched_debug", "/proc/timer_list", "/proc/sys/kernel/random/boot_id"};
constexpr char kEmptyFile[] = "/run/empty";

// The kernel counts these for the user who made a namespace as well, for all sandboxes together: one must not take them
// all.
struct UserLimit {
  const char* file;
  absl::string_view each;
};
constexpr UserLimit kUserLimits[] = {{"/proc/sys/user/max_inotify_instances", "16"},
                                     {"/proc/sys/user/max_inotify_watches", "8192"}};

constexpr uintmax_t kLargestEtcFile = 4 << 20;

StepResult MakeDirectory(const std::string& path, mode_t mode = 0755) {
  SKILLRUNNER_STEP_UNLESS(EEXIST, ::mkdir(path.c_str(), mode), absl::StrCat("mkdir ", path));
  return std::nullopt;
}

StepResult MakeSymlink(const std::string& target, const std::string& path) {
  SKILLRUNNER_STEP(::symlink(target.c_str(), path.c_str()), absl::StrCat("symlink ", path));
  return std::nullopt;
}

StepResult MakeFile(const std::string& path, absl::string_view content) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  SKILLRUNNER_STEP(fd.get(), absl::StrCat("create ", path));
  SKILLRUNNER_STATUS_STEP(WriteAll(fd.get(), content), absl::StrCat("write ", path));
  return std::nullopt;
}

// Binds with everything mounted below, then makes all of it read-only and without set-uid effect.
StepResult BindReadOnly(const std::string& source, const std::string& target, uint64_t extra_attributes) {
  SKILLRUNNER_STEP(::mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
                   absl::StrCat("bind ", source));
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | extra_attributes;
  attributes.propagation = MS_PRIVATE;
  SKILLRUNNER_STEP(::mount_setattr(AT_FDCWD, target.c_str(), AT_RECURSIVE, &attributes, sizeof(attributes)),
                   absl::StrCat("make ", source, " read-only"));
  return std::nullopt;
}

// Best effort: what cannot be read here is not there for programs either.
void CopyTree(const fs::path& source, const fs::path& target) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(source, ignored);
  if (fs::is_symlink(status)) {
    fs::copy_symlink(source, target, ignored);
  } else if (fs::is_directory(status)) {
    fs::create_directories(target, ignored);
    for (auto entry = fs::directory_iterator(source, fs::directory_options::skip_permission_denied, ignored);
         entry != fs::directory_iterator(); entry.increment(ignored)) {
      if (ignored) break;
      CopyTree(entry->path(), target / entry->path().filename());
    }
  } else if (fs::is_regular_file(status) && fs::file_size(source, ignored) <= kLargestEtcFile) {
    fs::create_directories(target.parent_path(), ignored);
    fs::copy_file(source, target, ignored);
  }
}

StepResult BuildEtc(const std::string& etc) {
  SKILLRUNNER_TRY_STEP(MakeDirectory(etc));
  SKILLRUNNER_TRY_STEP(MakeDirectory(etc + "/ssl"));
  for (const char* name : kEtcFiles) CopyTree(fs::path("/etc") / name, fs::path(etc) / name);
  SKILLRUNNER_TRY_STEP(MakeFile(etc + "/passwd",
                                "root:x:0:0:root:/root:/usr/sbin/nologin\n"
                                "skill:x:1000:1000:skill:/work:/bin/sh\n"
                                "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"));
  SKILLRUNNER_TRY_STEP(MakeFile(etc + "/group", "root:x:0:\nskill:x:1000:\nnogroup:x:65534:\n"));
  SKILLRUNNER_TRY_STEP(MakeFile(etc + "/hostname", "sandbox\n"));
  SKILLRUNNER_TRY_STEP(MakeFile(etc + "/hosts", "127.0.0.1 localhost sandbox\n::1 localhost ip6-localhost\n"));
  SKILLRUNNER_TRY_STEP(
      MakeFile(etc + "/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"));
  // TEST-NET-1 (RFC 5737) has no route in a sandbox: a look-up fails at once, and the kernel counts the attempt.
  return MakeFile(etc + "/resolv.conf", "nameserver 192.0.2.1\noptions timeout:1 attempts:1\n");
}

StepResult BuildDev(const std::string& dev) {
  SKILLRUNNER_TRY_STEP(MakeDirectory(dev));
  for (const char* name : kDevices) {
    const std::string target = absl::StrCat(dev, "/", name);
    SKILLRUNNER_TRY_STEP(MakeFile(target, ""));
    SKILLRUNNER_STEP(::mount(absl::StrCat("/dev/", name).c_str(), target.c_str(), nullptr, MS_BIND, nullptr),
                     absl::StrCat("bind /dev/", name));
    // Its times are the host's. Writing to a device is none to its file system.
    SKILLRUNNER_STEP(
        ::mount(nullptr, target.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC, nullptr),
        absl::StrCat("make /dev/", name, " read-only"));
  }
  SKILLRUNNER_TRY_STEP(MakeDirectory(dev + "/shm"));
  SKILLRUNNER_TRY_STEP(MakeDirectory(dev + "/pts"));
  SKILLRUNNER_TRY_STEP(MakeSymlink("pts/ptmx", dev + "/ptmx"));
  SKILLRUNNER_TRY_STEP(MakeSymlink("/proc/self/fd", dev + "/fd"));
  SKILLRUNNER_TRY_STEP(MakeSymlink("/proc/self/fd/0", dev + "/stdin"));
  SKILLRUNNER_TRY_STEP(MakeSymlink("/proc/self/fd/1", dev + "/stdout"));
  return MakeSymlink("/proc/self/fd/2", dev + "/stderr");
}

StepResult BuildSystem(const std::string& root) {
  SKILLRUNNER_TRY_STEP(MakeDirectory(root + "/usr"));
  SKILLRUNNER_TRY_STEP(BindReadOnly("/usr", root + "/usr", MOUNT_ATTR_NODEV));
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    const std::string source = absl::StrCat("/", name);
    struct stat status {};
    if (::lstat(source.c_str(), &status) == -1) continue;
    if (S_ISLNK(status.st_mode)) {
      std::error_code ignored;
      SKILLRUNNER_TRY_STEP(MakeSymlink(fs::read_symlink(source, ignored), root + source));
    } else {
      SKILLRUNNER_TRY_STEP(MakeDirectory(root + source));
      SKILLRUNNER_TRY_STEP(BindReadOnly(source, root + source, MOUNT_ATTR_NODEV));
    }
  }
  return std::nullopt;
}

StepResult Show(const std::string& directory, const std::string& root) {
  // What lies in a directory that is there already, as below /usr, is shown with it.
  const std::string target = root + directory;
  if (::access(target.c_str(), F_OK) == 0) return std::nullopt;
  for (size_t slash = directory.find('/', 1); slash != std::string::npos; slash = directory.find('/', slash + 1)) {
    SKILLRUNNER_TRY_STEP(MakeDirectory(root + directory.substr(0, slash)));
  }
  SKILLRUNNER_TRY_STEP(MakeDirectory(target));
  return BindReadOnly(directory, target, MOUNT_ATTR_NODEV);
}

StepResult MountTmpfs(const char* target, mode_t mode, int64_t bytes) {
  // An inode for every page: files smaller than a page are the worst case.
  const std::string options = absl::StrFormat("mode=%o,size=%d,nr_inodes=%d", mode, bytes, bytes / 4096 + 64);
  SKILLRUNNER_STEP(::mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()),
                   absl::StrCat("mount tmpfs on ", target));
  return std::nullopt;
}

}  // namespace

StepResult BuildAndEnterRoot(const std::vector<std::string>& shown) {
  ::umask(0022);
  const std::string root = kBuildDirectory;
  SKILLRUNNER_STEP(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  SKILLRUNNER_STEP(::mount("tmpfs", kBuildDirectory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=16m"),
                   "mount tmpfs for the root");
  SKILLRUNNER_TRY_STEP(BuildSystem(root));
  // A directory before those in it, which are then there.
  for (const std::string& directory : std::set<std::string>(shown.begin(), shown.end())) {
    SKILLRUNNER_TRY_STEP(Show(directory, root));
  }
  SKILLRUNNER_TRY_STEP(BuildEtc(root + "/etc"));
  SKILLRUNNER_TRY_STEP(BuildDev(root + "/dev"));
  for (const char* name : {"/proc", "/tmp", "/work", "/run", "/run/lock", "/var"}) {
    SKILLRUNNER_TRY_STEP(MakeDirectory(root + name));
  }
  SKILLRUNNER_TRY_STEP(MakeSymlink("../tmp", root + "/var/tmp"));
  // Stays below each sandbox's own /proc: the kernel allows a fresh procfs only where a complete one is visible, and
  // the init writes its id maps through it.
  SKILLRUNNER_STEP(::mount("/proc", (root + "/proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr), "bind /proc");
  SKILLRUNNER_TRY_STEP(MakeFile(root + kEmptyFile, ""));
  SKILLRUNNER_STEP(
      ::mount(nullptr, kBuildDirectory, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr),
      "make the root read-only");
  SKILLRUNNER_STEP(::chdir(kBuildDirectory), "chdir into the root");
  SKILLRUNNER_STEP(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
  SKILLRUNNER_STEP(::umount2(".", MNT_DETACH), "unmount the old root");
  SKILLRUNNER_STEP(::chdir("/"), "chdir /");
  return std::nullopt;
}

StepResult MountFreshProc() {
  SKILLRUNNER_STEP(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr), "mount proc");
  return std::nullopt;
}

namespace {

StepResult HideHostFacts() {
  for (const char* path : kHostFacts) {
    SKILLRUNNER_STEP_UNLESS(ENOENT, ::mount(kEmptyFile, path, nullptr, MS_BIND, nullptr), absl::StrCat("cover ", path));
  }
  return std::nullopt;
}

StepResult LimitInotify() {
  for (const auto& [file, each] : kUserLimits) {
    const UniqueFd fd(::open(file, O_WRONLY | O_CLOEXEC));
    SKILLRUNNER_STEP(fd.get(), absl::StrCat("open ", file));
    SKILLRUNNER_STEP(::write(fd.get(), each.data(), each.size()), absl::StrCat("write ", file));
  }
  return std::nullopt;
}

}  // namespace

StepResult MountSandboxOwn(const SandboxLimits& limits, bool fresh_proc) {
  SKILLRUNNER_TRY_STEP(MountTmpfs("/tmp", 01777, limits.disk_bytes));
  SKILLRUNNER_TRY_STEP(MountTmpfs("/work", 0755, limits.disk_bytes));
  SKILLRUNNER_TRY_STEP(MountTmpfs("/dev/shm", 01777, limits.disk_bytes));
  SKILLRUNNER_STEP(
      ::mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,max=64"),
      "mount devpts");
  if (fresh_proc) {
    SKILLRUNNER_TRY_STEP(MountFreshProc());
    SKILLRUNNER_TRY_STEP(LimitInotify());
    SKILLRUNNER_TRY_STEP(HideHostFacts());
  } else {
    SKILLRUNNER_STEP(::mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
                             "mode=555,size=4k,nr_inodes=1"),
                     "cover /proc");
  }
  return std::nullopt;
}

}  // namespace skillrunner::sandbox

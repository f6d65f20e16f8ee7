#include "catalog/descriptor_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "base/utf8.h"
#include "catalog/descriptor.h"

namespace skillrunner::catalog {
namespace {

constexpr int kReadFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::string ErrorText(int error) {
  char buffer[128];
  return ::strerror_r(error, buffer, sizeof buffer);
}

bool IsDescriptorName(absl::string_view name) {
  return absl::EndsWithIgnoreCase(name, ".md");
}

FileKind KindOf(absl::string_view name, bool in_material) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (lower == "skill.md") return FileKind::kSkill;
  if (absl::StrContains(lower, "template")) return FileKind::kTemplate;
  if (absl::StartsWith(lower, "_draft_")) return FileKind::kDraft;
  if (in_material) return FileKind::kMaterial;
  if (lower == "index.md") return FileKind::kIndex;
  if (lower == "readme.md") return FileKind::kReadme;
  if (lower == "persona.md") return FileKind::kPersona;
  for (const absl::string_view known : {"changelog.md", "contributing.md", "license.md"}) {
    if (lower == known) return FileKind::kOther;
  }
  return FileKind::kDescriptor;
}

int64_t Nanos(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileStamp StampOf(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified_nanos = Nanos(status.st_mtim),
          .changed_nanos = Nanos(status.st_ctim)};
}

bool IsMaterialDirectory(absl::string_view name) {
  for (const absl::string_view known : {"examples", "exemples", "exemplos", "references", "assets"}) {
    if (absl::EqualsIgnoreCase(name, known)) return true;
  }
  return false;
}

class Walker {
 public:
  Walker(const Root& root, FileVisitor* visitor, std::vector<Diagnostic>* diagnostics)
      : root_(root), visitor_(visitor), diagnostics_(diagnostics) {}

  void Walk() {
    const UniqueFd top = OpenRoot(root_);
    if (!top.valid()) {
      Unreadable("root-unreadable", absl::StrCat("the descriptor directory cannot be read: ", ErrorText(errno)), "");
      return;
    }
    top_ = top.get();
    Directory(UniqueFd(::fcntl(top.get(), F_DUPFD_CLOEXEC, 0)), "", 0, false);
  }

 private:
  void Report(std::string code, Severity severity, std::string message, const std::string& path) {
    diagnostics_->push_back(
        {std::move(code), severity, std::move(message), {ReplaceInvalidUtf8(path), 0, 0}, root_.display_path});
  }

  void Directory(UniqueFd fd, const std::string& path, int depth, bool in_material) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !visited_.insert({status.st_dev, status.st_ino}).second) {
      Report("symlink-loop", Severity::kWarning, "the directory was read before under another name", path);
      return;
    }
    const int directory = fd.get();
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory), ::closedir);
    if (stream == nullptr) {
      Unreadable("unreadable-directory", absl::StrCat("the directory cannot be read: ", ErrorText(errno)), path);
      return;
    }
    fd.release();  // the stream owns it now
    visitor_->OnDirectory(directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const absl::string_view name = entry->d_name;
      // "..data" and the directory behind it: a Kubernetes volume shows its files as links to there.
      if (name == "." || absl::StartsWith(name, "..") || name == ".git" || name == "node_modules" ||
          absl::StartsWith(name, ".#"))
        continue;
      if (++entries_ > kMaxDirectoryEntries) {
        if (entries_ == kMaxDirectoryEntries + 1) {
          Unreadable("too-many-entries",
                     absl::StrCat("there are more than ", kMaxDirectoryEntries, " entries; the rest is not read"),
                     path);
        }
        break;
      }
      names.emplace_back(name);
      errno = 0;
    }
    if (errno != 0)
      Unreadable("unreadable-directory", absl::StrCat("the directory cannot be read: ", ErrorText(errno)), path);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
      Entry(directory, name, path.empty() ? name : absl::StrCat(path, "/", name), depth, in_material);
  }

  void Entry(int directory, const std::string& name, const std::string& path, int depth, bool in_material) {
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;  // gone since the directory was listed
      Unreadable("unreadable-file", absl::StrCat("the file cannot be read: ", ErrorText(errno)), path);
      return;
    }
    if (S_ISLNK(status.st_mode)) {
      Link(path, name, depth, in_material);
    } else if (S_ISDIR(status.st_mode)) {
      UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      const int error = errno;
      Subdirectory(std::move(fd), error, name, path, depth, in_material);
    } else if (IsDescriptorName(name)) {
      // Not opened to find out: opening a device can have effects of its own.
      if (!S_ISREG(status.st_mode)) return NotRegular(path);
      const FoundFile file{path, KindOf(name, in_material), StampOf(status)};
      if (!Counts(file) || !visitor_->Wants(file)) return;
      UniqueFd fd(::openat(directory, name.c_str(), kReadFlags | O_NOFOLLOW));
      const int error = errno;
      File(std::move(fd), error, file);
    }
  }

  void Link(const std::string& path, const std::string& name, int depth, bool in_material) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    UniqueFd target(static_cast<int>(::syscall(SYS_openat2, top_, path.c_str(), &how, sizeof how)));
    if (!target.valid()) {
      const int error = errno;
      if (error == EXDEV) {
        Report("symlink-escapes-root", Severity::kWarning,
               "the symbolic link leads out of the descriptor directory; not followed", path);
      } else if (error == ELOOP) {
        Report("symlink-loop", Severity::kWarning, "the symbolic link leads to itself", path);
      } else if (error == ENOSYS || error == EPERM) {
        Report("symlink-not-followed", Severity::kWarning, "symbolic links are not followed on this system", path);
      } else if (IsDescriptorName(name)) {
        Unreadable("unreadable-file", absl::StrCat("the symbolic link cannot be followed: ", ErrorText(error)), path);
      }
      return;
    }
    // What the O_PATH descriptor refers to cannot be swapped any more between the look and the open.
    struct stat status {};
    if (::fstat(target.get(), &status) != 0) return;
    const bool is_directory = S_ISDIR(status.st_mode);
    if (!is_directory && !IsDescriptorName(name)) return;
    if (!is_directory && !S_ISREG(status.st_mode)) return NotRegular(path);
    if (!is_directory) visitor_->OnLinkedFile(target.get());
    const FoundFile file{path, KindOf(name, in_material), StampOf(status)};
    if (!is_directory && (!Counts(file) || !visitor_->Wants(file))) return;
    UniqueFd fd(
        ::open(absl::StrCat("/proc/self/fd/", target.get()).c_str(), kReadFlags | (is_directory ? O_DIRECTORY : 0)));
    const int error = errno;
    if (is_directory) {
      Subdirectory(std::move(fd), error, name, path, depth, in_material);
    } else {
      File(std::move(fd), error, file);
    }
  }

  // Whether the file is within the limits.
  bool Counts(const FoundFile& file) {
    const auto size = static_cast<size_t>(file.stamp.size);
    if (size > kMaxDescriptorBytes) {
      TooLarge(file.path);
    } else if (total_ + size > kMaxDescriptorTotal) {
      Unreadable("too-many-bytes", absl::StrCat("the descriptors before it have ", total_, " bytes; not read"),
                 file.path);
    } else {
      total_ += size;
      return true;
    }
    return false;
  }

  void TooLarge(const std::string& path) {
    Unreadable("file-too-large", absl::StrCat("the file is larger than ", kMaxDescriptorBytes, " bytes"), path);
  }

  void Subdirectory(UniqueFd fd, int error, const std::string& name, const std::string& path, int depth,
                    bool in_material) {
    if (!fd.valid()) {
      Unreadable("unreadable-directory", absl::StrCat("the directory cannot be read: ", ErrorText(error)), path);
    } else if (depth + 1 > kMaxDirectoryDepth) {
      Unreadable("directory-too-deep",
                 absl::StrCat("directories deeper than ", kMaxDirectoryDepth, " levels are not read"), path);
    } else {
      Directory(std::move(fd), path, depth + 1, in_material || IsMaterialDirectory(name));
    }
  }

  void Unreadable(std::string code, std::string message, const std::string& path) {
    Report(std::move(code), Severity::kError, std::move(message), path);
    visitor_->OnUnreadable(path);
  }

  void NotRegular(const std::string& path) { Unreadable("not-a-regular-file", "only regular files are read", path); }

  void File(UniqueFd fd, int error, FoundFile file) {
    const std::string& path = file.path;
    if (!fd.valid()) {
      Unreadable("unreadable-file", absl::StrCat("the file cannot be read: ", ErrorText(error)), path);
      return;
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return NotRegular(path);
    file.stamp = StampOf(status);
    std::string bytes;
    // The size is a hint: the file may grow while it is read.
    bytes.resize(std::min(static_cast<size_t>(status.st_size), kMaxDescriptorBytes) + 1);
    size_t used = 0;
    while (used <= kMaxDescriptorBytes) {
      if (used == bytes.size()) bytes.resize(std::min(2 * bytes.size(), kMaxDescriptorBytes + 1));
      const ssize_t count = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        Unreadable("unreadable-file", absl::StrCat("the file cannot be read: ", ErrorText(errno)), path);
        return;
      }
      if (count == 0) break;
      used += static_cast<size_t>(count);
    }
    bytes.resize(used);
    if (used > kMaxDescriptorBytes) return TooLarge(path);
    visitor_->OnFile(file, bytes);
  }

  const Root& root_;
  FileVisitor* visitor_;
  std::vector<Diagnostic>* diagnostics_;
  int top_ = -1;
  int entries_ = 0;
  size_t total_ = 0;
  std::set<std::pair<dev_t, ino_t>> visited_;  // directories: a link may lead to one again
};

}  // namespace

UniqueFd OpenRoot(const Root& root) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  if (absl::StartsWith(root.display_path, "/")) {
    UniqueFd named(::open(root.display_path.c_str(), kFlags));
    if (named.valid()) return named;
  }
  UniqueFd held(::open(root.access_path.c_str(), kFlags));
  struct stat status {};
  if (held.valid() && ::fstat(held.get(), &status) == 0 && status.st_nlink == 0) {
    held.reset();
    errno = ENOENT;
  }
  return held;
}

void ReadDescriptorFiles(const Root& root, FileVisitor* visitor, std::vector<Diagnostic>* diagnostics) {
  Walker(root, visitor, diagnostics).Walk();
}

const char* FileKindName(FileKind kind) {
  switch (kind) {
    case FileKind::kSkill:
      return "skill";
    case FileKind::kDescriptor:
      return "descriptor";
    case FileKind::kMaterial:
      return "material";
    case FileKind::kIndex:
      return "index";
    case FileKind::kReadme:
      return "readme";
    case FileKind::kPersona:
      return "persona";
    case FileKind::kTemplate:
      return "template";
    case FileKind::kDraft:
      return "draft";
    case FileKind::kOther:
      return "other";
  }
  return "other";
}

}  // namespace skillrunner::catalog

// Finds and reads the Markdown files below a directory that is not trusted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// A directory of descriptors.
struct Root {
  std::string display_path;  // what people see in messages
  std::string access_path;   // what is opened; may be /proc/self/fd/N
};

// The directory as it is now. Where its name is an absolute path that can be opened, what the name leads to: it may be
// another directory than the one access_path has held since the start. Else what access_path leads to, unless that has
// been deleted. None, with errno, where neither can be had.
UniqueFd OpenRoot(const Root& root);

inline constexpr int kMaxDirectoryDepth = 16;
inline constexpr int kMaxDirectoryEntries = 100'000;      // per root
inline constexpr size_t kMaxDescriptorTotal = 256 << 20;  // bytes per root

// What the name and place of a file say it is.
enum class FileKind {
  kSkill,       // SKILL.md: the descriptor of its directory, wherever it lies
  kDescriptor,  // any other Markdown file: a skill, or a sub-file where a directory above has a SKILL.md
  kMaterial,    // below `examples`, `exemples`, `exemplos`, `references` or `assets`
  kIndex,       // INDEX.md
  kReadme,      // README.md
  kPersona,     // PERSONA.md
  kTemplate,    // `template` is in its name
  kDraft,       // _draft_*
  kOther,       // CHANGELOG.md, CONTRIBUTING.md, LICENSE.md
};

// When it is equal, the content is. (But for a change within the same tick of the kernel's clock: see `time_nanos`.)
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified_nanos = 0;
  int64_t changed_nanos = 0;
  bool operator==(const FileStamp&) const = default;
};

struct FoundFile {
  std::string path;  // relative to the root
  FileKind kind = FileKind::kDescriptor;
  FileStamp stamp;
};

class FileVisitor {
 public:
  virtual ~FileVisitor() = default;
  // A directory is about to be listed; `fd` is open on it during the call.
  virtual void OnDirectory(int /*fd*/) {}
  // A symbolic link leads to this file, which may have any name and be in a directory that is not listed; `fd` refers
  // to it (O_PATH) during the call.
  virtual void OnLinkedFile(int /*fd*/) {}
  // Whether the bytes of the file are wanted. Its stamp is that of the moment it was found.
  virtual bool Wants(const FoundFile& /*file*/) { return true; }
  // The stamp is that of the moment before the bytes were read.
  virtual void OnFile(const FoundFile& file, const std::string& bytes) = 0;
  // Something of that name is there, and could not be read; a diagnostic says why. Empty: the root itself.
  virtual void OnUnreadable(const std::string& /*path*/) {}
};

// Visits every regular file `*.md` below `root`, in the order of the bytes of their paths' components. `.git` and
// `node_modules` are left out, what editors call `.#name`, and names that start with two dots: Kubernetes has the files
// of a volume there, and links to them beside it.
//
// What is not read is a diagnostic, never an error: `root-unreadable`, `unreadable-directory`, `unreadable-file`,
// `file-too-large`, `not-a-regular-file`, `symlink-escapes-root`, `symlink-loop`, `directory-too-deep`,
// `too-many-entries`, `too-many-bytes`. Symbolic links are followed as long as they stay below the root. Nothing blocks
// on a FIFO or a device. Where the kernel has no openat2(2), no symbolic link is followed.
void ReadDescriptorFiles(const Root& root, FileVisitor* visitor, std::vector<Diagnostic>* diagnostics);

// `index`, `readme`, `persona`, `template`, `draft`, `material`, `other`; for skills `skill` and `descriptor`.
const char* FileKindName(FileKind kind);

}  // namespace skillrunner::catalog

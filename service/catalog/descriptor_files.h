// Finds and reads the descriptor files below a directory that is not trusted.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/skill.h"

namespace skillrunner::catalog {

// A directory of descriptors.
struct Root {
  std::string display_path;  // what people see in messages
  std::string access_path;   // what is opened; may be /proc/self/fd/N
};

inline constexpr int kMaxDirectoryDepth = 16;
inline constexpr int kMaxDirectoryEntries = 100'000;      // per root
inline constexpr size_t kMaxDescriptorTotal = 256 << 20;  // bytes read per root

// Calls `found(path, bytes)` for every descriptor below `root`, in the order of the bytes of their paths' components;
// paths are relative to the root. Descriptors are the regular files `*.md` that are not known to be something else:
// INDEX, README, PERSONA, CHANGELOG, CONTRIBUTING and LICENSE files, templates, drafts (`_draft_*`), and what lies
// under `examples`, `exemples`, `exemplos`, `references`, `assets` (a SKILL.md there is one, though). `.git` and
// `node_modules` are left out.
//
// What is not read is a diagnostic, never an error: `root-unreadable`, `unreadable-directory`, `unreadable-file`,
// `file-too-large`, `not-a-regular-file`, `not-a-skill`, `symlink-escapes-root`, `symlink-loop`, `directory-too-deep`,
// `too-many-entries`, `too-many-bytes`. Symbolic links are followed as long as they stay below the root. Nothing blocks
// on a FIFO or a device. Where the kernel has no openat2(2), no symbolic link is followed.
void ReadDescriptorFiles(const Root& root,
                         const std::function<void(const std::string& path, const std::string& bytes)>& found,
                         std::vector<Diagnostic>* diagnostics);

}  // namespace skillrunner::catalog

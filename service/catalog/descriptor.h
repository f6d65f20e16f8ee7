// One descriptor file's bytes -> a skill, or why there is none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxDescriptorBytes = 8 << 20;

struct ParsedDescriptor {
  std::optional<Skill> skill;           // with its diagnostics in it
  std::vector<Diagnostic> diagnostics;  // why there is no skill; empty if there is one
};

// Reads any bytes: format A (Portuguese or English headings, no front matter) and the front matter formats; both become
// the same Skill.
//
// Id: `name` of the front matter, else the first-level heading without `Skill:`, else the directory of a SKILL.md, else
// the file's name; as a slug. A byte order mark is ignored; LF, CRLF and CR end lines; invalid UTF-8 is replaced
// everywhere but in the source of examples. There is no skill where the file is empty (`empty-file`), larger than
// kMaxDescriptorBytes (`file-too-large`) or of more than 100,000 lines
// (`too-many-lines`); everything else is a diagnostic of the skill, at most 100 of them.
//
// `path`, relative to the root, goes into positions. Pure: no state, any thread. Never throws; time is linear in the
// size, memory below 256 MiB.
ParsedDescriptor ParseDescriptor(absl::string_view bytes, const std::string& path);

}  // namespace skillrunner::catalog

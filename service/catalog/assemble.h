// Files of the descriptor roots -> a snapshot: which are skills, which are parts of one, who keeps a contested id.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/catalog.h"
#include "catalog/descriptor_files.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// A file by itself. `skill` is null where it cannot be one; `diagnostics` says why.
struct ParsedFile {
  std::shared_ptr<const Skill> skill;  // its id is the one it asks for
  std::vector<Diagnostic> diagnostics;
};

ParsedFile ParseFile(const Root& root, const std::string& path, absl::string_view bytes);

struct AssembledFile {
  size_t root = 0;  // index
  std::string path;
  FileKind kind = FileKind::kDescriptor;
  std::shared_ptr<const ParsedFile> parsed;
  std::string kept_because;  // not empty: `parsed` is older than the file, which is broken in this way
};

// `files` ordered by root, then path. A SKILL.md is a skill. Another descriptor or material below a directory with a
// SKILL.md is a part of the nearest one; a descriptor elsewhere is a skill; the rest are documents, each with a
// `not-a-skill` notice. Of several skills with one id the first keeps it and the others get `-2`, `-3`, ...; each pair
// gets an `id-collision` warning that names the other file, in both skills and in the snapshot. A skill that has
// neither parts nor a collision is the very object that was parsed.
std::shared_ptr<const Snapshot> Assemble(const std::vector<Root>& roots, const std::vector<AssembledFile>& files,
                                         std::vector<Diagnostic> diagnostics);

}  // namespace skillrunner::catalog

// The skills of all descriptor directories, as they were at one moment.
//
//   auto snapshot = LoadSnapshot({{"skills", "/srv/skills"}});
//   if (auto skill = snapshot->find("python-async-io")) Use(skill->examples);
#pragma once

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/descriptor_files.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// Immutable: share it between threads without locks. A skill may outlive its snapshot.
class Snapshot {
 public:
  Snapshot() = default;
  // `skills` in any order, with distinct ids.
  Snapshot(std::vector<std::shared_ptr<const Skill>> skills, std::vector<Document> documents,
           std::vector<Diagnostic> diagnostics);

  // Sorted by id.
  const std::vector<std::shared_ptr<const Skill>>& skills() const { return skills_; }

  // The skill of that id; null if there is none.
  std::shared_ptr<const Skill> find(absl::string_view id) const;

  // Markdown files that are no skills, ordered by root and path.
  const std::vector<Document>& documents() const { return documents_; }

  // About files and directories that did not become skills, and about ids that collide. What there is to say about a
  // loaded file is in its Skill.
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<std::shared_ptr<const Skill>> skills_;
  std::vector<Document> documents_;
  std::vector<Diagnostic> diagnostics_;
};

// The example of that id; null if the skill has none. Lives as long as `skill`.
const Example* FindExample(const Skill& skill, absl::string_view id);

// Reads all roots, once: a project's directory goes before the user's, because the first of several skills with one id
// keeps it (assemble.h). Never fails: what cannot be read is a diagnostic. Blocks on the disk; at most 8 MiB a file,
// 256 MiB a root. To read again what changes, see loader.h.
std::shared_ptr<const Snapshot> LoadSnapshot(const std::vector<Root>& roots);

}  // namespace skillrunner::catalog

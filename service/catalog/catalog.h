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
  // `skills` in any order, with distinct ids.
  Snapshot(std::vector<std::shared_ptr<const Skill>> skills, std::vector<Diagnostic> diagnostics);

  // Sorted by id.
  const std::vector<std::shared_ptr<const Skill>>& skills() const { return skills_; }

  // The skill of that id; null if there is none.
  std::shared_ptr<const Skill> find(absl::string_view id) const;

  // About files and directories that did not become skills, and about ids that collide. What there is to say about a
  // loaded file is in its Skill.
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<std::shared_ptr<const Skill>> skills_;
  std::vector<Diagnostic> diagnostics_;
};

// The example of that id; null if the skill has none. Lives as long as `skill`.
const Example* FindExample(const Skill& skill, absl::string_view id);

// Reads all roots, in order. Never fails: what cannot be read is a diagnostic. Of several descriptors with one id, the
// first of the first root keeps it; the others get
// `-2`, `-3`, ...; each pair gets an `id-collision` warning that names the other file, in both skills and in the
// snapshot. Blocks on the disk; at most 8 MiB a file, 256 MiB a root.
std::shared_ptr<const Snapshot> LoadSnapshot(const std::vector<Root>& roots);

}  // namespace skillrunner::catalog

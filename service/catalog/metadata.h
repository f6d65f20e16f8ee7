// The typed view of front matter, and the family of a descriptor.
#pragma once

#include <string>

#include "catalog/front_matter.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

Metadata ReadMetadata(const FrontMatter& front_matter);

// The family of a descriptor, for `Skill::format`:
//   `v1-flat`       no front matter
//   `brain`         front matter with level, status, tags or triggers
//   `adr-001`       front matter with keywords and category
//   `baseline`      as adr-001, with language_version or sources
//   `jit`           a sub-file: `type: skill-session`, or a name or label that says so
//   `agent-skill`   front matter with no other keys than those of the Agent Skills specification
//   `hefesto`       as agent-skill, with `metadata` as the path of a file
//   `front-matter`  any other front matter
// `names_parent`: the text has a `Parent skill:` or `Load JIT` label.
std::string DescriptorFamily(const FrontMatter& front_matter, bool names_parent);

}  // namespace skillrunner::catalog

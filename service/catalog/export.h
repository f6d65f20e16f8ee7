// Skills in the forms of other tools. Pure, any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/skill.h"

namespace skillrunner::catalog {

struct ExportedFile {
  std::string path;  // relative to the skill's directory
  std::string content;
};

// An Agent Skill, whatever family the descriptor is of: SKILL.md first, then the skill's parts, at the paths they have
// below its directory. The directory is to be called as the skill's id, which is its `name`.
//
// A descriptor that the specification accepts as it is stays as it is, byte for byte but for its name. Else the front
// matter is made anew: `name`, `description` (with the triggers, where there is room), what else the specification
// knows, and everything of ours as `itzamna-...` strings in `metadata`. A text longer than the specification advises
// moves to references/, and SKILL.md tells what is in it.
std::vector<ExportedFile> ExportAgentSkill(const Skill& skill);

// The `<available_skills>` block for a system prompt, as skills-ref prints it; an empty one without skills.
std::string ExportAvailableSkills(const std::vector<std::shared_ptr<const Skill>>& skills);

// An INDEX.md: one table of name, description, level and file, and how many there are.
std::string ExportIndex(const std::vector<std::shared_ptr<const Skill>>& skills);

}  // namespace skillrunner::catalog

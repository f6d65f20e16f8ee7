// Rule profiles that descriptors are checked against. Each stands for one source of rules; they contradict each other,
// and so do their findings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

struct LintRule {
  const char* profile;
  const char* code;
  Severity severity;
  const char* source;  // the document that states it
};

// All rules of all profiles, those of a profile together.
const std::vector<LintRule>& LintRules();

// `agent-skills`, `itzamna-adr001`, `itzamna-t0`, `runner`.
std::vector<std::string> LintProfiles();

// A finding of a rule, with its severity and source. The code must be a rule's.
Diagnostic MakeFinding(absl::string_view code, std::string message, const Skill& skill, Position position);

// What the profile has to say about the skill, ordered by file, line and column; nothing where there is no such
// profile. At most 1000 findings. `runner` includes the loader's diagnostics; what it can only find out by asking a
// runtime (does the code compile, are its imports installed) is not in here. Pure, any thread; time is linear in the
// size of the skill.
std::optional<std::vector<Diagnostic>> Lint(const Skill& skill, absl::string_view profile);

// Sorts and bounds findings as Lint() does.
void FinishFindings(std::vector<Diagnostic>* findings);

}  // namespace skillrunner::catalog

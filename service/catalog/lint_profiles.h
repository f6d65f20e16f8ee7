// The rules of each profile (lint.h), one function for a profile.
#pragma once

#include "catalog/lint_text.h"

namespace skillrunner::catalog {

void LintAdr001(Findings* findings);
void LintTiers(Findings* findings);
void LintAgentSkill(Findings* findings);
void LintForRunner(Findings* findings);

}  // namespace skillrunner::catalog

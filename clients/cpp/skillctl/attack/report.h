// Results of the attack suite for people and programs. Pure functions; text is safe for a terminal.
#pragma once

#include <string>
#include <vector>

#include "skillctl/attack/suite.h"

namespace skillrunner::attack {

// `passed`, `FAILED`, `known failure`, `not applicable`, `not installed`.
std::string Words(Verdict verdict);

// A table of all cases, why those failed that did, and one closing line for each level.
std::string RenderResults(const std::vector<CaseResult>& results, size_t columns);

// One JSON object a line: each case, then a summary for each level.
std::string JsonResults(const std::vector<CaseResult>& results);

// Whether a case failed that is not known to.
bool AnyFailed(const std::vector<CaseResult>& results);

}  // namespace skillrunner::attack

// What an agent needs to choose a skill, and no more: agents pay by the token.
#pragma once

#include <cstddef>

#include "catalog/skill.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"

namespace skillrunner::api {

// Characters of a summary as JSON: fewer than 100 tokens, as the ecosystem estimates them (characters / 3.5, rounded
// up).
inline constexpr size_t kSummaryCharacters = 346;

// Sets what SKILL_VIEW_SUMMARY has. What is long is cut, the description first; nothing else of the message is touched.
void SetSummary(const catalog::Skill& skill, itzamna::skillrunner::v1::Skill* proto);

// Languages of the examples, each once, sorted.
void SetLanguages(const catalog::Skill& skill, itzamna::skillrunner::v1::Skill* proto);

}  // namespace skillrunner::api

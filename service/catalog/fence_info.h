// The info string of a fence: its language, and what the author says about the block.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxLanguageBytes = 64;
inline constexpr size_t kMaxInfoBytes = 1024;

struct FenceInfo {
  std::string language;  // first word as written, cut to kMaxLanguageBytes
  FenceAttributes attributes;
  std::vector<std::string> problems;  // one sentence for each attribute that has no meaning as it stands
};

// Attributes are words behind the language, separated by blanks or commas, in braces or not: `no_run` (also `no-run`,
// `ignore`), `should_fail` (also `should-fail`, `should_panic`), `continue`, `timeout=5s` (units ms, s, m; a bare
// number is seconds; more than 0, at most an hour). Anything else goes to `others`, values without their quotes.
FenceInfo ParseFenceInfo(absl::string_view info);

}  // namespace skillrunner::catalog

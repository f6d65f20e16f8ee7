// Ids from titles.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxSlugBytes = 64;

// `text` as an id: NFKD, marks stripped, case folded, every run of other characters than [a-z0-9] one hyphen, none at
// the ends, cut to `max_bytes`. "Exemplo com Concorrência" becomes "exemplo-com-concorrencia". Empty where nothing is
// left. Only the first 1024 bytes of `text` are looked at.
std::string Slug(absl::string_view text, size_t max_bytes = kMaxSlugBytes);

// `slug` and `-<number>`, at most kMaxSlugBytes long.
std::string NumberedSlug(absl::string_view slug, int number);

// Gives out ids that all differ, in time that does not grow with how many want the same one.
class UniqueSlugs {
 public:
  // `wanted` (at most kMaxSlugBytes long), or numbered from 2 on where that is taken.
  std::string Take(const std::string& wanted);

 private:
  absl::flat_hash_set<std::string> taken_;
  absl::flat_hash_map<std::string, int> numbers_;  // the last one, by what is left of a slug beside a long number
};

// `text` without leading numbering such as "1. ", "2) " or "3.1. ".
absl::string_view StripNumbering(absl::string_view text);

// At most `max_bytes` of `text`, cut between characters.
absl::string_view CutUtf8(absl::string_view text, size_t max_bytes);

}  // namespace skillrunner::catalog

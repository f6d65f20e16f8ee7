// The YAML front matter of a descriptor, read leniently and within bounds.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxFrontMatterBytes = 64 << 10;

struct FrontMatterEntry {
  std::string key;
  std::string value;  // scalars and dates as written, lists joined with ", ", inner maps as "key: value"
  int line = 0;       // of the value, from 1, in the YAML text
  int key_line = 0;   // of the key
  bool is_list = false;
  bool is_map = false;
  std::vector<std::string> items;  // of a list
};

struct FrontMatterNote {
  std::string code;
  std::string message;
  int line = 0;    // from 1, in the YAML text
  int column = 0;  // from 1; 0: the line as a whole
};

struct FrontMatter {
  enum class Result {
    kMap,       // entries hold what was read
    kNotAMap,   // valid YAML, but no map: the `---` lines were thematic breaks
    kRejected,  // not YAML, or beyond the limits; notes say why
  };
  Result result = Result::kRejected;
  std::vector<FrontMatterEntry> entries;  // in file order, keys unique
  std::vector<FrontMatterEntry> sources;  // URLs under `sources`, `references` or `fontes`; key is empty
  std::vector<FrontMatterNote> notes;     // all of them warnings

  // Value of a key without surrounding whitespace; empty where there is none.
  std::string Get(absl::string_view key) const;
};

// Reads the text between the `---` lines. Where that is no YAML, tries again with the values of its unindented lines
// quoted, for `description: Use when: ...`. Limits: kMaxFrontMatterBytes, 16 levels, 1000 entries; aliases are not
// followed, so nothing expands. Never throws.
FrontMatter ParseFrontMatter(absl::string_view yaml);

}  // namespace skillrunner::catalog

// Words as the search index takes them from texts and queries, and the few around those that were looked for.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// The words of a query, as written: runs of letters and digits, nothing else. So no query can be a syntax error.
std::vector<std::string> QueryWords(absl::string_view text);

// In lower case and without accents.
std::string FoldWord(absl::string_view word);

struct Snippet {
  size_t found = 0;  // how many of the words are in it
  std::string text;  // in one line, at most about 1 KiB, the words in `[` `]`
};

// The part of the text, 16 words long, that has the most of the words, which are folded; the last of them may be the
// beginning of one in the text. Looks at the first 64 KiB. Linear in the text.
Snippet FindSnippet(absl::string_view text, const std::vector<std::string>& folded);

}  // namespace skillrunner::catalog

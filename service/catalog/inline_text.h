// Text and links of short pieces of Markdown: headings, a first paragraph, lines of a list of references.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// How much of a piece is looked at. Inline Markdown can take quadratic time in cmark: a bound on the input is a bound
// on the time.
inline constexpr size_t kMaxTitleBytes = 256;
inline constexpr size_t kMaxInlineBytes = 4096;

struct InlineLink {
  std::string title;
  std::string url;
};

struct InlineText {
  std::string text;               // without markup, on one line
  std::vector<InlineLink> links;  // Markdown links, then bare http(s) addresses
};

// Reads `markdown` as the inside of one paragraph; line ends count as spaces, invalid UTF-8 is replaced.
InlineText ParseInline(absl::string_view markdown, size_t max_bytes = kMaxInlineBytes);

}  // namespace skillrunner::catalog

// Makes any Markdown safe to hand to cmark: bounded memory, time linear in the input.
//
// cmark parses blocks and inlines in one go. Its inline parser has quadratic inputs (CVE-2022-39209, CVE-2023-22483 to
// -22486, CVE-2023-26485, and
// "<?" at each line), its block parser takes time in the nesting depth for every line, and both allocate a node of some
// 200 bytes for a byte or two. The catalogue needs block structure only. So cmark gets a *mask* of the file: as many
// lines, each as long, but every byte that means something only inside a paragraph is replaced by a neutral one, and so
// are markers of quotes and lists beyond the limits below. Lines and columns are those of the file, and the text of a
// block is read from the file, exact bytes included.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

inline constexpr size_t kMaxLines = 100'000;
inline constexpr size_t kMaxNestingColumns = 64;  // a marker of a quote or list that starts right of it is text
inline constexpr size_t kMaxMarkers = 100'000;    // markers of quotes and lists in a file; those after are text
inline constexpr size_t kMaxHtmlStarts = 64;      // lines in a row, without a blank one, that may start an HTML block

struct MaskedMarkdown {
  std::string text;                  // lines end in LF
  std::vector<int> flattened_lines;  // from 1: where markers became text, at most the first 1000 lines
};

// The lines of `bytes` without their ends. LF, CRLF and CR end a line, as in CommonMark. At most `max_lines`, the last
// one then holding the rest.
std::vector<absl::string_view> SplitLines(absl::string_view bytes, size_t max_lines);

// Lines before index `first` become empty: front matter keeps its place but is no Markdown.
MaskedMarkdown MaskMarkdown(const std::vector<absl::string_view>& lines, size_t first);

}  // namespace skillrunner::catalog

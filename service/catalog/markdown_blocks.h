// The blocks of a Markdown file that the catalogue reads: headings and fenced code, with their places in the file.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// A heading outside quotes and lists.
struct HeadingBlock {
  int level = 0;
  int line = 0;      // of the heading, from 1
  int end_line = 0;  // last line of the heading: differs for underlined ones
  int column = 0;    // in bytes, from 1
  std::string text;  // Markdown of the heading as written, cut to kMaxTitleBytes
};

// A fenced code block, wherever it stands.
struct FenceBlock {
  int line = 0;         // of the opening fence, from 1
  int lines = 0;        // of code
  int column = 0;       // of the code in its first line, in bytes, from 1
  std::string info;     // info string as written, without surrounding blanks
  std::string source;   // exact bytes; lines end in LF
  bool closed = false;  // false: the code ends where the file, or the quote or list around it, does
};

struct MarkdownBlocks {
  std::vector<HeadingBlock> headings;  // both in file order
  std::vector<FenceBlock> fences;
  std::vector<int> flattened_lines;  // lines with markers beyond the nesting limits (markdown_mask.h)
};

// `lines` as SplitLines gives them, at most kMaxLines; those before index `first` are not Markdown. Linear time, never
// throws.
MarkdownBlocks ParseMarkdown(const std::vector<absl::string_view>& lines, size_t first);

}  // namespace skillrunner::catalog

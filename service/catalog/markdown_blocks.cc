#include "catalog/markdown_blocks.h"

#include <cmark-gfm.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "catalog/inline_text.h"
#include "catalog/markdown_mask.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

using Lines = std::vector<absl::string_view>;

// Line `number` (from 1) of `lines`, from `column` (from 1); empty beyond the end.
absl::string_view TextAt(const Lines& lines, int number, int column = 1) {
  if (number < 1 || static_cast<size_t>(number) > lines.size()) return "";
  const absl::string_view line = lines[static_cast<size_t>(number) - 1];
  return line.substr(std::min(static_cast<size_t>(std::max(column, 1)) - 1, line.size()));
}

// One line of code in the file: blanks that stand for the rest of a tab, then bytes of the file.
struct CodeLine {
  size_t blanks = 0;
  absl::string_view bytes;
};

// Finds what cmark made `masked_code` of in `line`. cmark takes the containers' prefix off the front, and may leave
// blanks in place of half a tab there; from the end on, mask and file agree.
CodeLine FindCode(absl::string_view masked_code, absl::string_view line) {
  const size_t size = masked_code.size();
  size_t blanks = size - std::min(size, line.size());
  while (blanks < size && masked_code[blanks] == ' ' && line[line.size() - (size - blanks)] != ' ') ++blanks;
  return {blanks, line.substr(line.size() - (size - blanks))};
}

// The code of a fence. Blanks that all lines owe to a tab are none of the code: cmark takes off as many columns as the
// opening fence has *bytes* of indentation, so that a fence behind a tab below "- " would keep one blank in each line,
// an error in Python.
std::string JoinCode(const std::vector<CodeLine>& code) {
  size_t common = std::string::npos;
  for (const CodeLine& line : code) {
    if (!absl::StripAsciiWhitespace(line.bytes).empty()) common = std::min(common, line.blanks);
  }
  std::string source;
  for (const CodeLine& line : code) {
    source.append(line.blanks - std::min(line.blanks, common), ' ');
    source.append(line.bytes.data(), line.bytes.size());
    source += '\n';
  }
  return source;
}

bool IsClosingFence(absl::string_view line, char mark) {
  line = absl::StripTrailingAsciiWhitespace(line);
  int run = 0;
  while (!line.empty() && line.back() == mark) {
    line.remove_suffix(1);
    ++run;
  }
  // What is left may be the prefix of a quote.
  return run >= 3 && line.find_first_not_of(" \t>") == absl::string_view::npos;
}

FenceBlock ReadFence(cmark_node* node, const Lines& lines) {
  FenceBlock fence;
  fence.line = cmark_node_get_start_line(node);
  absl::string_view opening = TextAt(lines, fence.line, cmark_node_get_start_column(node));
  const char mark = opening.empty() ? '`' : opening[0];
  opening.remove_prefix(std::min(opening.find_first_not_of(mark), opening.size()));
  fence.info = std::string(absl::StripAsciiWhitespace(opening));

  const char* literal = cmark_node_get_literal(node);
  absl::string_view masked = literal == nullptr ? absl::string_view() : absl::string_view(literal);
  std::vector<CodeLine> code;
  while (!masked.empty()) {
    const size_t end = std::min(masked.find('\n'), masked.size());
    code.push_back(FindCode(masked.substr(0, end), TextAt(lines, fence.line + static_cast<int>(code.size()) + 1)));
    masked.remove_prefix(std::min(end + 1, masked.size()));
  }
  fence.source = JoinCode(code);
  fence.lines = static_cast<int>(code.size());
  if (!code.empty()) fence.column = static_cast<int>(TextAt(lines, fence.line + 1).size() - code[0].bytes.size()) + 1;
  fence.closed = IsClosingFence(TextAt(lines, fence.line + fence.lines + 1), mark);
  return fence;
}

HeadingBlock ReadHeading(cmark_node* node, const Lines& lines) {
  HeadingBlock heading;
  heading.level = cmark_node_get_heading_level(node);
  heading.line = cmark_node_get_start_line(node);
  heading.end_line = heading.line;
  heading.column = cmark_node_get_start_column(node);
  absl::string_view first = TextAt(lines, heading.line, heading.column);
  const size_t hashes = std::min(first.find_first_not_of('#'), first.size());
  if (hashes == static_cast<size_t>(heading.level)) {
    first = absl::StripAsciiWhitespace(first.substr(hashes));
    const size_t end = first.find_last_not_of('#');
    if (end == absl::string_view::npos) {
      first = "";
    } else if (end + 1 < first.size() && (first[end] == ' ' || first[end] == '\t')) {
      first = absl::StripTrailingAsciiWhitespace(first.substr(0, end));
    }
    heading.text = std::string(CutUtf8(first, kMaxTitleBytes));
    return heading;
  }
  // An underlined heading: its lines up to the underline, which is the first line made of = or - alone.
  for (absl::string_view line = first;; line = TextAt(lines, heading.end_line)) {
    line = absl::StripAsciiWhitespace(line);
    if (heading.end_line > heading.line &&
        line.find_first_not_of(heading.level == 1 ? '=' : '-') == absl::string_view::npos)
      break;
    if (heading.text.size() < kMaxTitleBytes)
      absl::StrAppend(&heading.text, heading.text.empty() ? "" : " ", CutUtf8(line, kMaxTitleBytes));
    if (static_cast<size_t>(heading.end_line) >= lines.size()) break;
    ++heading.end_line;
  }
  heading.text = std::string(CutUtf8(heading.text, kMaxTitleBytes));
  return heading;
}

}  // namespace

MarkdownBlocks ParseMarkdown(const Lines& lines, size_t first) {
  MaskedMarkdown masked = MaskMarkdown(lines, first);
  MarkdownBlocks blocks;
  blocks.flattened_lines = std::move(masked.flattened_lines);
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> document(
      cmark_parse_document(masked.text.data(), masked.text.size(), CMARK_OPT_DEFAULT), cmark_node_free);
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> walk(cmark_iter_new(document.get()), cmark_iter_free);
  for (cmark_event_type event = cmark_iter_next(walk.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(walk.get())) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* node = cmark_iter_get_node(walk.get());
    if (cmark_node_get_type(node) == CMARK_NODE_HEADING && cmark_node_parent(node) == document.get()) {
      blocks.headings.push_back(ReadHeading(node, lines));
    } else if (cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK) {
      int length = 0;
      int offset = 0;
      char mark = 0;
      if (cmark_node_get_fenced(node, &length, &offset, &mark) != 0) blocks.fences.push_back(ReadFence(node, lines));
    }
  }
  return blocks;
}

}  // namespace skillrunner::catalog

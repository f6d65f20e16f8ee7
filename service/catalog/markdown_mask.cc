#include "catalog/markdown_mask.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxFlattenedLines = 1000;
constexpr char kNeutral = ',';

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// Where the longest tail of `line` begins that is made of blanks and one of `*`, `-`, `_`: possibly a thematic break.
size_t ThematicTail(absl::string_view line) {
  size_t start = line.size();
  char marker = '\0';
  for (size_t i = line.size(); i > 0; --i) {
    const char c = line[i - 1];
    if (IsBlank(c)) continue;
    if (c != '*' && c != '-' && c != '_') break;
    if (marker != '\0' && c != marker) break;
    marker = c;
    start = i - 1;
  }
  return start;
}

// Length of the marker of a quote, bullet or numbered item at the beginning of `text`; 0 if there is none.
size_t MarkerLength(absl::string_view text) {
  const auto ends_at = [&](size_t i) { return i == text.size() || IsBlank(text[i]); };
  const char c = text[0];
  if (c == '>') return 1;
  if (c == '-' || c == '+' || c == '*') return ends_at(1) ? 1 : 0;
  size_t digits = 0;
  while (digits < text.size() && digits < 10 && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  if (digits == 0 || digits == text.size() || (text[digits] != '.' && text[digits] != ')')) return 0;
  return ends_at(digits + 1) ? digits + 1 : 0;
}

bool StartsHtmlBlockEnd(absl::string_view text) {
  for (const absl::string_view end : {"</script", "</style", "</pre", "</textarea"}) {
    if (absl::StartsWithIgnoreCase(text, end)) return true;
  }
  return false;
}

// How much of `text` must stay for it to start an HTML block that runs to an end of its own: a comment, `<pre>` and the
// like. Blocks of other tags stay masked: by CommonMark they run to the next blank line and swallow a fence below
// `<details>` or `<Good>`, which the authors of descriptors mean as code.
size_t HtmlStart(absl::string_view text) {
  for (const absl::string_view start : {"<![CDATA[", "<!", "<?", "<script", "<style", "<pre", "<textarea"}) {
    if (absl::StartsWithIgnoreCase(text, start)) return start.size();
  }
  return 0;
}

class Masker {
 public:
  explicit Masker(MaskedMarkdown* out) : out_(out) {}

  void Line(absl::string_view line, int number) {
    size_t at = Markers(line, number);
    if (at == line.size()) {
      // Only blanks: a paragraph ends here, and what cmark must read again for an unclosed `<` ends with it.
      if (absl::StripAsciiWhitespace(line).empty()) html_starts_ = 0;
    } else {
      Rest(line.substr(at));
    }
    out_->text += '\n';
  }

 private:
  // Copies indentation and markers; returns where the text of the line begins.
  size_t Markers(absl::string_view line, int number) {
    const size_t thematic = ThematicTail(line);
    size_t column = 0;
    for (size_t at = 0; at < line.size();) {
      if (IsBlank(line[at])) {
        column += line[at] == '\t' ? 4 - column % 4 : 1;
        out_->text += line[at++];
        continue;
      }
      if (at >= thematic) {
        // One break, however long; it may be no break at all but a few empty items ("- -"), so that it counts for two
        // markers.
        markers_ += 2;
        Break(line.substr(at));
        return line.size();
      }
      const size_t length = MarkerLength(line.substr(at));
      if (length == 0) return at;
      if (column >= kMaxNestingColumns || markers_ >= kMaxMarkers) {
        if (out_->flattened_lines.size() < kMaxFlattenedLines) out_->flattened_lines.push_back(number);
        out_->text.append(length, kNeutral);
        Rest(line.substr(at + length));
        return line.size();
      }
      ++markers_;
      AppendTo(&out_->text, line.substr(at, length));
      column += length;
      at += length;
    }
    return line.size();
  }

  // Copies a thematic break. Three stars are enough of one; more are inline nodes, should this be the middle of a
  // paragraph.
  void Break(absl::string_view text) {
    int stars = 0;
    for (const char c : text) out_->text += (c == '*' || c == '_') && ++stars > 3 ? ' ' : c;
  }

  // Copies the text of a line with all inline markup replaced.
  void Rest(absl::string_view text) {
    if (text.empty()) return;
    size_t at = 0;
    if (text[0] == '`') {
      // A fence of backticks has no further ones in its line; anything else is a code span.
      const size_t run = std::min(text.find_first_not_of('`'), text.size());
      if (run >= 3 && text.find('`', run) == absl::string_view::npos) at = run;
    } else if (const size_t length = HtmlStart(text); length > 0 && html_starts_ < kMaxHtmlStarts) {
      ++html_starts_;
      at = length;
    }
    AppendTo(&out_->text, text.substr(0, at));
    bool html_end = false;  // one in a line is enough, and all that is safe
    bool cdata_end = false;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      char masked = c;
      switch (c) {
        case '<':
          if (!html_end && StartsHtmlBlockEnd(text.substr(at))) {
            html_end = true;
          } else {
            masked = kNeutral;
          }
          break;
        case ']':
          if (!cdata_end && absl::StartsWith(text.substr(at), "]]>")) {
            cdata_end = true;
            AppendTo(&out_->text, "]]");
            at += 2;
            masked = '>';
          } else {
            masked = kNeutral;
          }
          break;
        case '`':
        case '*':
        case '_':
        case '[':
        case '\\':
        case '&':
        case '!':
        case '\0':
          masked = kNeutral;
          break;
        default:
          if (static_cast<unsigned char>(c) >= 0x80) masked = kNeutral;
      }
      out_->text += masked;
    }
  }

  static void AppendTo(std::string* out, absl::string_view text) { out->append(text.data(), text.size()); }

  MaskedMarkdown* out_;
  size_t markers_ = 0;
  size_t html_starts_ = 0;
};

}  // namespace

std::vector<absl::string_view> SplitLines(absl::string_view bytes, size_t max_lines) {
  std::vector<absl::string_view> lines;
  while (!bytes.empty()) {
    if (lines.size() + 1 == max_lines) {
      lines.push_back(bytes);
      break;
    }
    const size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    lines.push_back(bytes.substr(0, end));
    const size_t end_length = absl::StartsWith(bytes.substr(end), "\r\n") ? 2 : 1;
    bytes.remove_prefix(std::min(end + end_length, bytes.size()));
  }
  return lines;
}

MaskedMarkdown MaskMarkdown(const std::vector<absl::string_view>& lines, size_t first) {
  MaskedMarkdown masked;
  Masker masker(&masked);
  for (size_t i = 0; i < lines.size(); ++i) {
    masker.Line(i < first ? absl::string_view() : lines[i], static_cast<int>(i) + 1);
  }
  return masked;
}

}  // namespace skillrunner::catalog

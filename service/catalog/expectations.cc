#include "catalog/expectations.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxExpectations = 1000;
constexpr size_t kMaxExpectationBytes = 4096;

bool IsMarkerWord(absl::string_view text) {
  const std::string slug = Slug(text.substr(0, 64));
  for (const char* known : {"output", "expected", "expected-output", "prints", "saida", "saida-esperada", "resultado",
                            "esperado", "stdout"}) {
    if (slug == known) return true;
  }
  return false;
}

// The text behind the marker; false if the comment's text is no promise.
bool Promise(absl::string_view comment, absl::string_view* text) {
  const size_t colon = comment.find(':');
  if (colon == absl::string_view::npos || !IsMarkerWord(comment.substr(0, colon))) return false;
  *text = absl::StripAsciiWhitespace(comment.substr(colon + 1));
  return true;
}

// Where a comment starts in a line, outside quotes; npos: nowhere.
size_t FindComment(absl::string_view line, absl::string_view start) {
  char quote = '\0';
  for (size_t i = 0; i < line.size(); ++i) {
    if (quote != '\0') {
      if (line[i] == '\\') {
        ++i;
      } else if (line[i] == quote) {
        quote = '\0';
      }
    } else if (line[i] == '"' || line[i] == '\'' || line[i] == '`') {
      quote = line[i];
    } else if (absl::StartsWith(line.substr(i), start) && (i == 0 || start != "#" || line[i - 1] == ' ')) {
      return i;
    }
  }
  return absl::string_view::npos;
}

bool Prints(absl::string_view code) {
  for (const char* call :
       {"print(", "println(", "printf(", "Println(", "Printf(", "Print(", "console.log(", "echo ", "cout", "puts("}) {
    if (absl::StrContains(code, call)) return true;
  }
  return false;
}

absl::string_view WithoutRemark(absl::string_view text) {
  return absl::StripAsciiWhitespace(text.substr(0, text.find(" \xE2\x86\x90 ")));  // ←
}

// "1 (after 100 ms), 2 (after 200 ms)": several lines in the author's words.
bool ListsWithRemarks(absl::string_view text) {
  return absl::StrContains(text, "), ") && std::count(text.begin(), text.end(), '(') > 1;
}

// `text` without a last remark in parentheses.
absl::string_view WithoutParentheses(absl::string_view text) {
  if (!absl::EndsWith(text, ")")) return text;
  const size_t open = text.rfind(" (");
  return open == absl::string_view::npos || open == 0 ? text : absl::StripAsciiWhitespace(text.substr(0, open));
}

bool Holds(absl::string_view line, absl::string_view text) {
  return absl::StrContains(line, text) || absl::StrContains(line, WithoutParentheses(text));
}

std::string Trimmed(absl::string_view text) {
  std::string joined;
  for (absl::string_view line : absl::StrSplit(text, '\n'))
    absl::StrAppend(&joined, absl::StripTrailingAsciiWhitespace(line), "\n");
  while (!joined.empty() && joined.back() == '\n') joined.pop_back();
  return joined;
}

std::string Shortened(absl::string_view text) {
  return text.size() <= 80 ? std::string(text) : absl::StrCat(CutUtf8(text, 80), "...");
}

}  // namespace

absl::string_view CommentStart(absl::string_view language) {
  for (const char* hash : {"python", "py", "python3", "bash", "sh", "shell", "ruby", "rb", "perl", "r"}) {
    if (language == hash) return "#";
  }
  for (const char* slashes : {"javascript", "js",     "node", "mjs", "cjs",   "jsx",   "typescript", "ts",  "tsx",
                              "go",         "golang", "java", "mts", "cts",   "c",     "cpp",        "c++", "cc",
                              "kotlin",     "kt",     "rust", "rs",  "swift", "scala", "csharp",     "cs"}) {
    if (language == slashes) return "//";
  }
  return "";
}

std::vector<Expectation> ReadExpectations(const std::string& source, absl::string_view comment, int first_line) {
  std::vector<Expectation> found;
  if (comment.empty()) return found;
  const auto add = [&](absl::string_view text, int line) {
    text = WithoutRemark(text);
    if (!text.empty() && text.size() <= kMaxExpectationBytes && found.size() < kMaxExpectations &&
        !ListsWithRemarks(text))
      found.push_back({ReplaceInvalidUtf8(text), false, line});
  };
  const std::vector<absl::string_view> lines = absl::StrSplit(source, '\n');
  bool listing = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    const absl::string_view line = absl::StripAsciiWhitespace(lines[i]);
    const int number = first_line + static_cast<int>(i);
    if (absl::StartsWith(line, comment)) {
      absl::string_view body = line.substr(comment.size());
      absl::string_view text;
      if (Promise(absl::StripAsciiWhitespace(body), &text)) {
        listing = true;
        add(text, number);
      } else if (listing) {
        add(absl::StripAsciiWhitespace(body), number);
      }
      continue;
    }
    listing = false;
    if (!absl::StrContains(line, comment)) continue;
    const size_t at = FindComment(line, comment);
    absl::string_view text;
    if (at == absl::string_view::npos || !Prints(line.substr(0, at))) continue;
    if (Promise(absl::StripAsciiWhitespace(line.substr(at + comment.size())), &text)) add(text, number);
  }
  return found;
}

bool IsOutputLabel(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  if (line.size() > 64) return false;
  std::string plain;
  for (const char c : line) {
    if (c != '*' && c != '_' && c != '>' && c != '#') plain += c;
  }
  const absl::string_view text = absl::StripAsciiWhitespace(plain);
  return absl::EndsWith(text, ":") && IsMarkerWord(text.substr(0, text.size() - 1));
}

bool KeepsPromises(const std::vector<Expectation>& expectations, absl::string_view out, std::string* problem) {
  const std::vector<absl::string_view> lines = absl::StrSplit(out, '\n');
  size_t at = 0;
  for (const Expectation& expectation : expectations) {
    if (expectation.whole) {
      if (Trimmed(expectation.text) == Trimmed(out)) continue;
      *problem = absl::StrCat("the output differs from the one shown at line ", expectation.line);
      return false;
    }
    const auto line = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(at), lines.end(),
                                   [&](absl::string_view printed) { return Holds(printed, expectation.text); });
    if (line == lines.end()) {
      *problem = absl::StrCat("line ", expectation.line, " promises `", Shortened(expectation.text),
                              "`, which was not printed", at > 0 ? " after what was promised before it" : "");
      return false;
    }
    at = static_cast<size_t>(line - lines.begin());  // one printed line may hold several promises
  }
  return true;
}

}  // namespace skillrunner::catalog

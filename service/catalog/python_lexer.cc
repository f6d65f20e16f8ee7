#include "catalog/python_lexer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"

namespace skillrunner::catalog {
namespace {

constexpr int kMaxNesting = 8;  // of f-strings

bool IsNameStart(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameByte(char c) {
  return IsNameStart(c) || absl::ascii_isdigit(static_cast<unsigned char>(c));
}

class Lexer {
 public:
  Lexer(absl::string_view text, int nesting, int first_line) : text_(text), nesting_(nesting), line_(first_line) {}

  PythonSource Lex() {
    int indent = 0;
    bool at_start = true;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (depth_ == 0) EndLine();
        NewLine();
        indent = 0;
        at_start = depth_ == 0;
      } else if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
        if (at_start) indent += c == '\t' ? 8 - indent % 8 : 1;
        ++at_;
      } else if (c == '#') {
        Comment(at_start);
      } else if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
        ++at_;
        NewLine();
      } else if (c == ';' && depth_ == 0) {
        EndLine();
        current_.indent = indent;
        ++at_;
      } else {
        if (current_.tokens.empty()) current_.indent = indent;
        at_start = false;
        Token();
      }
    }
    EndLine();
    return std::move(out_);
  }

 private:
  int Column() const { return static_cast<int>(at_ - line_start_) + 1; }

  void NewLine() {
    ++at_;
    ++line_;
    line_start_ = at_;
  }

  void EndLine() {
    if (current_.tokens.empty()) return;
    current_.line = current_.tokens.front().line;
    const int indent = current_.indent;
    out_.lines.push_back(std::move(current_));
    current_ = {};
    current_.indent = indent;
  }

  void Comment(bool alone) {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    out_.comments.push_back({std::string(text_.substr(at_, end - at_)), line_, Column(), alone});
    at_ = end;
  }

  void Add(PythonToken::Kind kind, std::string text, int line, int column) {
    current_.tokens.push_back({kind, std::move(text), line, column, depth_});
  }

  void Token() {
    const char c = text_[at_];
    if (IsNameStart(c)) {
      size_t end = at_;
      while (end < text_.size() && IsNameByte(text_[end])) ++end;
      const absl::string_view word = text_.substr(at_, end - at_);
      if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'') && IsStringPrefix(word)) {
        const bool formatted = word.find_first_of("fF") != absl::string_view::npos;
        const bool raw = word.find_first_of("rR") != absl::string_view::npos;
        String(end, formatted, raw);
        return;
      }
      Add(PythonToken::Kind::kName, std::string(word), line_, Column());
      at_ = end;
    } else if (c == '"' || c == '\'') {
      String(at_, false, false);
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      size_t end = at_;
      while (end < text_.size() && (IsNameByte(text_[end]) || text_[end] == '.')) ++end;
      Add(PythonToken::Kind::kNumber, std::string(text_.substr(at_, end - at_)), line_, Column());
      at_ = end;
    } else {
      Operator();
    }
  }

  static bool IsStringPrefix(absl::string_view word) {
    if (word.size() > 2) return false;
    return word.find_first_not_of("rRbBuUfF") == absl::string_view::npos;
  }

  void Operator() {
    for (const absl::string_view known :
         {"**=", "//=", ">>=", "<<=", "...", ":=", "->", "==", "!=", "<=", ">=", "+=",
          "-=",  "*=",  "/=",  "%=",  "&=",  "|=", "^=", "@=", "**", "//", "<<", ">>"}) {
      if (text_.substr(at_, known.size()) != known) continue;
      Add(PythonToken::Kind::kOperator, std::string(known), line_, Column());
      at_ += known.size();
      return;
    }
    const char c = text_[at_];
    if (c == ')' || c == ']' || c == '}') depth_ = std::max(depth_ - 1, 0);
    Add(PythonToken::Kind::kOperator, std::string(1, c), line_, Column());
    if (c == '(' || c == '[' || c == '{') ++depth_;
    ++at_;
  }

  // The string whose opening quote is at `quote`.
  void String(size_t quote, bool formatted, bool raw) {
    (void)raw;  // a backslash keeps the quote after it in raw strings, too
    const int line = line_;
    const int column = Column();
    const char mark = text_[quote];
    const bool triple = text_.substr(quote, 3) == std::string(3, mark);
    size_t at = quote + (triple ? 3 : 1);
    const size_t begin = at;
    size_t end = text_.size();
    size_t after = text_.size();
    int lines = 0;
    size_t last_line = 0;
    for (; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '\\' && at + 1 < text_.size()) {
        ++at;
        if (text_[at] != '\n') continue;
      } else if (c == mark && (!triple || text_.substr(at, 3) == std::string(3, mark))) {
        end = at;
        after = at + (triple ? 3 : 1);
        break;
      } else if (c == '\n' && !triple) {  // not closed: ends with its line
        end = after = at;
        break;
      }
      if (text_[at] == '\n') {
        ++lines;
        last_line = at + 1;
      }
    }
    const absl::string_view value = text_.substr(begin, end - begin);
    Add(PythonToken::Kind::kString, std::string(value), line, column);
    if (formatted && nesting_ < kMaxNesting) Fields(value, line, column);
    at_ = after;
    if (lines > 0) {
      line_ += lines;
      line_start_ = last_line;
    }
  }

  // The replacement fields of an f-string, each as `( expression )`.
  void Fields(absl::string_view value, int line, int column) {
    for (size_t at = 0; at < value.size(); ++at) {
      if (value[at] == '\n') ++line;
      if (value[at] != '{') continue;
      if (at + 1 < value.size() && value[at + 1] == '{') {
        ++at;
        continue;
      }
      const size_t begin = ++at;
      int depth = 0;
      char quote = '\0';
      size_t end = value.size();
      for (; at < value.size(); ++at) {
        const char c = value[at];
        if (quote != '\0') {
          if (c == quote) quote = '\0';
          continue;
        }
        if (c == '"' || c == '\'') quote = c;
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (depth > 0 && (c == ')' || c == ']' || c == '}')) {
          --depth;
          continue;
        }
        if (depth != 0) continue;
        const bool conversion = c == '!' && at + 1 < value.size() && value[at + 1] != '=';
        if (c == '}' || c == ':' || conversion) {
          end = at;
          break;
        }
      }
      Expression(value.substr(begin, end - begin), line, column);
      // A format may have fields of its own.
      if (at < value.size() && value[at] != '}') {
        const size_t close = value.find('}', at);
        const size_t nested = value.find('{', at);
        if (nested != absl::string_view::npos && nested < close) {
          at = nested - 1;
          continue;
        }
        at = std::min(close, value.size());
      }
    }
  }

  void Expression(absl::string_view text, int line, int column) {
    PythonSource inner = Lexer(text, nesting_ + 1, line).Lex();
    Add(PythonToken::Kind::kOperator, "(", line, column);
    for (PythonLine& part : inner.lines) {
      for (PythonToken& token : part.tokens) {
        // `{name=}` shows the name, too.
        if (&token == &part.tokens.back() && token.text == "=") continue;
        token.depth += depth_ + 1;
        current_.tokens.push_back(std::move(token));
      }
    }
    Add(PythonToken::Kind::kOperator, ")", line, column);
  }

  absl::string_view text_;
  const int nesting_;
  int line_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int depth_ = 0;
  PythonLine current_;
  PythonSource out_;
};

}  // namespace

PythonSource LexPython(absl::string_view source) {
  return Lexer(source.substr(0, kMaxPythonBytes), 0, 1).Lex();
}

bool IsPythonKeyword(absl::string_view text) {
  for (const absl::string_view keyword :
       {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"}) {
    if (text == keyword) return true;
  }
  return false;
}

}  // namespace skillrunner::catalog

#include "runner/compiler_messages.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"

namespace skillrunner {
namespace {

constexpr size_t kMostMessages = 100;

// Consumes digits and the colon behind them.
bool ConsumeNumber(absl::string_view* text, int* number) {
  const size_t end = text->find_first_not_of("0123456789");
  if (end == 0 || end == absl::string_view::npos || (*text)[end] != ':') return false;
  if (!absl::SimpleAtoi(text->substr(0, end), number)) return false;
  text->remove_prefix(end + 1);
  return true;
}

// "path/FILE:3:5: rest" or "FILE:3: rest"; leaves the rest.
bool ConsumePlace(absl::string_view file, absl::string_view* text, CompilerMessage* message) {
  const size_t at = text->find(absl::StrCat(file, ":"));
  if (at == absl::string_view::npos || (at > 0 && (*text)[at - 1] != '/')) return false;
  if (absl::StrContains(text->substr(0, at), ' ')) return false;
  absl::string_view rest = text->substr(at + file.size() + 1);
  if (!ConsumeNumber(&rest, &message->line)) return false;
  (void)ConsumeNumber(&rest, &message->column);
  *text = absl::StripLeadingAsciiWhitespace(rest);
  return true;
}

// Consumes "error: " and the like. False: it is a note, which belongs to the message before.
bool ConsumeSeverity(absl::string_view* text, CompilerMessage* message) {
  if (absl::ConsumePrefix(text, "note: ") || absl::ConsumePrefix(text, "info: ")) return false;
  message->error = !absl::ConsumePrefix(text, "warning: ");
  if (message->error && !absl::ConsumePrefix(text, "fatal error: ")) absl::ConsumePrefix(text, "error: ");
  return true;
}

// Messages of linkers and of go that name no line.
bool IsAboutTheWhole(absl::string_view* line) {
  for (const char* known : {"undefined reference to", "function main is undeclared",
                            "requires exactly one main package", "multiple definition of"}) {
    const size_t at = line->find(known);
    if (at == absl::string_view::npos) continue;
    if (known[0] == 'u' || known[0] == 'm') line->remove_prefix(at);
    return true;
  }
  return false;
}

class Reader {
 public:
  Reader(absl::string_view file, absl::string_view text) : file_(file), lines_(absl::StrSplit(text, '\n')) {}

  std::vector<CompilerMessage> Read() {
    for (size_t i = 0; i < lines_.size() && messages_.size() < kMostMessages; ++i) {
      absl::string_view line = lines_[i];
      if (ReadEsbuild(i)) continue;
      CompilerMessage message;
      if (ConsumePlace(file_, &line, &message)) {
        if (line.empty() || !ConsumeSeverity(&line, &message)) continue;
        message.text = ReplaceInvalidUtf8(line);
        if (message.column == 0) AddJavaDetails(i, &message);
        messages_.push_back(std::move(message));
      } else if (IsAboutTheWhole(&line)) {
        message.text = ReplaceInvalidUtf8(line);
        messages_.push_back(std::move(message));
      }
    }
    return std::move(messages_);
  }

 private:
  // "✘ [ERROR] text", an empty line, "    FILE:2:4:".
  bool ReadEsbuild(size_t i) {
    const absl::string_view line = lines_[i];
    const bool error = absl::StrContains(line, " [ERROR] ");
    if (!error && !absl::StrContains(line, " [WARNING] ")) return false;
    CompilerMessage message;
    message.error = error;
    message.text = ReplaceInvalidUtf8(line.substr(line.find("] ") + 2));
    if (i + 2 < lines_.size()) {
      absl::string_view place = absl::StripAsciiWhitespace(lines_[i + 2]);
      if (ConsumePlace(file_, &place, &message)) ++message.column;  // it counts from 0
    }
    messages_.push_back(std::move(message));
    return true;
  }

  // javac shows the line, a caret below it, and perhaps which symbol it means.
  void AddJavaDetails(size_t i, CompilerMessage* message) {
    if (i + 2 >= lines_.size()) return;
    const size_t caret = lines_[i + 2].find('^');
    if (caret != absl::string_view::npos && absl::StripAsciiWhitespace(lines_[i + 2]) == "^")
      message->column = static_cast<int>(caret) + 1;
    if (i + 3 >= lines_.size()) return;
    absl::string_view symbol = absl::StripAsciiWhitespace(lines_[i + 3]);
    if (absl::ConsumePrefix(&symbol, "symbol:"))
      absl::StrAppend(&message->text, ": ", absl::StripAsciiWhitespace(symbol));
  }

  const absl::string_view file_;
  const std::vector<absl::string_view> lines_;
  std::vector<CompilerMessage> messages_;
};

}  // namespace

std::vector<CompilerMessage> ReadCompilerMessages(absl::string_view file, absl::string_view text) {
  return Reader(file, text).Read();
}

}  // namespace skillrunner

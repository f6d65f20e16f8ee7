#include <regex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "verify/failure_readers.h"

namespace skillrunner::verify {
namespace {

// The line that names the exception: the last one at the left edge.
std::string LastError(const std::vector<std::string>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!line->empty() && (*line)[0] != ' ' && (*line)[0] != '\t') return *line;
  }
  return "";
}

// The innermost line of the program itself that a traceback names, and which line of `lines` says so; -1: none.
int OwnLine(const std::vector<std::string>& lines, const std::string& file, int* line) {
  const std::string marker = absl::StrCat(file, "\", line ");
  for (int i = static_cast<int>(lines.size()) - 1; i >= 0; --i) {
    const std::string& text = lines[static_cast<size_t>(i)];
    const size_t at = text.find(marker);
    if (at == std::string::npos || !absl::StrContains(text, "File \"")) continue;
    if (absl::SimpleAtoi(text.substr(at + marker.size(),
                                     text.find_first_not_of("0123456789", at + marker.size()) - at - marker.size()),
                         line))
      return i;
  }
  return -1;
}

// The column its carets point at. Python shows the line without its indentation, four columns in.
int CaretColumn(const std::vector<std::string>& lines, size_t shown, const std::string& source_line) {
  if (shown + 1 >= lines.size()) return 0;
  const size_t caret = lines[shown + 1].find('^');
  if (caret == std::string::npos || caret < 4) return 0;
  const size_t indent = std::min(source_line.find_first_not_of(" \t"), source_line.size());
  return static_cast<int>(caret - 4 + indent + 1);
}

bool IsUsageError(const FailedProgram& program, const std::string& last) {
  const std::string err = absl::AsciiStrToLower(program.err);
  return absl::StrContains(err, "usage:") &&
         (program.finished.exit_code() == 2 || absl::StrContains(last, "error: ") || absl::StrContains(err, "argv"));
}

}  // namespace

Failure ReadPythonFailure(const FailedProgram& program) {
  Failure failure;
  const std::vector<std::string> lines = Lines(program.err);
  const std::string last = LastError(lines);
  const int at = OwnLine(lines, program.file, &failure.line);
  failure.message = last;
  const std::string shown =
      at >= 0 && static_cast<size_t>(at) + 1 < lines.size() ? lines[static_cast<size_t>(at) + 1] : "";
  const auto starts = [&last](absl::string_view kind) { return absl::StartsWith(last, kind); };
  if (starts("SyntaxError") || starts("IndentationError") || starts("TabError")) {
    const bool awaits = absl::StrContains(last, "outside async function") ||
                        (absl::StrContains(last, "'await' outside") || absl::StrContains(last, "asynchronous comp"));
    failure.reason = awaits ? "top-level-await" : "syntax";
    if (at >= 0)
      failure.column = CaretColumn(lines, static_cast<size_t>(at) + 1, SourceLine(program.source, failure.line));
    if (awaits)
      failure.message =
          absl::StrCat("it awaits outside of an async function (", last, "): wrap it in one and asyncio.run() it");
  } else if (starts("ModuleNotFoundError")) {
    failure.reason = "module-missing";
    failure.name = Between(last, "No module named '", "'");
    failure.name = failure.name.substr(0, failure.name.find('.'));
  } else if (starts("ImportError: attempted relative import")) {
    failure.reason = "input-file";
    failure.message = absl::StrCat("it is a file of a package, whose other files it imports (", last, ")");
  } else if (starts("NameError")) {
    failure.reason = "fragment";
    failure.name = Between(last, "name '", "'");
  } else if (starts("FileNotFoundError")) {
    failure.reason = "input-file";
    failure.name = Between(last, "directory: '", "'");
  } else if (starts("EOFError")) {
    failure.reason = "input-file";
    failure.message = "it reads standard input, which is empty";
  } else if (IsUsageError(program, last) || (starts("IndexError") && absl::StrContains(shown, "argv"))) {
    failure.reason = "arguments";
  }
  return failure;
}

}  // namespace skillrunner::verify

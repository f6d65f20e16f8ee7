#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "verify/failure_readers.h"

namespace skillrunner::verify {
namespace {

// The line that names the error: "ReferenceError: x is not defined", "Error [ERR_MODULE_NOT_FOUND]: Cannot ...".
std::string ErrorLine(const std::vector<std::string>& lines) {
  const auto names_error = [](const std::string& line) {
    const size_t colon = line.find(": ");
    const std::string kind = line.substr(0, line.find_first_of(" :["));
    return colon != std::string::npos && (absl::EndsWith(kind, "Error") || absl::EndsWith(kind, "Exception"));
  };
  const auto found = std::find_if(lines.begin(), lines.end(), names_error);
  if (found != lines.end()) return *found;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (!line->empty()) return *line;
  }
  return "";
}

// "/work/x.js:3" or "file:///work/x.mjs:3:7": the first is the innermost.
void ReadPlace(const FailedProgram& program, Failure* failure) {
  const std::string marker = absl::StrCat("/", program.file, ":");
  const size_t at = program.err.find(marker);
  if (at == std::string::npos) return;
  const std::string rest = program.err.substr(at + marker.size(), 24);
  const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (!absl::SimpleAtoi(rest.substr(0, end), &failure->line) || end >= rest.size() || rest[end] != ':') return;
  const size_t column = std::min(rest.find_first_not_of("0123456789", end + 1), rest.size());
  if (!absl::SimpleAtoi(rest.substr(end + 1, column - end - 1), &failure->column)) failure->column = 0;
}

bool IsBrowserName(const std::string& name) {
  for (const char* known : {"document", "window", "localStorage", "sessionStorage", "navigator", "alert", "location",
                            "XMLHttpRequest", "HTMLElement", "customElements"}) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

Failure ReadNodeFailure(const FailedProgram& program) {
  Failure failure;
  failure.message = ErrorLine(Lines(program.err));
  ReadPlace(program, &failure);
  const std::string& error = failure.message;
  if (absl::StartsWith(error, "SyntaxError")) {
    const bool awaits = absl::StrContains(error, "await is only valid");
    const bool no_export =
        absl::StrContains(error, "does not provide an export") || absl::StrContains(error, "Named export");
    failure.reason = awaits ? "top-level-await" : no_export ? "error" : "syntax";
  } else if (absl::StrContains(error, "Cannot find module '") || absl::StrContains(error, "Cannot find package '")) {
    failure.name = Between(error, absl::StrContains(error, "package '") ? "package '" : "module '", "'");
    const bool own_file = absl::StartsWith(failure.name, ".") || absl::StartsWith(failure.name, "/");
    failure.reason = own_file ? "input-file" : "module-missing";
    if (absl::StartsWith(failure.name, "/work/")) failure.name = failure.name.substr(6);
  } else if (absl::StartsWith(error, "ReferenceError") && absl::StrContains(error, " is not defined")) {
    failure.reason = "fragment";
    failure.name = Between(error, ": ", " is not defined");
    if (IsBrowserName(failure.name))
      failure.message = absl::StrCat("`", failure.name, "` is there in browsers only (", error, ")");
  } else if (absl::StrContains(error, "ENOENT: no such file or directory")) {
    failure.reason = "input-file";
    failure.name = Between(error, " '", "'");
  } else if (absl::StrContains(error, "sage:") && program.finished.exit_code() != 0) {
    failure.reason = "arguments";
  }
  return failure;
}

}  // namespace skillrunner::verify

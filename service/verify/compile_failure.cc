#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "verify/failure_readers.h"

namespace skillrunner::verify {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

// The first of `text` between quotes of any kind compilers use.
std::string Quoted(absl::string_view text) {
  for (const auto& [open, close] :
       {std::pair("\xE2\x80\x98", "\xE2\x80\x99"), std::pair("`", "'"), std::pair("'", "'"), std::pair("\"", "\"")}) {
    const std::string found = Between(text, open, close);
    if (!found.empty()) return found;
  }
  return "";
}

// "undefined: name": what stands behind the mark, up to a blank.
std::string Behind(absl::string_view text, absl::string_view mark) {
  const size_t at = text.find(mark);
  if (at == absl::string_view::npos) return "";
  text.remove_prefix(at + mark.size());
  return std::string(text.substr(0, text.find_first_of(" :,;)")));
}

// A module, package or header that is not installed; empty: that is not what the message says.
std::string MissingModule(const std::string& runtime, const std::string& text) {
  if (absl::EndsWith(text, ": No such file or directory")) return text.substr(0, text.find(": "));
  if (runtime == "go" &&
      (absl::StrContains(text, "cannot find package") || absl::StrContains(text, "provides package"))) {
    const std::string name = Quoted(text);
    return name.empty() ? Behind(text, "package ") : name;
  }
  if (runtime == "java" && absl::StartsWith(text, "package ") && absl::EndsWith(text, " does not exist"))
    return Behind(text, "package ");
  return "";
}

// A name that nothing in the source defines; empty: that is not what the message says.
std::string UndefinedName(const std::string& text) {
  for (const char* mark :
       {"was not declared", "undeclared", "unknown type name", "has not been declared", "does not name a type"}) {
    if (absl::StrContains(text, mark) && !absl::StrContains(text, "function main")) return Quoted(text);
  }
  for (const char* mark : {"undefined: ", "unresolved reference: ", "cannot find symbol: class ",
                           "cannot find symbol: variable ", "cannot find symbol: method "}) {
    const std::string name = Behind(text, mark);
    if (!name.empty()) return name.substr(0, name.find('('));
  }
  if (absl::StrContains(text, "undefined reference to") && !absl::StrContains(text, "`main'")) return Quoted(text);
  return "";
}

// It has no entry point, or is not a whole file.
bool IsNoProgram(const std::string& text) {
  for (const char* mark :
       {"undefined reference to `main'", "function main is undeclared", "requires exactly one main package",
        "expected 'package'", "class, interface, enum, or record expected", "xpecting a top level declaration",
        "unnamed classes are a preview", "statements not expected outside"}) {
    if (absl::StrContains(text, mark)) return true;
  }
  return false;
}

}  // namespace

Failure ReadCompileFailure(const FailedProgram& program, const v1::RunDiagnostic& error) {
  Failure failure;
  failure.line = error.line();
  failure.column = error.column();
  failure.message = error.message();
  failure.reason = "syntax";
  failure.name = MissingModule(program.runtime, error.message());
  if (!failure.name.empty()) {
    failure.reason = "module-missing";
    return failure;
  }
  if (IsNoProgram(error.message())) {
    failure.reason = "fragment";
    failure.message = absl::StrCat("it is no whole program: ", error.message());
    return failure;
  }
  failure.name = UndefinedName(error.message());
  if (failure.name.empty()) return failure;
  failure.reason = "fragment";
  failure.message = absl::StrCat("it uses `", failure.name, "`, which nothing in it defines (", error.message(), ")");
  return failure;
}

Failure ReadCompiledFailure(const FailedProgram& program) {
  if (program.runtime == "typescript") return ReadNodeFailure(program);
  Failure failure;
  const std::vector<std::string> lines = Lines(program.err);
  const auto said = std::find_if(lines.begin(), lines.end(), [](const std::string& line) { return !line.empty(); });
  if (said == lines.end()) return failure;
  failure.message = *said;
  // "x.go:5 +0x1d", "(Main.java:5)": the first one is the innermost.
  const std::string marker = absl::StrCat(program.file, ":");
  const size_t at = program.err.find(marker);
  if (at != std::string::npos) {
    const std::string rest = program.err.substr(at + marker.size(), 12);
    if (!absl::SimpleAtoi(rest.substr(0, rest.find_first_not_of("0123456789")), &failure.line)) failure.line = 0;
  }
  if (absl::StrContains(failure.message, "no main manifest") ||
      absl::StrContains(failure.message, "Main method not found") ||
      absl::StrContains(failure.message, "Could not find or load main class")) {
    failure.reason = "fragment";
    failure.message = absl::StrCat("it is no whole program: ", failure.message);
  } else if (absl::StrContains(failure.message, "o such file or directory") ||
             absl::StrContains(failure.message, "NoSuchFileException") ||
             absl::StrContains(failure.message, "FileNotFoundException")) {
    failure.reason = "input-file";
  } else if (absl::StrContains(failure.message, "sage:")) {
    failure.reason = "arguments";
  }
  return failure;
}

}  // namespace skillrunner::verify

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "verify/failure_readers.h"

namespace skillrunner::verify {
namespace {

// "x.sh: line 3: the rest": the rest, and the line.
std::string Complaint(const std::string& line, const std::string& file, int* number) {
  absl::string_view rest = line;
  if (!absl::ConsumePrefix(&rest, absl::StrCat(file, ": line "))) return "";
  const size_t colon = rest.find(": ");
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, colon), number)) return "";
  return std::string(rest.substr(colon + 2));
}

}  // namespace

Failure ReadBashFailure(const FailedProgram& program) {
  Failure failure;
  for (const std::string& line : Lines(program.err)) {
    if (line.empty()) continue;
    int number = 0;
    const std::string complaint = Complaint(line, program.file, &number);
    if (failure.reason == "error") failure.message = line;
    if (number != 0 && failure.reason == "error") failure.line = number;
    absl::string_view subject = complaint;
    if (absl::StrContains(complaint, "syntax error") || absl::StrContains(complaint, "unexpected EOF")) {
      failure.reason = "syntax";
      failure.message = complaint;
      return failure;
    }
    if (absl::ConsumeSuffix(&subject, ": command not found")) {
      failure.reason = "module-missing";
      failure.name = std::string(subject);
      failure.message = complaint;
    } else if (absl::ConsumeSuffix(&subject, ": unbound variable")) {
      const bool argument =
          absl::StartsWith(subject, "$") || subject.find_first_not_of("0123456789") == absl::string_view::npos;
      failure.reason = argument ? "arguments" : "fragment";
      failure.name = std::string(subject);
      failure.message = complaint;
    } else if (failure.reason == "error" && absl::EndsWith(line, ": No such file or directory")) {
      failure.reason = "input-file";
      subject = complaint.empty() ? absl::string_view(line) : absl::string_view(complaint);
      absl::ConsumeSuffix(&subject, ": No such file or directory");
      const size_t colon = subject.rfind(": ");
      failure.name = std::string(colon == absl::string_view::npos ? subject : subject.substr(colon + 2));
    } else if (failure.reason == "error" && absl::StartsWithIgnoreCase(line, "usage:")) {
      failure.reason = "arguments";
    }
  }
  return failure;
}

}  // namespace skillrunner::verify

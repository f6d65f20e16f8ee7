#include "verify/failure.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/network_errors.h"
#include "verify/failure_readers.h"

namespace skillrunner::verify {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

bool WantedNetwork(const FailedProgram& program) {
  const auto sends = program.finished.evidence().find("network.unreachable_sends");
  return (sends != program.finished.evidence().end() && sends->second != "0") || TellsOfNoNetwork(program.err);
}

bool IsLimit(v1::TerminationCause cause) {
  switch (cause) {
    case v1::TERMINATION_CAUSE_WALL_TIME_LIMIT:
    case v1::TERMINATION_CAUSE_CPU_TIME_LIMIT:
    case v1::TERMINATION_CAUSE_MEMORY_LIMIT:
    case v1::TERMINATION_CAUSE_PROCESS_LIMIT:
    case v1::TERMINATION_CAUSE_OUTPUT_LIMIT:
    case v1::TERMINATION_CAUSE_DISK_LIMIT:
      return true;
    default:
      return false;
  }
}

void Describe(const FailedProgram& program, Failure* failure) {
  if (failure->reason == "module-missing") {
    const std::string package = DebianPackage(program.runtime, failure->name);
    failure->message = absl::StrCat(program.runtime == "bash" ? "the command " : "the module ", failure->name,
                                    " is not installed where this service runs programs",
                                    package.empty() ? "" : absl::StrCat("; the Debian package ", package, " has it"));
  } else if (failure->reason == "input-file" && !failure->name.empty()) {
    failure->message = absl::StrCat("it needs the file ", failure->name, ", which is not there");
  } else if (failure->reason == "arguments") {
    failure->message = absl::StrCat("it needs arguments on its command line: ", failure->message);
  } else if (failure->reason == "error" || failure->message.empty()) {
    failure->message = failure->message.empty()
                           ? program.finished.message()
                           : absl::StrCat(program.finished.message(), " It says: ", failure->message);
  }
}

}  // namespace

std::vector<std::string> Lines(absl::string_view text) {
  return absl::StrSplit(text, '\n');
}

std::string Between(absl::string_view text, absl::string_view before, absl::string_view after) {
  const size_t start = text.find(before);
  if (start == absl::string_view::npos) return "";
  text.remove_prefix(start + before.size());
  const size_t end = text.find(after);
  return end == absl::string_view::npos ? "" : std::string(text.substr(0, end));
}

std::string SourceLine(absl::string_view source, int line) {
  const std::vector<absl::string_view> lines = absl::StrSplit(source, '\n');
  return line >= 1 && static_cast<size_t>(line) <= lines.size() ? std::string(lines[static_cast<size_t>(line) - 1])
                                                                : "";
}

Failure ExplainFailure(const FailedProgram& program) {
  Failure failure;
  if (IsLimit(program.finished.cause())) {
    failure.reason = "limit";
    failure.message = program.finished.message();
    return failure;
  }
  if (program.finished.cause() != v1::TERMINATION_CAUSE_EXITED &&
      program.finished.cause() != v1::TERMINATION_CAUSE_SIGNALED) {
    failure.message = program.finished.message();
    return failure;
  }
  const auto error = std::find_if(program.diagnostics.begin(), program.diagnostics.end(),
                                  [](const v1::RunDiagnostic& said) { return said.code() == "compile-error"; });
  if (error != program.diagnostics.end()) {
    failure = ReadCompileFailure(program, *error);
    Describe(program, &failure);
    return failure;
  }
  if (program.runtime == "python") failure = ReadPythonFailure(program);
  if (program.runtime == "node") failure = ReadNodeFailure(program);
  if (program.runtime == "bash") failure = ReadBashFailure(program);
  if (failure.message.empty()) failure = ReadCompiledFailure(program);
  if (failure.reason == "error" && WantedNetwork(program)) {
    failure.reason = "network";
    failure.message = absl::StrCat("it needs the network, which runs do not have: ", failure.message);
  }
  Describe(program, &failure);
  return failure;
}

}  // namespace skillrunner::verify

// What the errors of each runtime look like. Each reader gives a failure with the reason `error` where it recognises
// none.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "verify/failure.h"

namespace skillrunner::verify {

Failure ReadPythonFailure(const FailedProgram& program);
Failure ReadNodeFailure(const FailedProgram& program);
Failure ReadBashFailure(const FailedProgram& program);
// `error`: the first message of the compiler that is one.
Failure ReadCompileFailure(const FailedProgram& program, const itzamna::skillrunner::v1::RunDiagnostic& error);
// What was compiled and failed when it ran: Go, Java, Kotlin, C, C++, and TypeScript as JavaScript.
Failure ReadCompiledFailure(const FailedProgram& program);

// What the readers share.

std::vector<std::string> Lines(absl::string_view text);
// The text between `before` and the next `after` behind it; empty: it is not there.
std::string Between(absl::string_view text, absl::string_view before, absl::string_view after);
// A line of the source, from 1; empty: there is none.
std::string SourceLine(absl::string_view source, int line);

}  // namespace skillrunner::verify

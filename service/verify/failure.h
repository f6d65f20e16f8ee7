// Why a program failed, read from what it wrote to standard error. It explains; it does not judge.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner::verify {

struct Failure {
  // `module-missing`, `fragment`, `network`, `arguments`, `input-file`, `syntax`, `top-level-await`, `limit` or
  // `error`; catalog.proto says what they mean.
  std::string reason = "error";
  std::string message;  // one sentence
  std::string name;  // the module or command that is missing, the name that is not defined, the file that is not there
  int line = 0;      // of the program, from 1; 0: unknown
  int column = 0;    // in bytes, from 1; 0: unknown
};

struct FailedProgram {
  std::string runtime;
  std::string file;  // name of its own file, such as `exemplo-basico.py`
  std::string source;
  std::string err;                                                   // what it wrote
  std::vector<itzamna::skillrunner::v1::RunDiagnostic> diagnostics;  // of its compiler
  itzamna::skillrunner::v1::RunFinished finished;
};

Failure ExplainFailure(const FailedProgram& program);

// The Debian package that has a module of Python or Node.js, or a command; empty: none that we know.
std::string DebianPackage(absl::string_view runtime, absl::string_view name);

}  // namespace skillrunner::verify

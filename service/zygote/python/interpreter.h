// A warm CPython 3.11: initialised once, in the zygote, as `python3 -u FILE` would be; every sandbox has a copy of it
// by fork, and runs one file in it.
//
// What is the same as in a cold interpreter: tests/parity. What is not: docs/warm-starts.md. Single-threaded.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sandbox/step.h"

namespace skillrunner::python {

// In the zygote: initialises the interpreter with `environment` (KEY=value) as the environment of the process, and
// imports `preload`. A module that cannot be imported is an error that names it, and so is one whose import starts
// threads or processes or leaves files open: copies of the interpreter would not have them. Once per process.
absl::Status StartInterpreter(const std::vector<std::string>& environment, const std::vector<std::string>& preload);

// In the zygote: the names in sys.modules.
std::vector<std::string> ModulesOfInterpreter();

// In the process of a sandbox's program, before there is a job: lets the interpreter know of the fork, and makes this
// process pages of its own of those that programs write to; where it is not known which, by going once through what
// most programs do. What fails here would leave it with secrets that its siblings share.
sandbox::StepResult PrepareFork();

// In that process: runs the file as `python3 -u FILE ARGUMENTS...` does, to the end of the process. `arguments`:
// python3, -u, the file, the program's own. Only returns if it cannot begin.
sandbox::StepResult RunFile(const std::vector<std::string>& arguments, const std::vector<std::string>& environment);

}  // namespace skillrunner::python

// The main function that all zygotes share: flags, isolation, loop. What differs is how their programs are started.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sandbox/launcher.h"

namespace skillrunner {

struct ZygoteFlags {
  std::vector<std::string> preload;          // --preload: modules to import ahead
  std::vector<std::string> python_packages;  // --python-packages, each: a directory of packages
};

// Called in the root file system of the sandboxes. An error is told to the operator, and nothing can be run.
using MakeLauncher = std::function<absl::StatusOr<std::unique_ptr<sandbox::Launcher>>(const ZygoteFlags&)>;

// Returns the exit code. `name`: of the program, for messages.
int ZygoteMain(const char* name, int argc, char** argv, const MakeLauncher& make_launcher);

}  // namespace skillrunner

// How the program of a sandbox comes to life in the process that was made for it. One per zygote; every sandbox has its
// own copy by fork.
#pragma once

#include <string>
#include <vector>

#include "sandbox/init_protocol.h"
#include "sandbox/step.h"

namespace skillrunner::sandbox {

class Launcher {
 public:
  virtual ~Launcher() = default;

  // In the zygote: names of the modules that programs find imported, where they run in a copy of something.
  virtual std::vector<std::string> Modules() const { return {}; }

  // In the program's process, which is otherwise set up and may wait long for its job: what can be done before that is
  // known.
  virtual StepResult PrepareProcess() { return std::nullopt; }

  // In the program's process, with its directory, files, limits and descriptors 0, 1, 2 in place and nothing else open
  // but close-on-exec descriptors. Returns only if the program could not be started.
  virtual StepResult Launch(const Program& program) = 0;
};

// By execve(2).
class ExecLauncher final : public Launcher {
 public:
  StepResult Launch(const Program& program) override;
};

}  // namespace skillrunner::sandbox

// skill-zygote-python: makes sandboxes whose Python program runs in a copy of a warm interpreter. Started by the
// supervisor, never by hand.
#include <memory>

#include "sandbox/environment.h"
#include "zygote/python/interpreter.h"
#include "zygote/zygote_main.h"

namespace skillrunner {
namespace {

class PythonLauncher final : public sandbox::Launcher {
 public:
  void PrepareProcess() override { python::RehearseInFork(); }

  sandbox::StepResult Launch(const sandbox::Program& program) override {
    python::RunFile(program.arguments, program.environment);
    return sandbox::StepFailed("run the file in the warm interpreter", EINVAL);
  }
};

absl::StatusOr<std::unique_ptr<sandbox::Launcher>> MakePythonLauncher(const ZygoteFlags& flags) {
  const absl::Status started = python::StartInterpreter(sandbox::DefaultEnvironment(), flags.preload);
  if (!started.ok()) return started;
  return std::make_unique<PythonLauncher>();
}

}  // namespace
}  // namespace skillrunner

int main(int argc, char** argv) {
  return skillrunner::ZygoteMain("skill-zygote-python", argc, argv, skillrunner::MakePythonLauncher);
}

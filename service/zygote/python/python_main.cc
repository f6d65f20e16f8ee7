// skill-zygote-python: makes sandboxes whose Python program runs in a copy of a warm interpreter. Started by the
// supervisor, never by hand.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sandbox/environment.h"
#include "zygote/python/interpreter.h"
#include "zygote/zygote_main.h"

namespace skillrunner {
namespace {

class PythonLauncher final : public sandbox::Launcher {
 public:
  std::vector<std::string> Modules() const override { return python::ModulesOfInterpreter(); }

  sandbox::StepResult PrepareProcess() override { return python::PrepareFork(); }

  sandbox::StepResult Launch(const sandbox::Program& program) override {
    return python::RunFile(program.arguments, program.environment);
  }
};

absl::StatusOr<std::unique_ptr<sandbox::Launcher>> MakePythonLauncher(const ZygoteFlags& flags) {
  std::vector<std::string> environment = sandbox::DefaultEnvironment();
  if (!flags.python_packages.empty()) {
    environment.push_back(absl::StrCat("PYTHONPATH=", absl::StrJoin(flags.python_packages, ":")));
    std::sort(environment.begin(), environment.end());  // as that of programs
  }
  const absl::Status started = python::StartInterpreter(environment, flags.preload);
  if (!started.ok()) return started;
  return std::make_unique<PythonLauncher>();
}

}  // namespace
}  // namespace skillrunner

// Read by AddressSanitizer where this is built with it: signals, and what is still allocated at the end, are the
// programs' own affair.
extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:detect_leaks="
         "0";
}

int main(int argc, char** argv) {
  return skillrunner::ZygoteMain("skill-zygote-python", argc, argv, skillrunner::MakePythonLauncher);
}

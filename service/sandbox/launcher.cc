#include "sandbox/launcher.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "sandbox/privileges.h"

namespace skillrunner::sandbox {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

StepResult ExecLauncher::Launch(const Program& program) {
  SKILLRUNNER_TRY_STEP(ResetSignals());
  const std::vector<char*> arguments = Pointers(program.arguments);
  const std::vector<char*> environment = Pointers(program.environment);
  if (!FaultInjected()) ::execve(program.executable.c_str(), arguments.data(), environment.data());
  return StepFailed(absl::StrCat("exec ", program.executable));
}

}  // namespace skillrunner::sandbox

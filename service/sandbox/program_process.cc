#include "sandbox/program_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "sandbox/launcher.h"
#include "sandbox/privileges.h"
#include "sandbox/report.h"

namespace skillrunner::sandbox {
namespace {

constexpr int kSetupFailedExit = 1;

StepResult WriteInputFile(const std::string& directory, const InputFile& file) {
  const std::string path = absl::StrCat(directory, "/", file.path);
  for (size_t slash = path.find('/', directory.size() + 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    SKILLRUNNER_STEP_UNLESS(EEXIST, ::mkdir(parent.c_str(), 0755), absl::StrCat("mkdir ", parent));
  }
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.executable ? 0755 : 0644));
  SKILLRUNNER_STEP(fd.get(), absl::StrCat("create ", path));
  SKILLRUNNER_STATUS_STEP(WriteAll(fd.get(), file.content), absl::StrCat("write ", path));
  return std::nullopt;
}

StepResult ReadProgram(int memfd, Program* program) {
  struct stat status {};
  SKILLRUNNER_STEP(::fstat(memfd, &status), "fstat of the program");
  if (status.st_size <= 0 || static_cast<uint64_t>(status.st_size) > kMaxProgramBytes)
    return StepFailed("size of the program", EMSGSIZE);
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  SKILLRUNNER_STEP(::pread(memfd, bytes.data(), bytes.size(), 0), "read the program");
  if (!Decode(bytes, program)) return StepFailed("decode the program", EBADMSG);
  return std::nullopt;
}

StepResult Prepare(const InitPlan& plan, int broker) {
  SKILLRUNNER_STEP(::setsid(), "setsid");
  SKILLRUNNER_STEP(::dup2(plan.stdout_write, STDOUT_FILENO), "dup2 stdout");
  SKILLRUNNER_STEP(::dup2(plan.stderr_write, STDERR_FILENO), "dup2 stderr");
  SKILLRUNNER_TRY_STEP(SetResourceLimits(plan.limits, plan.limit_processes));
  SKILLRUNNER_STEP(::chdir(plan.work_directory), "chdir into the work directory");
  if (plan.restricted != nullptr)
    SKILLRUNNER_TRY_STEP(RestrictProgram(*plan.restricted, plan.limits, *plan.filter, broker));
  // The init hides its memory from programs. What hides is counted with its whole address space (tree_usage.h), and the
  // count may begin before the program does.
  SKILLRUNNER_STEP(::prctl(PR_SET_DUMPABLE, 1), "prctl(PR_SET_DUMPABLE)");
  return std::nullopt;
}

// Returns only on failure.
StepResult Start(const InitPlan& plan, const Message& job) {
  if (job.fds.size() != 2) return StepFailed("receive the job", EBADMSG);
  Program program;
  SKILLRUNNER_TRY_STEP(ReadProgram(job.fds[0].get(), &program));
  for (const InputFile& file : program.files) SKILLRUNNER_TRY_STEP(WriteInputFile(plan.work_directory, file));
  SKILLRUNNER_STEP(::dup2(job.fds[1].get(), STDIN_FILENO), "dup2 stdin");
  // All of them are already; this makes it certain.
  SKILLRUNNER_STEP(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
  if (plan.restricted != nullptr) AdaptEnvironment(*plan.restricted, &program);
  return plan.launcher->Launch(program);
}

}  // namespace

void RunProgramProcess(const InitPlan& plan, UniqueFd broker) {
  StepResult failed = Prepare(plan, broker.get());
  broker.reset();
  if (!failed) {
    failed = plan.launcher->PrepareProcess();
  }
  if (!failed) {
    Report(plan.control, Ready{});
    const auto job = ReceiveMessage(plan.control);
    if (!job.ok()) ::_exit(0);  // never needed
    failed = Start(plan, *job);
  }
  Report(plan.control, SetupFailed{.step = *failed});
  ::_exit(kSetupFailedExit);
}

}  // namespace skillrunner::sandbox

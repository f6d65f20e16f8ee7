#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "spawn.h"
#include "testing/run_client.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr char kProgram[] = R"(import asyncio

async def task(number):
    await asyncio.sleep(0)
    print(f"task {number} done")

async def main():
    await asyncio.gather(task(1), task(2), task(3))

asyncio.run(main())
)";
constexpr char kExpected[] = "task 1 done\ntask 2 done\ntask 3 done\n";
constexpr int kWarmUpRounds = 2;
// Before each start: the service prepares its next sandbox after a run, which must not be paid by whoever comes next.
constexpr absl::Duration kSettle = absl::Milliseconds(30);

struct Timing {
  double first_byte = 0;  // ms
  double end = 0;         // ms
};

double MillisecondsSince(absl::Time start) {
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

absl::StatusOr<Timing> TimeRun(v1::RunService::Stub& stub) {
  Timing timing;
  const v1::RunSourceRequest request = testing::PythonSource(kProgram);
  const absl::Time start = absl::Now();
  const testing::RunRecord record =
      testing::RunSource(stub, request, [&](const v1::RunEvent& event, grpc::ClientContext&) {
        if (event.has_output() && timing.first_byte == 0) timing.first_byte = MillisecondsSince(start);
      });
  timing.end = MillisecondsSince(start);
  if (const std::string problem = record.Problem(); !problem.empty()) return absl::InternalError(problem);
  if (record.Stdout() != kExpected) {
    return absl::InternalError(absl::StrCat("wrong output; ", record.finished().message(), "\n", record.Stderr()));
  }
  return timing;
}

absl::StatusOr<Timing> TimeCommand(const std::vector<std::string>& command) {
  Timing timing;
  std::string output;
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const Child child, Spawn(command));
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(child.output.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (output.empty()) timing.first_byte = MillisecondsSince(start);
    output.append(buffer, static_cast<size_t>(got));
  }
  const int exit_code = Wait(child.pid);
  timing.end = MillisecondsSince(start);
  if (exit_code != 0 || output != kExpected) {
    return absl::FailedPreconditionError(absl::StrCat("does not run the program here, exit code ", exit_code));
  }
  return timing;
}

struct Subject {
  std::string name;
  std::function<absl::StatusOr<Timing>()> run;
  std::vector<double> first_byte;
  std::vector<double> end;
};

Subject CommandSubject(std::string name, std::vector<std::string> command) {
  return {std::move(name), [command = std::move(command)] { return TimeCommand(command); }, {}, {}};
}

// Sandboxes of others take part where they are installed and able to run the program.
void AddIfAble(Subject subject, std::vector<Subject>& subjects, Report& report) {
  const absl::StatusOr<Timing> trial = subject.run();
  if (trial.ok()) {
    subjects.push_back(std::move(subject));
  } else {
    report.AddSkipped(subject.name,
                      absl::IsNotFound(trial.status()) ? "not installed" : std::string(trial.status().message()));
  }
}

}  // namespace

absl::Status CompareProgramLatency(const Effort& effort, const testing::Service& service, Report& report) {
  std::string directory = "/tmp/skill-bench-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return ErrnoStatus(errno, directory);
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  };
  const std::string file = directory + "/program.py";
  {
    ASSIGN_OR_RETURN(const UniqueFd fd, OpenAt(AT_FDCWD, file, O_WRONLY | O_CREAT, 0644));
    RETURN_IF_ERROR(WriteAll(fd.get(), kProgram));
  }
  const std::shared_ptr<grpc::Channel> channel = service.NewChannel();
  const auto stub = v1::RunService::NewStub(channel);

  std::vector<Subject> subjects;
  subjects.push_back({"skill-runner, gRPC", [&] { return TimeRun(*stub); }, {}, {}});
  subjects.push_back(CommandSubject("python3 -u", {kPython, "-u", file}));
  AddIfAble(CommandSubject("bubblewrap",
                           {"bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
                            "--tmpfs", "/tmp", "--ro-bind", file, "/tmp/program.py", kPython, "-u", "/tmp/program.py"}),
            subjects, report);
  AddIfAble(CommandSubject("nsjail", {"nsjail", "--mode", "o", "--really_quiet", "--keep_env", "--chroot", "/",
                                      "--tmpfsmount", "/tmp", "--bindmount_ro", file + ":/tmp/program.py", "--",
                                      kPython, "-u", "/tmp/program.py"}),
            subjects, report);

  for (int round = -kWarmUpRounds; round < effort.program_rounds; ++round) {
    for (Subject& subject : subjects) {
      absl::SleepFor(kSettle);
      const absl::StatusOr<Timing> timing = subject.run();
      if (!timing.ok()) return absl::InternalError(absl::StrCat(subject.name, ": ", timing.status().message()));
      if (round < 0) continue;
      subject.first_byte.push_back(timing->first_byte);
      subject.end.push_back(timing->end);
    }
  }
  for (const bool first : {true, false}) {
    for (Subject& subject : subjects) {
      report.Add({first ? "program: first output byte" : "program: end", subject.name, "ms",
                  subject.name == "python3 -u", std::move(first ? subject.first_byte : subject.end)});
    }
  }
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

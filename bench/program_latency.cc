#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "programs.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr int kWarmUpRounds = 2;
// Before each start: the service prepares its next sandbox after a run, which must not be paid by whoever comes next.
constexpr absl::Duration kSettle = absl::Milliseconds(30);

struct Subject {
  std::string name;
  std::function<absl::StatusOr<Timing>()> run;
  std::vector<Timing> timings;
};

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

std::vector<double> Column(const std::vector<Timing>& timings, double Timing::*member) {
  std::vector<double> column;
  for (const Timing& timing : timings) column.push_back(timing.*member);
  return column;
}

void AddSteps(const std::vector<Timing>& timings, Report& report) {
  const struct {
    const char* name;
    double Timing::*member;
  } kSteps[] = {{"request sent to accepted", &Timing::accepted},   {"accepted to started", &Timing::started},
                {"started to output written", &Timing::written},   {"written to first byte here", &Timing::delivered},
                {"output written to finished", &Timing::finished}, {"finished to status here", &Timing::status}};
  for (const auto& step : kSteps) {
    report.Add({"steps of a run", step.name, "ms", false, Column(timings, step.member)});
  }
}

}  // namespace

absl::Status CompareProgramLatency(const Effort& effort, const testing::Service& service, Report& report) {
  const std::shared_ptr<grpc::Channel> channel = service.NewChannel();
  const auto stub = v1::RunService::NewStub(channel);
  for (const Program* program : {&kAsyncioProgram, &kAiohttpProgram}) {
    ASSIGN_OR_RETURN(const ProgramFile file, ProgramFile::Write(*program));
    const auto command = [&](std::string name, std::vector<std::string> words) -> Subject {
      return {std::move(name), [words = std::move(words), program] { return TimeCommand(words, *program); }, {}};
    };
    std::vector<Subject> subjects;
    subjects.push_back({"skill-runner, gRPC", [&] { return TimeRun(*stub, *program); }, {}});
    subjects.push_back(command("python3 -u", {kPython, "-u", file.path()}));
    AddIfAble(command("bubblewrap",
                      {"bwrap", "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs",
                       "/tmp", "--ro-bind", file.path(), "/tmp/program.py", kPython, "-u", "/tmp/program.py"}),
              subjects, report);
    AddIfAble(command("nsjail",
                      {"nsjail", "--mode", "o", "--really_quiet", "--keep_env", "--chroot", "/", "--tmpfsmount", "/tmp",
                       "--bindmount_ro", file.path() + ":/tmp/program.py", "--", kPython, "-u", "/tmp/program.py"}),
              subjects, report);

    for (int round = -kWarmUpRounds; round < effort.program_rounds; ++round) {
      for (Subject& subject : subjects) {
        absl::SleepFor(kSettle);
        const absl::StatusOr<Timing> timing = subject.run();
        if (!timing.ok()) return absl::InternalError(absl::StrCat(subject.name, ": ", timing.status().message()));
        if (round >= 0) subject.timings.push_back(*timing);
      }
    }
    const struct {
      const char* name;
      double Timing::*member;
    } kMeasures[] = {{": first output byte", &Timing::first_byte}, {": end", &Timing::end}};
    for (const auto& measure : kMeasures) {
      for (Subject& subject : subjects) {
        report.Add({absl::StrCat(program->name, measure.name), subject.name, "ms", subject.name == "python3 -u",
                    Column(subject.timings, measure.member)});
      }
    }
    if (program == &kAsyncioProgram) AddSteps(subjects.front().timings, report);
  }
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

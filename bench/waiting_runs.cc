#include <dirent.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "testing/processes.h"
#include "testing/run_client.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr double kMiB = 1 << 20;
// All runs wait for the same moment, so long after the first is asked for.
constexpr absl::Duration kHeadStart = absl::Seconds(15);
constexpr absl::Duration kPerRun = absl::Milliseconds(25);

// A field of a file of lines "Name:   123 kB", in bytes; 0: not there.
double KibibyteField(const std::string& path, absl::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, name)) return std::stod(line.substr(line.find(':') + 1)) * 1024;
  }
  return 0;
}

// Memory of a process tree, what is shared counted once.
double TreeMemory(pid_t root) {
  double sum = KibibyteField(absl::StrCat("/proc/", root, "/smaps_rollup"), "Pss:");
  for (const pid_t child : testing::Children(root)) sum += TreeMemory(child);
  return sum;
}

// Streams of many runs, read by one thread.
class WaitingRuns {
 public:
  WaitingRuns(const testing::Service& service, int count, absl::Time until) : runs_(static_cast<size_t>(count)) {
    const std::string source = absl::StrFormat(
        "import asyncio, time\n\n"
        "async def main():\n"
        "    print('waiting')\n"
        "    await asyncio.sleep(%f - time.time())\n"
        "    print('done')\n\n"
        "asyncio.run(main())\n",
        absl::ToDoubleSeconds(until - absl::UnixEpoch()));
    stub_ = v1::RunService::NewStub(service.NewChannel());
    v1::RunSourceRequest request = testing::PythonSource(source);
    for (Run& run : runs_) {
      run.context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(15));
      run.reader = stub_->AsyncRunSource(&run.context, request, &queue_, &run);
    }
  }
  ~WaitingRuns() {
    for (Run& run : runs_) run.context.TryCancel();
    while (open_ > 0) Next();
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  WaitingRuns(const WaitingRuns&) = delete;
  WaitingRuns& operator=(const WaitingRuns&) = delete;

  void ReadUntilAllWait(absl::Time until) {
    while (waiting_ < runs_.size() && open_ > 0 && absl::Now() < until) Next();
  }
  void ReadToTheEnd() {
    while (open_ > 0) Next();
  }
  size_t waiting() const { return waiting_; }
  size_t good() const { return good_; }
  // Of the first that was not.
  const std::string& problem() const { return problem_; }

 private:
  enum class Step { kStart, kRead, kFinish };
  struct Run {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncReader<v1::RunSourceResponse>> reader;
    v1::RunSourceResponse response;
    grpc::Status status;
    Step step = Step::kStart;
    std::string output;
    std::string message;
  };

  void Next() {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline = std::chrono::system_clock::now() + std::chrono::milliseconds(200);
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return;
    Run& run = *static_cast<Run*>(tag);
    if (run.step == Step::kFinish) return End(run);
    if (run.step == Step::kRead && ok) Take(run);
    if (ok) {
      run.step = Step::kRead;
      run.reader->Read(&run.response, &run);
    } else {
      run.step = Step::kFinish;
      run.reader->Finish(&run.status, &run);
    }
  }
  void Take(Run& run) {
    const v1::RunEvent& event = run.response.event();
    if (event.has_output()) {
      if (run.output.empty()) ++waiting_;
      run.output += event.output().text();
    }
    if (event.has_finished()) run.message = event.finished().message();
  }
  void End(Run& run) {
    --open_;
    if (run.status.ok() && run.output == "waiting\ndone\n") {
      ++good_;
    } else if (problem_.empty()) {
      problem_ = absl::StrCat(run.status.error_message(), " ", run.message, " ", run.output);
    }
  }

  std::vector<Run> runs_;
  std::unique_ptr<v1::RunService::Stub> stub_;
  grpc::CompletionQueue queue_;
  size_t open_ = runs_.size();
  size_t waiting_ = 0;
  size_t good_ = 0;
  std::string problem_;
};

}  // namespace

absl::Status MeasureMemory(const Effort& effort, testing::Identity identity, Report& report) {
  const int count = effort.waiting_runs;
  testing::ServiceOptions options;
  options.identity = identity;
  const testing::Service idle(options);
  absl::SleepFor(absl::Seconds(1));
  report.Add({"idle service: memory", "all processes, Pss", "MiB", false, {TreeMemory(idle.supervisor()) / kMiB}});

  options.flags = {absl::StrCat("--max-running=", count), absl::StrCat("--sandbox-uids=", 10 * count),
                   "--default-wall-time=10m", "--python-profiles=asyncio"};
  const testing::Service service(options);
  absl::SleepFor(absl::Seconds(1));
  const double available = KibibyteField("/proc/meminfo", "MemAvailable:");
  const absl::Time until = absl::Now() + kHeadStart + count * kPerRun;
  WaitingRuns runs(service, count, until);
  runs.ReadUntilAllWait(until);
  const double used = available - KibibyteField("/proc/meminfo", "MemAvailable:");
  const absl::Duration took = absl::Now() - (until - kHeadStart - count * kPerRun);
  const size_t waiting = runs.waiting();
  runs.ReadToTheEnd();
  if (runs.good() != static_cast<size_t>(count) || waiting != runs.good()) {
    return absl::InternalError(absl::StrCat("of ", count, " runs ", waiting, " waited at once and ", runs.good(),
                                            " ended well; ", runs.problem()));
  }
  report.Add({"waiting runs: at once", "all ended well", "runs", false, {static_cast<double>(count)}});
  report.Add({"waiting runs: until all wait", "skill-runner, gRPC", "s", false, {absl::ToDoubleSeconds(took)}});
  report.Add({"waiting runs: memory of each", "kernel and service included", "MiB", false, {used / kMiB / count}});
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

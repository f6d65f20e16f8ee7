#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "programs.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

struct Slice {
  double rate = 0;                 // runs per second
  std::vector<double> first_byte;  // ms, of each run
};

// `clients` threads, each starting its next run when the one before has ended.
absl::StatusOr<Slice> RunClients(int clients, double seconds, const std::function<absl::StatusOr<Timing>(int)>& run) {
  absl::Mutex mutex;
  Slice slice;
  absl::Status failed;
  const absl::Time start = absl::Now();
  const absl::Time until = start + absl::Seconds(seconds);
  std::vector<std::thread> threads;
  for (int client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      while (absl::Now() < until) {
        const absl::StatusOr<Timing> timing = run(client);
        absl::MutexLock lock(&mutex);
        if (!timing.ok()) failed = timing.status();
        if (!failed.ok()) return;
        slice.first_byte.push_back(timing->first_byte);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  RETURN_IF_ERROR(failed);
  slice.rate = static_cast<double>(slice.first_byte.size()) / absl::ToDoubleSeconds(absl::Now() - start);
  return slice;
}

}  // namespace

absl::Status CompareConcurrentPrograms(const Effort& effort, const testing::Service& service, Report& report) {
  ASSIGN_OR_RETURN(const ProgramFile file, ProgramFile::Write(kAsyncioProgram));
  const int processors = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::unique_ptr<v1::RunService::Stub>> stubs;
  for (int i = 0; i < 4 * processors; ++i) stubs.push_back(v1::RunService::NewStub(service.NewChannel()));
  struct Subject {
    const char* name;
    std::function<absl::StatusOr<Timing>(int)> run;
    std::vector<double> rates;
    std::vector<double> first_byte;
  };
  for (const int clients : {1, processors, 4 * processors}) {
    Subject subjects[] = {{"skill-runner, gRPC",
                           [&](int client) { return TimeRun(*stubs[static_cast<size_t>(client)], kAsyncioProgram); },
                           {},
                           {}},
                          {"python3 -u",
                           [&](int) {
                             return TimeCommand({kPython, "-u", file.path()}, kAsyncioProgram);
                           },
                           {},
                           {}}};
    for (int slice = -1; slice < effort.program_slices; ++slice) {
      for (Subject& subject : subjects) {
        ASSIGN_OR_RETURN(Slice measured, RunClients(clients, effort.program_slice_seconds, subject.run));
        if (slice < 0) continue;  // warm-up
        subject.rates.push_back(measured.rate);
        subject.first_byte.insert(subject.first_byte.end(), measured.first_byte.begin(), measured.first_byte.end());
      }
    }
    const std::string measure = absl::StrCat(clients, clients == 1 ? " client: " : " clients: ");
    for (Subject& subject : subjects) {
      report.Add({measure + "first output byte", subject.name, "ms", &subject == &subjects[1], subject.first_byte});
    }
    for (Subject& subject : subjects) {
      report.Add({measure + "runs a second", subject.name, "runs/s", &subject == &subjects[1], subject.rates});
    }
  }
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "bare_server.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "testing/run_client.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr int kWriteBytes = 64 << 10;

size_t OutputBytes(const v1::RunEvent& event) {
  return event.output().text().size() + event.output().data().size();
}

// MB/s of one replay, from the call to its status.
absl::StatusOr<double> Replay(v1::RunService::Stub& stub, const std::string& run, size_t expected_bytes) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::WatchRunRequest request;
  request.set_name(run);
  v1::WatchRunResponse response;
  size_t bytes = 0;
  const absl::Time start = absl::Now();
  const auto reader = stub.WatchRun(&context, request);
  while (reader->Read(&response)) bytes += OutputBytes(response.event());
  const grpc::Status status = reader->Finish();
  const absl::Duration elapsed = absl::Now() - start;
  if (!status.ok() || bytes != expected_bytes) {
    return absl::InternalError(absl::StrCat("replay brought ", bytes, " bytes: ", status.error_message()));
  }
  return static_cast<double>(bytes) / 1e6 / absl::ToDoubleSeconds(elapsed);
}

struct Subject {
  std::string name;
  bool baseline;
  std::unique_ptr<v1::RunService::Stub> stub;
  std::vector<double> rates;
};

}  // namespace

absl::Status CompareStreamReplay(const Effort& effort, const testing::Service& service, Report& report) {
  const std::string program =
      absl::StrFormat("import os\nfor _ in range(%d):\n    os.write(1, b'0123456789abcde\\n' * %d)\n",
                      effort.stream_output_bytes / kWriteBytes, kWriteBytes / 16);
  std::unique_ptr<v1::RunService::Stub> stub = v1::RunService::NewStub(service.NewChannel());
  const testing::RunRecord run = testing::RunSource(*stub, testing::PythonSource(program));
  const size_t expected_bytes = static_cast<size_t>(effort.stream_output_bytes);
  if (const std::string problem = run.Problem(); !problem.empty()) return absl::InternalError(problem);
  if (run.Stdout().size() != expected_bytes) return absl::InternalError(run.finished().message());

  std::vector<v1::WatchRunResponse> messages;
  size_t chunks = 0;
  for (const v1::RunEvent& event : run.events) {
    *messages.emplace_back().mutable_event() = event;
    chunks += event.has_output() ? 1 : 0;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<BareServer> bare, BareServer::Start(v1::GetRunResponse(), messages));
  report.AddCondition(
      "stream", absl::StrFormat("WatchRun, %d messages, %d MiB of output in %d chunks of %.1f KiB each on average",
                                messages.size(), expected_bytes >> 20, chunks,
                                static_cast<double>(expected_bytes) / 1024 / static_cast<double>(chunks)));

  Subject subjects[] = {{"skill-runner", false, std::move(stub), {}},
                        {"bare gRPC server", true, v1::RunService::NewStub(bare->NewChannel()), {}}};
  for (int round = -1; round < effort.stream_rounds; ++round) {
    for (Subject& subject : subjects) {
      ASSIGN_OR_RETURN(const double rate, Replay(*subject.stub, run.name(), expected_bytes));
      if (round >= 0) subject.rates.push_back(rate);  // the first one warms up
    }
  }
  for (Subject& subject : subjects) {
    report.Add({"stream: replay", subject.name, "MB/s", subject.baseline, std::move(subject.rates)});
  }
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

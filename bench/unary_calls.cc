#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bare_server.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "testing/run_client.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

// One client thread with a completion queue keeps `callers` calls in flight: 32 threads would measure the scheduler.
class Client {
 public:
  Client(const std::shared_ptr<grpc::Channel>& channel, std::string run)
      : stub_(v1::RunService::NewStub(channel)), run_(std::move(run)) {}
  ~Client() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Calls for that long; appends the latency of each call, microseconds. Returns calls per second.
  absl::StatusOr<double> Measure(int callers, double seconds, std::vector<double>& latencies) {
    const absl::Time start = absl::Now();
    const absl::Time until = start + absl::Seconds(seconds);
    std::vector<Call> calls(static_cast<size_t>(callers));
    for (Call& call : calls) Start(call);
    int in_flight = callers;
    size_t done = 0;
    absl::Status status;
    while (in_flight > 0) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      Call& call = *static_cast<Call*>(tag);
      const absl::Time now = absl::Now();
      latencies.push_back(absl::ToDoubleMicroseconds(now - call.start));
      ++done;
      if (!call.status.ok() || call.response.run().name() != run_) {
        status = absl::InternalError(absl::StrCat("wrong answer to GetRun: ", call.status.error_message()));
      }
      if (now < until && status.ok()) {
        Start(call);
      } else {
        --in_flight;
      }
    }
    RETURN_IF_ERROR(status);
    return static_cast<double>(done) / absl::ToDoubleSeconds(absl::Now() - start);
  }

 private:
  struct Call {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetRunResponse>> reader;
    v1::GetRunResponse response;
    grpc::Status status;
    absl::Time start;
  };

  void Start(Call& call) {
    v1::GetRunRequest request;
    request.set_name(run_);
    call.start = absl::Now();
    call.reader.reset();
    call.context = std::make_unique<grpc::ClientContext>();
    call.context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    call.reader = stub_->AsyncGetRun(call.context.get(), request, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }

  const std::unique_ptr<v1::RunService::Stub> stub_;
  const std::string run_;
  grpc::CompletionQueue queue_;
};

struct Subject {
  std::string name;
  Client* client;
  std::vector<double> rates;
  std::vector<double> latencies;
};

}  // namespace

absl::Status CompareUnaryCalls(const Effort& effort, const testing::Service& service, Report& report) {
  // The run that is asked for, and the answer that the other server shall give.
  const std::shared_ptr<grpc::Channel> channel = service.NewChannel();
  const auto stub = v1::RunService::NewStub(channel);
  const testing::RunRecord run = testing::RunSource(*stub, testing::PythonSource("print('done')\n"));
  if (run.Stdout() != "done\n") return absl::InternalError("the run to ask for did not succeed");
  grpc::ClientContext context;
  v1::GetRunRequest request;
  v1::GetRunResponse response;
  request.set_name(run.name());
  if (!stub->GetRun(&context, request, &response).ok()) return absl::InternalError("GetRun failed");
  ASSIGN_OR_RETURN(const std::unique_ptr<BareServer> bare, BareServer::Start(response, {}));
  report.AddCondition("unary", absl::StrCat("GetRun, ", request.ByteSizeLong(), " bytes asked, ",
                                            response.ByteSizeLong(), " bytes answered"));

  Client our_client(channel, run.name());
  Client bare_client(bare->NewChannel(), run.name());
  for (const int callers : {1, 32}) {
    Subject subjects[] = {{"skill-runner", &our_client, {}, {}}, {"bare gRPC server", &bare_client, {}, {}}};
    for (int slice = -1; slice < effort.slices; ++slice) {
      for (Subject& subject : subjects) {
        ASSIGN_OR_RETURN(const double rate, subject.client->Measure(callers, effort.slice_seconds, subject.latencies));
        if (slice < 0) {
          subject.latencies.clear();  // warm-up
        } else {
          subject.rates.push_back(rate);
        }
      }
    }
    const std::string measure = absl::StrCat("unary, ", callers, callers == 1 ? " caller: " : " callers: ");
    for (Subject& subject : subjects) {
      report.Add({measure + "rate", subject.name, "calls/s", subject.client == &bare_client, std::move(subject.rates)});
    }
    for (Subject& subject : subjects) {
      report.Add(
          {measure + "latency", subject.name, "us", subject.client == &bare_client, std::move(subject.latencies)});
    }
  }
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

// Client of the Skill Runner.
//
//   Client client(MakeChannel("127.0.0.1:50051"));
//   RunExampleRequest request;
//   request.set_example("skills/async/examples/basic");
//   RunOutcome outcome = client.RunExample(request, [](const v1::RunEvent& event) { ... });
//   if (!outcome.finished) std::cerr << DescribeError(outcome.status);
//
// Calls block. Thread-safe: several threads may call at once. Nothing here throws.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "itzamna/skillrunner/v1/catalog.grpc.pb.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "itzamna/skillrunner/v1/system.grpc.pb.h"

namespace skillrunner::client {

namespace v1 = ::itzamna::skillrunner::v1;

// A plaintext channel, opened by the first call. `address` is what gRPC takes: `HOST:PORT`, `unix:/path`. Loopback and
// Unix sockets are never reached through the HTTP proxy of the environment. `user_agent` is put in front of gRPC's.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const std::string& user_agent = "");

struct CallOptions {
  absl::Time deadline = absl::InfiniteFuture();
  // Ends the call early, with CANCELLED.
  std::stop_token stop = {};
};

struct RunOptions {
  // For the whole, reattaching included. A run with the CANCEL policy is cancelled by the service when it passes.
  absl::Time deadline = absl::InfiniteFuture();
  // Leaves the stream: the outcome is CANCELLED and the run's disconnect_policy decides what becomes of it. To cancel
  // the run and still hear how it ended, call CancelRun from another thread instead.
  std::stop_token stop = {};
  // How often in a row, without a new event in between, a broken stream is taken up again. 0: never. The pause before
  // each attempt doubles from 50 ms.
  int max_reattach = 6;
};

// What is known of a run after its stream.
struct RunOutcome {
  // OK where `finished` is set, and for validate_only. Else why the end of the run is not known.
  grpc::Status status;
  // `runs/{run}`. Empty: the run was not created, as far as is known.
  std::string run;
  // The last event. Not set: the run has not ended, or nobody heard of it.
  std::optional<v1::RunFinished> finished;
  // Sequence of the last event delivered.
  int64_t last_sequence = 0;
  // Streams opened after the first.
  int reattached = 0;
  // The journal no longer held all events; the callback got a `gap` in their place.
  bool gap = false;
};

// Called on the thread that made the call, once for each event, in the order of their sequence, without repetitions.
using EventCallback = std::function<void(const v1::RunEvent&)>;

class Client {
 public:
  explicit Client(std::shared_ptr<grpc::Channel> channel);

  // All pages joined into one answer.
  grpc::Status ListSkills(v1::SkillView view, v1::ListSkillsResponse* answer, const CallOptions& options = {});
  grpc::Status GetSkill(const std::string& name, v1::SkillView view, v1::Skill* skill, const CallOptions& options = {});
  // The sections of that kind or title, and the code in them.
  grpc::Status GetSection(const std::string& name, const std::string& section, v1::Skill* skill,
                          const CallOptions& options = {});
  grpc::Status SearchSkills(const v1::SearchSkillsRequest& request, v1::SearchSkillsResponse* answer,
                            const CallOptions& options = {});
  grpc::Status LintSkill(const v1::LintSkillRequest& request, v1::LintSkillResponse* answer,
                         const CallOptions& options = {});

  // Calls `on_response` for every message, keep-alives included, on the calling thread.
  grpc::Status VerifySkill(const v1::VerifySkillRequest& request,
                           const std::function<void(const v1::VerifySkillResponse&)>& on_response,
                           const CallOptions& options = {});
  grpc::Status ExportSkill(const std::string& name, v1::ExportSkillResponse* answer, const CallOptions& options = {});
  grpc::Status ExportCatalog(v1::ExportCatalogRequest::Format format, v1::ExportCatalogResponse* answer,
                             const CallOptions& options = {});

  // Start or watch a run and follow it to its `finished`.
  //
  // A stream that ends with OK or UNAVAILABLE, or skips events, before `finished` is taken up again with WatchRun
  // behind the last event delivered (RunOptions::max_reattach). A run with the CONTINUE policy goes on meanwhile. One
  // with the CANCEL policy is cancelled by the service once the stream that started it is gone; reattaching then brings
  // the rest of its output and that outcome. A stream that breaks before `accepted` is not tried again: whether the run
  // exists is unknown; ask again with the same request_id.
  RunOutcome RunExample(const v1::RunExampleRequest& request, const EventCallback& on_event,
                        const RunOptions& options = {});
  RunOutcome RunSource(const v1::RunSourceRequest& request, const EventCallback& on_event,
                       const RunOptions& options = {});
  RunOutcome WatchRun(const v1::WatchRunRequest& request, const EventCallback& on_event,
                      const RunOptions& options = {});

  // Returns when the run is over.
  grpc::Status CancelRun(const std::string& name, v1::Run* run, const CallOptions& options = {});
  grpc::Status GetRun(const std::string& name, v1::Run* run, const CallOptions& options = {});
  // The newest `most` runs, from as many pages as that takes.
  grpc::Status ListRuns(int most, v1::ListRunsResponse* answer, const CallOptions& options = {});

  grpc::Status GetCapabilities(v1::GetCapabilitiesResponse* answer, const CallOptions& options = {});
  // `service` empty: the server as a whole.
  grpc::Status CheckHealth(const std::string& service, grpc::health::v1::HealthCheckResponse* answer,
                           const CallOptions& options = {});

 private:
  class EventStream;
  template <typename Response>
  class EventStreamOf;
  using Opener = std::function<std::unique_ptr<EventStream>(grpc::ClientContext*)>;

  RunOutcome Follow(RunOutcome outcome, bool validate_only, Opener open, const EventCallback& on_event,
                    const RunOptions& options);
  std::unique_ptr<EventStream> OpenWatch(grpc::ClientContext* context, const std::string& run, int64_t after_sequence);

  const std::unique_ptr<v1::CatalogService::StubInterface> catalog_;
  const std::unique_ptr<v1::RunService::StubInterface> runs_;
  const std::unique_ptr<v1::SystemService::StubInterface> system_;
  const std::unique_ptr<grpc::health::v1::Health::StubInterface> health_;
};

}  // namespace skillrunner::client

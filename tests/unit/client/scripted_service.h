// A real gRPC server on a loopback port whose runs follow a script: one journal, cut into streams as the test says.
#pragma once

#include <grpcpp/server.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "itzamna/skillrunner/v1/catalog.grpc.pb.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"

namespace skillrunner::client {

namespace v1 = ::itzamna::skillrunner::v1;

inline constexpr char kRunName[] = "runs/01scripted";

// Events of the one run. Sequences count up by themselves.
class Journal {
 public:
  Journal& Accepted();
  Journal& Out(const std::string& bytes);  // as text; Raw for bytes that are not UTF-8
  Journal& Raw(const std::string& bytes);
  Journal& Err(const std::string& text);
  Journal& Finished(v1::TerminationCause cause, int exit_code = 0, const std::string& message = "");
  const std::vector<v1::RunEvent>& events() const { return events_; }

 private:
  v1::RunEvent* Add();
  std::vector<v1::RunEvent> events_;
};

class ScriptedRuns final : public v1::RunService::Service {
 public:
  // How one stream behaves. Streams beyond the script send all there is and wait for `finished`.
  struct Stream {
    int events = -1;  // ends after this many; -1: goes on until `finished`
    grpc::Status status = grpc::Status::OK;
    int skip = 0;  // leaves out this many events at its beginning
    bool keep_alive = false;
  };

  void SetJournal(const Journal& journal);
  void Script(std::vector<Stream> streams);
  // Blocks until CancelRun was called; false after five seconds.
  bool WaitForCancel();
  // Blocks until a stream of a client that went away has noticed.
  bool WaitForDisconnect();
  std::vector<int64_t> watched_after() const;  // after_sequence of each WatchRun, in order
  v1::RunExampleRequest last_example() const;
  v1::RunSourceRequest last_source() const;
  std::string last_watched() const;

  grpc::Status RunExample(grpc::ServerContext* context, const v1::RunExampleRequest* request,
                          grpc::ServerWriter<v1::RunExampleResponse>* writer) override;
  grpc::Status RunSource(grpc::ServerContext* context, const v1::RunSourceRequest* request,
                         grpc::ServerWriter<v1::RunSourceResponse>* writer) override;
  grpc::Status WatchRun(grpc::ServerContext* context, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override;
  grpc::Status CancelRun(grpc::ServerContext* context, const v1::CancelRunRequest* request,
                         v1::CancelRunResponse* answer) override;
  grpc::Status ListRuns(grpc::ServerContext* context, const v1::ListRunsRequest* request,
                        v1::ListRunsResponse* answer) override;

 private:
  template <typename Response>
  grpc::Status Serve(grpc::ServerContext* context, int64_t after, grpc::ServerWriter<Response>* writer);
  Stream NextStream();

  mutable absl::Mutex mutex_;
  Journal journal_;
  std::deque<Stream> script_;
  std::vector<int64_t> watched_after_;
  v1::RunExampleRequest last_example_;
  v1::RunSourceRequest last_source_;
  std::string last_watched_;
  bool cancelled_ = false;
  bool disconnected_ = false;
};

// Two pages of skills; one of them tries to play tricks on the terminal.
class ScriptedCatalog final : public v1::CatalogService::Service {
 public:
  grpc::Status ListSkills(grpc::ServerContext* context, const v1::ListSkillsRequest* request,
                          v1::ListSkillsResponse* answer) override;
  grpc::Status SearchSkills(grpc::ServerContext* context, const v1::SearchSkillsRequest* request,
                            v1::SearchSkillsResponse* answer) override;
  grpc::Status ExportSkill(grpc::ServerContext* context, const v1::ExportSkillRequest* request,
                           v1::ExportSkillResponse* answer) override;
  void SetExport(const std::string& directory, const std::string& path);

 private:
  v1::ExportSkillResponse exported_;
};

class ScriptedServer {
 public:
  ScriptedServer();
  ~ScriptedServer();
  const std::string& address() const { return address_; }
  ScriptedRuns& runs() { return runs_; }
  ScriptedCatalog& catalog() { return catalog_; }

 private:
  ScriptedRuns runs_;
  ScriptedCatalog catalog_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace skillrunner::client

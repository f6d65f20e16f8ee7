#include "scripted_service.h"

#include <grpcpp/server_builder.h>

#include <chrono>

#include "absl/strings/str_cat.h"

namespace skillrunner::client {

v1::RunEvent* Journal::Add() {
  events_.emplace_back().set_sequence(static_cast<int64_t>(events_.size()));
  return &events_.back();
}

Journal& Journal::Accepted() {
  Add()->mutable_accepted()->mutable_run()->set_name(kRunName);
  return *this;
}

Journal& Journal::Out(const std::string& bytes) {
  v1::OutputChunk* output = Add()->mutable_output();
  output->set_stream(v1::OutputChunk::STREAM_STDOUT);
  output->set_text(bytes);
  return *this;
}

Journal& Journal::Raw(const std::string& bytes) {
  v1::OutputChunk* output = Add()->mutable_output();
  output->set_stream(v1::OutputChunk::STREAM_STDOUT);
  output->set_data(bytes);
  return *this;
}

Journal& Journal::Err(const std::string& text) {
  v1::OutputChunk* output = Add()->mutable_output();
  output->set_stream(v1::OutputChunk::STREAM_STDERR);
  output->set_text(text);
  return *this;
}

Journal& Journal::Finished(v1::TerminationCause cause, int exit_code, const std::string& message) {
  v1::RunFinished* finished = Add()->mutable_finished();
  finished->set_cause(cause);
  finished->set_exit_code(exit_code);
  finished->set_message(message);
  const bool good = cause == v1::TERMINATION_CAUSE_EXITED && exit_code == 0;
  finished->set_state(good ? v1::Run::STATE_SUCCEEDED : v1::Run::STATE_FAILED);
  return *this;
}

void ScriptedRuns::SetJournal(const Journal& journal) {
  const absl::MutexLock lock(&mutex_);
  journal_ = journal;
}

void ScriptedRuns::Script(std::vector<Stream> streams) {
  const absl::MutexLock lock(&mutex_);
  script_.assign(streams.begin(), streams.end());
}

bool ScriptedRuns::WaitForCancel() {
  const absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), absl::Seconds(5));
}

bool ScriptedRuns::WaitForDisconnect() {
  const absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&disconnected_), absl::Seconds(5));
}

std::vector<int64_t> ScriptedRuns::watched_after() const {
  const absl::MutexLock lock(&mutex_);
  return watched_after_;
}

v1::RunExampleRequest ScriptedRuns::last_example() const {
  const absl::MutexLock lock(&mutex_);
  return last_example_;
}

v1::RunSourceRequest ScriptedRuns::last_source() const {
  const absl::MutexLock lock(&mutex_);
  return last_source_;
}

std::string ScriptedRuns::last_watched() const {
  const absl::MutexLock lock(&mutex_);
  return last_watched_;
}

ScriptedRuns::Stream ScriptedRuns::NextStream() {
  const absl::MutexLock lock(&mutex_);
  if (script_.empty()) return {};
  const Stream stream = script_.front();
  script_.pop_front();
  return stream;
}

template <typename Response>
grpc::Status ScriptedRuns::Serve(grpc::ServerContext* context, int64_t after, grpc::ServerWriter<Response>* writer) {
  const Stream stream = NextStream();
  if (stream.keep_alive) writer->Write(Response());
  auto next = static_cast<size_t>(after + stream.skip);
  for (int sent = 0; stream.events < 0 || sent < stream.events;) {
    Response response;
    {
      const absl::MutexLock lock(&mutex_);
      if (next < journal_.events().size()) {
        *response.mutable_event() = journal_.events()[next];
      } else if (context->IsCancelled()) {
        disconnected_ = true;
        return grpc::Status::CANCELLED;
      }
    }
    if (response.has_event()) {
      writer->Write(response);
      ++sent;
      ++next;
      if (response.event().has_finished()) break;
    } else {
      absl::SleepFor(absl::Milliseconds(2));
    }
  }
  return stream.status;
}

grpc::Status ScriptedRuns::RunExample(grpc::ServerContext* context, const v1::RunExampleRequest* request,
                                      grpc::ServerWriter<v1::RunExampleResponse>* writer) {
  {
    const absl::MutexLock lock(&mutex_);
    last_example_ = *request;
  }
  if (request->validate_only()) return grpc::Status::OK;
  return Serve(context, 0, writer);
}

grpc::Status ScriptedRuns::RunSource(grpc::ServerContext* context, const v1::RunSourceRequest* request,
                                     grpc::ServerWriter<v1::RunSourceResponse>* writer) {
  {
    const absl::MutexLock lock(&mutex_);
    last_source_ = *request;
  }
  return Serve(context, 0, writer);
}

grpc::Status ScriptedRuns::WatchRun(grpc::ServerContext* context, const v1::WatchRunRequest* request,
                                    grpc::ServerWriter<v1::WatchRunResponse>* writer) {
  {
    const absl::MutexLock lock(&mutex_);
    watched_after_.push_back(request->after_sequence());
    last_watched_ = request->name();
  }
  return Serve(context, request->after_sequence(), writer);
}

grpc::Status ScriptedRuns::CancelRun(grpc::ServerContext*, const v1::CancelRunRequest* request,
                                     v1::CancelRunResponse* answer) {
  const absl::MutexLock lock(&mutex_);
  if (!cancelled_) journal_.Finished(v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT, 0, "The run was cancelled.");
  cancelled_ = true;
  answer->mutable_run()->set_name(request->name());
  answer->mutable_run()->set_state(v1::Run::STATE_CANCELLED);
  answer->mutable_run()->set_cause(v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT);
  return grpc::Status::OK;
}

grpc::Status ScriptedRuns::ListRuns(grpc::ServerContext*, const v1::ListRunsRequest* request,
                                    v1::ListRunsResponse* answer) {
  // Pages of two, five in all; the token is the number of runs already given.
  const int begin = request->page_token().empty() ? 0 : std::stoi(request->page_token());
  int end = begin;
  for (; end < 5 && end < begin + std::min(2, request->page_size()); ++end) {
    answer->add_runs()->set_name(absl::StrCat("runs/", end));
  }
  if (end < 5) answer->set_next_page_token(absl::StrCat(end));
  return grpc::Status::OK;
}

grpc::Status ScriptedCatalog::ListSkills(grpc::ServerContext*, const v1::ListSkillsRequest* request,
                                         v1::ListSkillsResponse* answer) {
  answer->set_total_size(2);
  if (request->page_token().empty()) {
    v1::Skill* skill = answer->add_skills();
    skill->set_name("skills/async");
    skill->set_title("Programação");
    skill->add_examples()->set_name("skills/async/examples/basic");
    answer->set_next_page_token("second");
    v1::DescriptorDiagnostic* diagnostic = answer->add_diagnostics();
    diagnostic->set_code("empty-file");
    diagnostic->set_message("The file is empty.");
    diagnostic->mutable_position()->set_path("empty.md");
  } else {
    v1::Skill* skill = answer->add_skills();
    skill->set_name("skills/evil");
    skill->set_title("\x1b]0;owned\x07 title");
  }
  return grpc::Status::OK;
}

grpc::Status ScriptedCatalog::SearchSkills(grpc::ServerContext*, const v1::SearchSkillsRequest*,
                                           v1::SearchSkillsResponse*) {
  return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "Search comes with a later version.");
}

grpc::Status ScriptedCatalog::ExportSkill(grpc::ServerContext*, const v1::ExportSkillRequest*,
                                          v1::ExportSkillResponse* answer) {
  *answer = exported_;
  return grpc::Status::OK;
}

void ScriptedCatalog::SetExport(const std::string& directory, const std::string& path) {
  exported_.Clear();
  exported_.set_directory(directory);
  exported_.add_files()->set_path("SKILL.md");
  exported_.add_files()->set_path(path);
}

ScriptedServer::ScriptedServer() {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&runs_);
  builder.RegisterService(&catalog_);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

ScriptedServer::~ScriptedServer() {
  server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace skillrunner::client

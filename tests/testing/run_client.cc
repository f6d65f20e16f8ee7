#include "testing/run_client.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace skillrunner::testing {
namespace {

template <class Reader, class Response>
RunRecord ReadAll(Reader reader, Response response, grpc::ClientContext* context, const OnEvent& on_event) {
  RunRecord record;
  while (reader->Read(&response)) {
    if (!response.has_event()) continue;
    record.events.push_back(response.event());
    if (on_event) on_event(record.events.back(), *context);
  }
  record.status = reader->Finish();
  return record;
}

void SetDeadline(grpc::ClientContext& context, double seconds) {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6)));
}

std::string Output(const RunRecord& record, v1::OutputChunk::Stream stream) {
  std::string bytes;
  for (const v1::RunEvent& event : record.events) {
    if (event.has_output() && event.output().stream() == stream)
      bytes += event.output().has_text() ? event.output().text() : event.output().data();
  }
  return bytes;
}

v1::RunSourceRequest Source(const char* runtime, const std::string& source) {
  v1::RunSourceRequest request;
  request.set_runtime(runtime);
  request.set_source(source);
  return request;
}

}  // namespace

std::string RunRecord::Stdout() const {
  return Output(*this, v1::OutputChunk::STREAM_STDOUT);
}
std::string RunRecord::Stderr() const {
  return Output(*this, v1::OutputChunk::STREAM_STDERR);
}

std::string RunRecord::name() const {
  return events.empty() ? "" : events.front().accepted().run().name();
}

v1::RunFinished RunRecord::finished() const {
  return events.empty() ? v1::RunFinished() : events.back().finished();
}

int RunRecord::finished_count() const {
  int count = 0;
  for (const v1::RunEvent& event : events) count += event.has_finished() ? 1 : 0;
  return count;
}

std::string RunRecord::Problem(int64_t first) const {
  if (!status.ok()) return absl::StrCat("status ", static_cast<int>(status.error_code()), ": ", status.error_message());
  if (events.empty()) return "no events";
  if (first == 1 && !events.front().has_accepted()) return "the first event is not accepted";
  if (!events.back().has_finished() || finished_count() != 1)
    return absl::StrCat(finished_count(), " finished events, or not last");
  int64_t offsets[3] = {0, -1, -1};
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].sequence() != first + static_cast<int64_t>(i))
      return absl::StrCat("event ", i, " has sequence ", events[i].sequence());
    if (!events[i].has_output()) continue;
    const v1::OutputChunk& chunk = events[i].output();
    int64_t& next = offsets[chunk.stream()];
    if (next < 0) next = first == 1 ? 0 : chunk.offset();
    if (chunk.offset() != next) return absl::StrCat("chunk at ", chunk.offset(), " where ", next, " was due");
    const size_t size = chunk.text().size() + chunk.data().size();
    if (size == 0 || size > 64 * 1024) return absl::StrCat("chunk of ", size, " bytes");
    next += static_cast<int64_t>(size);
  }
  return "";
}

RunRecord RunExample(v1::RunService::StubInterface& stub, const v1::RunExampleRequest& request, const OnEvent& on_event,
                     double deadline_seconds) {
  grpc::ClientContext context;
  SetDeadline(context, deadline_seconds);
  return ReadAll(stub.RunExample(&context, request), v1::RunExampleResponse(), &context, on_event);
}

RunRecord RunSource(v1::RunService::StubInterface& stub, const v1::RunSourceRequest& request, const OnEvent& on_event,
                    double deadline_seconds) {
  grpc::ClientContext context;
  SetDeadline(context, deadline_seconds);
  return ReadAll(stub.RunSource(&context, request), v1::RunSourceResponse(), &context, on_event);
}

RunRecord WatchRun(v1::RunService::StubInterface& stub, const std::string& name, int64_t after) {
  grpc::ClientContext context;
  SetDeadline(context, 100);
  v1::WatchRunRequest request;
  request.set_name(name);
  request.set_after_sequence(after);
  return ReadAll(stub.WatchRun(&context, request), v1::WatchRunResponse(), &context, nullptr);
}

v1::RunSourceRequest PythonSource(const std::string& source) {
  return Source("python", source);
}
v1::RunSourceRequest BashSource(const std::string& source) {
  return Source("bash", source);
}

}  // namespace skillrunner::testing

// Runs as tests see them: started, read to the end, taken apart.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "itzamna/skillrunner/v1/run.grpc.pb.h"

namespace skillrunner::testing {

namespace v1 = ::itzamna::skillrunner::v1;

// Everything a stream brought.
struct RunRecord {
  grpc::Status status;
  std::vector<v1::RunEvent> events;

  std::string Stdout() const;
  std::string Stderr() const;
  // `runs/{run}`; empty: never accepted.
  std::string name() const;
  // The last event's; an empty message where the stream ended without it.
  v1::RunFinished finished() const;
  int finished_count() const;
  // Empty: the sequence runs from `first` without gaps, `accepted` is first, `finished` once and last, and chunks join
  // without loss. Else what is wrong.
  std::string Problem(int64_t first = 1) const;
};

using OnEvent = std::function<void(const v1::RunEvent&, grpc::ClientContext&)>;

RunRecord RunExample(v1::RunService::StubInterface& stub, const v1::RunExampleRequest& request,
                     const OnEvent& on_event = nullptr, double deadline_seconds = 100);
RunRecord RunSource(v1::RunService::StubInterface& stub, const v1::RunSourceRequest& request,
                    const OnEvent& on_event = nullptr, double deadline_seconds = 100);
RunRecord WatchRun(v1::RunService::StubInterface& stub, const std::string& name, int64_t after = 0);

v1::RunSourceRequest PythonSource(const std::string& source);
v1::RunSourceRequest BashSource(const std::string& source);

}  // namespace skillrunner::testing

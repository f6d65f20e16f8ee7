// A run that a handler makes for its own use, followed to its end.
#pragma once

#include <string>
#include <vector>

#include "api/follow_run.h"
#include "api/run_request.h"

namespace skillrunner::api {

struct QuietRun {
  grpc::Status status;  // not OK: the run could not be started, or the client is gone
  std::string name;     // runs/{run}; empty: not started
  std::string out;      // the first kMaxQuietOutput bytes of what it wrote
  bool out_cut = false;
  std::string err;  // the last of it: at least kMinQuietErrors, if it wrote as much
  std::vector<v1::RunDiagnostic> diagnostics;
  v1::RunFinished finished;
};

inline constexpr size_t kMaxQuietOutput = 8 << 20;
inline constexpr size_t kMinQuietErrors = 1 << 20;

// Waits for a place in the queue where it is full. Cancels the run when the client goes.
Task<QuietRun> RunQuietly(Context* context, rpc::Call* call, PlannedRun planned);

}  // namespace skillrunner::api

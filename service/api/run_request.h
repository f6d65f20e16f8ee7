// From a request to a plan: everything that can be wrong with a request is found here, all of it at once.
#pragma once

#include <grpcpp/grpcpp.h>

#include "api/context.h"
#include "async/task.h"
#include "catalog/session_program.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "runner/plan.h"

namespace skillrunner::api {

struct PlannedRun {
  grpc::Status status;  // not OK: refused
  RunPlan plan;
  catalog::SessionProgram program;  // of an example: where its lines come from
};

// These wait until the runtime has told its version, the first time.
Task<PlannedRun> PlanExample(Context* context, itzamna::skillrunner::v1::RunExampleRequest request);
// Of a skill that the caller holds; `example` is one of its own.
Task<PlannedRun> PlanExampleOf(Context* context, std::shared_ptr<const catalog::Skill> skill,
                               const catalog::Example* example, itzamna::skillrunner::v1::RunExampleRequest request,
                               catalog::SessionOutput output = catalog::SessionOutput::kJoined);
Task<PlannedRun> PlanSource(Context* context, itzamna::skillrunner::v1::RunSourceRequest request);

// Limits as API messages.
itzamna::skillrunner::v1::Limits ToProto(const PlanLimits& limits);

}  // namespace skillrunner::api

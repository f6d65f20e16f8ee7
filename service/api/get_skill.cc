#include "api/handlers.h"
#include "api/resource_names.h"
#include "api/skill_proto.h"
#include "rpc/errors.h"

namespace skillrunner::api {

Task<grpc::Status> GetSkill(Context* context, rpc::Call& /*call*/, v1::GetSkillRequest request,
                            v1::GetSkillResponse* response) {
  if (!v1::SkillView_IsValid(request.view())) co_return rpc::InvalidArgument({{"view", "is not a known view"}});
  const auto snapshot = context->catalog.Get();
  const FoundSkill found = FindSkill(*snapshot, request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  *response->mutable_skill() =
      ToProto(*found.skill, request.view() == v1::SKILL_VIEW_UNSPECIFIED ? v1::SKILL_VIEW_FULL : request.view());
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

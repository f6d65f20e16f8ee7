#include "api/handlers.h"
#include "api/resource_names.h"
#include "catalog/export.h"

namespace skillrunner::api {

Task<grpc::Status> ExportSkill(Context* context, rpc::Call& /*call*/, v1::ExportSkillRequest request,
                               v1::ExportSkillResponse* response) {
  const auto snapshot = context->catalog.Get();
  const FoundSkill found = FindSkill(*snapshot, request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  response->set_directory(found.skill->id);
  for (catalog::ExportedFile& file : catalog::ExportAgentSkill(*found.skill)) {
    v1::ExportedFile* added = response->add_files();
    added->set_path(std::move(file.path));
    added->set_content(std::move(file.content));
  }
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

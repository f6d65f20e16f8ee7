#include "api/handlers.h"
#include "base/utf8.h"
#include "catalog/export.h"
#include "rpc/errors.h"

namespace skillrunner::api {

Task<grpc::Status> ExportCatalog(Context* context, rpc::Call& /*call*/, v1::ExportCatalogRequest request,
                                 v1::ExportCatalogResponse* response) {
  const auto snapshot = context->catalog.Get();
  switch (request.format()) {
    case v1::ExportCatalogRequest::FORMAT_UNSPECIFIED:
    case v1::ExportCatalogRequest::FORMAT_AVAILABLE_SKILLS:
      response->set_text(ReplaceInvalidUtf8(catalog::ExportAvailableSkills(snapshot->skills())));
      co_return grpc::Status::OK;
    case v1::ExportCatalogRequest::FORMAT_INDEX:
      response->set_text(ReplaceInvalidUtf8(catalog::ExportIndex(snapshot->skills())));
      co_return grpc::Status::OK;
    default:
      co_return rpc::InvalidArgument({{"format", "is not a known format"}});
  }
}

}  // namespace skillrunner::api

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/handlers.h"
#include "api/installed_modules.h"
#include "api/paging.h"
#include "api/skill_proto.h"

namespace skillrunner::api {

// Tokens are places in the list: documents come and go rarely, and are not worth a key of their own.
Task<grpc::Status> ListDocuments(Context* context, rpc::Call& /*call*/, v1::ListDocumentsRequest request,
                                 v1::ListDocumentsResponse* response) {
  std::vector<rpc::FieldViolation> violations;
  const size_t page_size = PageSize(request.page_size(), 100, &violations);
  uint32_t first = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &first))
    violations.push_back({"page_token", "is not a token of an earlier answer"});
  if (!violations.empty()) co_return rpc::InvalidArgument(violations);
  if (context->modules != nullptr) co_await context->modules->Know();
  const auto snapshot = context->catalog.Get();
  const auto& documents = snapshot->documents();
  size_t at = first;
  PageBytes bytes;
  for (; at < documents.size() && at < first + page_size; ++at) {
    v1::Document document = ToProto(documents[at], context->modules);
    if (!bytes.Takes(document)) break;
    *response->add_documents() = std::move(document);
  }
  if (at < documents.size()) response->set_next_page_token(absl::StrCat(at));
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

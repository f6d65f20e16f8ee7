#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/handlers.h"
#include "api/installed_modules.h"
#include "api/paging.h"
#include "api/resource_names.h"
#include "api/skill_proto.h"

namespace skillrunner::api {

Task<grpc::Status> ListSkills(Context* context, rpc::Call& /*call*/, v1::ListSkillsRequest request,
                              v1::ListSkillsResponse* response) {
  std::vector<rpc::FieldViolation> violations;
  const size_t page_size = PageSize(request.page_size(), 100, &violations);
  if (!v1::SkillView_IsValid(request.view()) || request.view() == v1::SKILL_VIEW_SECTION)
    violations.push_back({"view", "is not a known view of lists"});
  if (!request.page_token().empty() && !absl::StartsWith(request.page_token(), "skills/")) {
    violations.push_back({"page_token", "is not a token of an earlier answer"});
  }
  if (!violations.empty()) co_return rpc::InvalidArgument(violations);

  const auto snapshot = context->catalog.Get();
  const auto& skills = snapshot->skills();
  const std::string after(absl::StripPrefix(request.page_token(), "skills/"));
  auto at = std::upper_bound(skills.begin(), skills.end(), after,
                             [](const std::string& id, const auto& skill) { return id < skill->id; });
  const auto view = request.view() == v1::SKILL_VIEW_UNSPECIFIED ? v1::SKILL_VIEW_OUTLINE : request.view();
  if (context->modules != nullptr && view != v1::SKILL_VIEW_SUMMARY) co_await context->modules->Know();
  PageBytes bytes;
  for (; at != skills.end() && static_cast<size_t>(response->skills_size()) < page_size; ++at) {
    v1::Skill skill = ToProto(**at, view, context->modules);
    if (!bytes.Takes(skill)) break;
    *response->add_skills() = std::move(skill);
  }
  if (at != skills.end()) response->set_next_page_token(response->skills(response->skills_size() - 1).name());
  if (request.page_token().empty()) {
    PageBytes diagnostic_bytes(1 << 19);
    for (const catalog::Diagnostic& diagnostic : snapshot->diagnostics()) {
      v1::DescriptorDiagnostic added = ToProto(diagnostic);
      if (!diagnostic_bytes.Takes(added)) {
        const size_t further = snapshot->diagnostics().size() - static_cast<size_t>(response->diagnostics_size());
        added = v1::DescriptorDiagnostic();
        added.set_code("more-diagnostics");
        added.set_severity(v1::SEVERITY_WARNING);
        added.set_message(absl::StrCat(further, " more diagnostics are not shown"));
        *response->add_diagnostics() = std::move(added);
        break;
      }
      *response->add_diagnostics() = std::move(added);
    }
  }
  response->set_total_size(static_cast<int>(skills.size()));
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

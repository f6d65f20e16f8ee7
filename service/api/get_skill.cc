#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/handlers.h"
#include "api/installed_modules.h"
#include "api/resource_names.h"
#include "api/skill_proto.h"
#include "base/near_names.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

constexpr size_t kMostTitles = 50;  // named where a section is not found

grpc::Status NoSuchSection(const std::string& section, std::vector<std::string> known) {
  const std::vector<std::string> near = NearNames(section, known);
  std::string sentence = absl::StrCat("names no section of this skill: \"", section, "\"");
  if (!near.empty()) {
    absl::StrAppend(&sentence, "; did you mean ", absl::StrJoin(near, " or "), "?");
  } else {
    if (known.size() > kMostTitles) known.resize(kMostTitles);
    absl::StrAppend(&sentence, "; there are: ", absl::StrJoin(known, ", "));
  }
  return rpc::InvalidArgument({{"section", sentence}});
}

}  // namespace

Task<grpc::Status> GetSkill(Context* context, rpc::Call& /*call*/, v1::GetSkillRequest request,
                            v1::GetSkillResponse* response) {
  const auto view = request.view() == v1::SKILL_VIEW_UNSPECIFIED ? v1::SKILL_VIEW_FULL : request.view();
  if (!v1::SkillView_IsValid(view)) co_return rpc::InvalidArgument({{"view", "is not a known view"}});
  if ((view == v1::SKILL_VIEW_SECTION) == request.section().empty()) {
    co_return rpc::InvalidArgument({{"section", "must be given with SKILL_VIEW_SECTION, and only with it"}});
  }
  const auto snapshot = context->catalog.Get();
  const FoundSkill found = FindSkill(*snapshot, request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  if (context->modules != nullptr && view != v1::SKILL_VIEW_SUMMARY) co_await context->modules->Know();
  if (view != v1::SKILL_VIEW_SECTION) {
    *response->mutable_skill() = ToProto(*found.skill, view, context->modules);
    co_return grpc::Status::OK;
  }
  std::vector<std::string> known;
  if (!ToSectionProto(*found.skill, request.section(), context->modules, response->mutable_skill(), &known)) {
    response->Clear();
    co_return NoSuchSection(request.section(), std::move(known));
  }
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

#include "api/resource_names.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/near_names.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

constexpr size_t kLongestId = 128;

bool IsId(absl::string_view id) {
  if (id.empty() || id.size() > kLongestId) return false;
  for (const char c : id) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return true;
}

std::string DidYouMean(const std::vector<std::string>& near) {
  return near.empty() ? "" : absl::StrCat("; did you mean ", absl::StrJoin(near, " or "), "?");
}

}  // namespace

std::string SkillName(const catalog::Skill& skill) {
  return absl::StrCat("skills/", skill.id);
}

std::string ExampleName(const catalog::Skill& skill, const catalog::Example& example) {
  return absl::StrCat("skills/", skill.id, "/examples/", example.id);
}

FoundSkill FindSkill(const catalog::Snapshot& snapshot, const std::string& name, absl::string_view field) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != "skills" || !IsId(parts[1])) {
    return {.status = rpc::InvalidArgument(
                {{std::string(field), absl::StrCat("must be skills/{skill}, not \"", name, "\"")}}),
            .skill = nullptr};
  }
  auto skill = snapshot.find(parts[1]);
  if (skill != nullptr) return {.status = grpc::Status::OK, .skill = std::move(skill)};
  std::vector<std::string> names;
  for (const auto& candidate : snapshot.skills()) names.push_back(candidate->id);
  std::vector<std::string> near = NearNames(parts[1], names);
  for (std::string& id : near) id = absl::StrCat("skills/", id);
  return {.status = rpc::NotFound("skill", name, absl::StrCat("there is no skill ", name, DidYouMean(near))),
          .skill = nullptr};
}

FoundExample FindExample(const catalog::Snapshot& snapshot, const std::string& name, absl::string_view field) {
  FoundExample found;
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() != 4 || parts[0] != "skills" || parts[2] != "examples" || !IsId(parts[1]) || !IsId(parts[3])) {
    found.status = rpc::InvalidArgument(
        {{std::string(field), absl::StrCat("must be skills/{skill}/examples/{example}, not \"", name, "\"")}});
    return found;
  }
  FoundSkill skill = FindSkill(snapshot, absl::StrCat("skills/", parts[1]), field);
  found.status = skill.status;
  if (skill.skill == nullptr) return found;
  found.example = catalog::FindExample(*skill.skill, parts[3]);
  if (found.example == nullptr) {
    std::vector<std::string> names;
    for (const catalog::Example& candidate : skill.skill->examples) names.push_back(candidate.id);
    std::vector<std::string> near = NearNames(parts[3], names);
    for (std::string& id : near) id = absl::StrCat("skills/", parts[1], "/examples/", id);
    found.status = rpc::NotFound("example", name, absl::StrCat("there is no example ", name, DidYouMean(near)));
    return found;
  }
  found.skill = std::move(skill.skill);
  return found;
}

FoundRun FindRun(const RunRegistry& registry, const std::string& name, absl::string_view field) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() != 2 || parts[0] != "runs" || !IsId(parts[1])) {
    return {
        .status = rpc::InvalidArgument({{std::string(field), absl::StrCat("must be runs/{run}, not \"", name, "\"")}}),
        .run = nullptr};
  }
  auto run = registry.Find(name);
  if (run != nullptr) return {.status = grpc::Status::OK, .run = std::move(run)};
  return {.status = rpc::NotFound(
              "run", name,
              absl::StrCat("there is no run ", name, "; it may have been forgotten: only the latest are kept")),
          .run = nullptr};
}

}  // namespace skillrunner::api

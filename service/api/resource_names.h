// Resource names of the API, and finding what they name.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "catalog/catalog.h"
#include "runner/run_registry.h"

namespace skillrunner::api {

// A lookup that failed carries the status for the client: INVALID_ARGUMENT for a malformed name (`field` says where it
// stood), NOT_FOUND with near names.
struct FoundSkill {
  grpc::Status status;
  std::shared_ptr<const catalog::Skill> skill;
};
FoundSkill FindSkill(const catalog::Snapshot& snapshot, const std::string& name, absl::string_view field);

struct FoundExample {
  grpc::Status status;
  std::shared_ptr<const catalog::Skill> skill;
  const catalog::Example* example = nullptr;  // lives as long as `skill`
};
FoundExample FindExample(const catalog::Snapshot& snapshot, const std::string& name, absl::string_view field);

struct FoundRun {
  grpc::Status status;
  std::shared_ptr<Run> run;
};
FoundRun FindRun(const RunRegistry& registry, const std::string& name, absl::string_view field);

std::string SkillName(const catalog::Skill& skill);
std::string ExampleName(const catalog::Skill& skill, const catalog::Example& example);

}  // namespace skillrunner::api

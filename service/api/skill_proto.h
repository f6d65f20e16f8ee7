// Skills of the catalogue as API messages.
#pragma once

#include "catalog/catalog.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"

namespace skillrunner::api {

itzamna::skillrunner::v1::Skill ToProto(const catalog::Skill& skill, itzamna::skillrunner::v1::SkillView view);
itzamna::skillrunner::v1::DescriptorDiagnostic ToProto(const catalog::Diagnostic& diagnostic);

}  // namespace skillrunner::api

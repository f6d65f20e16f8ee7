// Skills of the catalogue as API messages.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"

namespace skillrunner::api {

class InstalledModules;

// `view` is a view of its own: not UNSPECIFIED, not SECTION. An outline of more than 2 MiB is a summary, with a
// diagnostic that says so. `installed` tells missing imports; null: not known.
itzamna::skillrunner::v1::Skill ToProto(const catalog::Skill& skill, itzamna::skillrunner::v1::SkillView view,
                                        const InstalledModules* installed);
itzamna::skillrunner::v1::DescriptorDiagnostic ToProto(const catalog::Diagnostic& diagnostic);
itzamna::skillrunner::v1::Document ToProto(const catalog::Document& document, const InstalledModules* installed);
void SetPosition(const catalog::Position& position, itzamna::skillrunner::v1::SourcePosition* proto);

// SKILL_VIEW_SECTION. False, with what there is in `known`, where no heading has that kind or title.
bool ToSectionProto(const catalog::Skill& skill, const std::string& section, const InstalledModules* installed,
                    itzamna::skillrunner::v1::Skill* proto, std::vector<std::string>* known);

}  // namespace skillrunner::api

#include "api/skill_proto.h"

#include "api/resource_names.h"
#include "base/utf8.h"

namespace skillrunner::api {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

void SetPosition(const catalog::Position& position, v1::SourcePosition* proto) {
  proto->set_path(ReplaceInvalidUtf8(position.path));
  proto->set_line(position.line);
  proto->set_column(position.column);
}

v1::Severity ToProto(catalog::Severity severity) {
  switch (severity) {
    case catalog::Severity::kInfo:
      return v1::SEVERITY_INFO;
    case catalog::Severity::kWarning:
      return v1::SEVERITY_WARNING;
    case catalog::Severity::kError:
      return v1::SEVERITY_ERROR;
  }
  return v1::SEVERITY_UNSPECIFIED;
}

}  // namespace

v1::DescriptorDiagnostic ToProto(const catalog::Diagnostic& diagnostic) {
  v1::DescriptorDiagnostic proto;
  proto.set_code(diagnostic.code);
  proto.set_severity(ToProto(diagnostic.severity));
  proto.set_message(ReplaceInvalidUtf8(diagnostic.message));
  SetPosition(diagnostic.position, proto.mutable_position());
  return proto;
}

v1::Skill ToProto(const catalog::Skill& skill, v1::SkillView view) {
  const bool full = view == v1::SKILL_VIEW_FULL;
  v1::Skill proto;
  proto.set_name(SkillName(skill));
  proto.set_title(skill.title);
  proto.set_description(skill.description);
  proto.set_domain(skill.domain);
  proto.set_path(ReplaceInvalidUtf8(skill.path));
  proto.set_revision(skill.revision);
  proto.set_format(skill.format);
  for (const catalog::Example& example : skill.examples) {
    v1::Example* added = proto.add_examples();
    added->set_name(ExampleName(skill, example));
    added->set_title(example.title);
    added->set_language(example.language);
    added->set_runtime(example.runtime);
    if (full) added->set_source(ReplaceInvalidUtf8(example.source));
    SetPosition(example.position, added->mutable_position());
  }
  for (const catalog::Diagnostic& diagnostic : skill.diagnostics) *proto.add_diagnostics() = ToProto(diagnostic);
  if (!full) return proto;
  for (const auto& [key, value] : skill.front_matter) (*proto.mutable_front_matter())[key] = value;
  for (const catalog::Section& section : skill.sections) {
    v1::Section* added = proto.add_sections();
    added->set_kind(section.kind);
    added->set_title(section.title);
    added->set_level(section.level);
    added->set_body(section.body);
    SetPosition(section.position, added->mutable_position());
  }
  for (const catalog::Reference& reference : skill.references) {
    v1::Reference* added = proto.add_references();
    added->set_title(reference.title);
    added->set_url(reference.url);
    SetPosition(reference.position, added->mutable_position());
  }
  return proto;
}

}  // namespace skillrunner::api

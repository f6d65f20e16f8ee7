#include "api/skill_proto.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/installed_modules.h"
#include "api/resource_names.h"
#include "api/skill_summary.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::api {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

// Of one skill: clients of gRPC take 4 MiB unless they say otherwise.
constexpr size_t kMaxOutlineBytes = 2 << 20;

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

v1::ExamplePurpose ToProto(catalog::Purpose purpose) {
  switch (purpose) {
    case catalog::Purpose::kExample:
      return v1::EXAMPLE_PURPOSE_EXAMPLE;
    case catalog::Purpose::kTheory:
      return v1::EXAMPLE_PURPOSE_THEORY;
    case catalog::Purpose::kAntiPattern:
      return v1::EXAMPLE_PURPOSE_ANTI_PATTERN;
    case catalog::Purpose::kInput:
      return v1::EXAMPLE_PURPOSE_INPUT;
    case catalog::Purpose::kConfiguration:
      return v1::EXAMPLE_PURPOSE_CONFIGURATION;
    case catalog::Purpose::kOutput:
      return v1::EXAMPLE_PURPOSE_OUTPUT;
  }
  return v1::EXAMPLE_PURPOSE_UNSPECIFIED;
}

v1::Completeness ToProto(catalog::Completeness completeness) {
  switch (completeness) {
    case catalog::Completeness::kUnknown:
      return v1::COMPLETENESS_UNKNOWN;
    case catalog::Completeness::kComplete:
      return v1::COMPLETENESS_COMPLETE;
    case catalog::Completeness::kFragment:
      return v1::COMPLETENESS_FRAGMENT;
  }
  return v1::COMPLETENESS_UNSPECIFIED;
}

void AddTo(google::protobuf::RepeatedPtrField<std::string>* field, const std::vector<std::string>& values) {
  field->Add(values.begin(), values.end());
}

void SetAttributes(const catalog::FenceAttributes& attributes, v1::ExampleAttributes* proto) {
  proto->set_no_run(attributes.no_run);
  proto->set_should_fail(attributes.should_fail);
  proto->set_continues(attributes.continues);
  if (attributes.timeout_millis > 0) {
    proto->mutable_timeout()->set_seconds(attributes.timeout_millis / 1000);
    proto->mutable_timeout()->set_nanos(static_cast<int>(attributes.timeout_millis % 1000) * 1'000'000);
  }
  for (const auto& [key, value] : attributes.others) (*proto->mutable_others())[key] = value;
}

// Without names: those of documents have none.
v1::Example ToProto(const catalog::Example& example, bool source, const InstalledModules* installed) {
  v1::Example proto;
  proto.set_title(example.title);
  proto.set_language(example.language);
  proto.set_runtime(example.runtime);
  if (source) {
    proto.set_source(ReplaceInvalidUtf8(example.source));
    if (proto.source() != example.source) proto.set_source_bytes(example.source);
  }
  SetPosition(example.position, proto.mutable_position());
  proto.set_purpose(ToProto(example.purpose));
  proto.set_completeness(ToProto(example.completeness));
  AddTo(proto.mutable_heading_path(), example.heading_path);
  proto.set_info(example.info);
  SetAttributes(example.attributes, proto.mutable_attributes());
  AddTo(proto.mutable_imports(), example.imports);
  if (installed != nullptr)
    AddTo(proto.mutable_missing_imports(), installed->Missing(example.runtime, example.imports));
  AddTo(proto.mutable_undefined_names(), example.undefined);
  for (const catalog::Expectation& expectation : example.expectations) {
    v1::Expectation* added = proto.add_expectations();
    added->set_text(expectation.text);
    added->set_whole(expectation.whole);
    added->set_line(expectation.line);
  }
  proto.set_top_level_await(example.top_level_await);
  return proto;
}

v1::Example ToProto(const catalog::Skill& skill, const catalog::Example& example, bool source,
                    const InstalledModules* installed) {
  v1::Example proto = ToProto(example, source, installed);
  proto.set_name(ExampleName(skill, example));
  for (const std::string& id : example.session) proto.add_session(absl::StrCat("skills/", skill.id, "/examples/", id));
  return proto;
}

v1::Section ToProto(const catalog::Section& section, bool body) {
  v1::Section proto;
  proto.set_kind(section.kind);
  proto.set_title(section.title);
  proto.set_level(section.level);
  if (body) proto.set_body(section.body);
  SetPosition(section.position, proto.mutable_position());
  return proto;
}

void SetMetadata(const catalog::Metadata& metadata, v1::SkillMetadata* proto) {
  proto->set_name(metadata.name);
  proto->set_version(metadata.version);
  proto->set_status(metadata.status);
  proto->set_level(metadata.level);
  proto->set_category(metadata.category);
  proto->set_subcategory(metadata.subcategory);
  proto->set_language_version(metadata.language_version);
  proto->set_author(metadata.author);
  proto->set_created(metadata.created);
  proto->set_type(metadata.type);
  proto->set_license(metadata.license);
  proto->set_compatibility(metadata.compatibility);
  proto->set_allowed_tools(metadata.allowed_tools);
  proto->set_replacement(metadata.replacement);
  AddTo(proto->mutable_tags(), metadata.tags);
  AddTo(proto->mutable_triggers(), metadata.triggers);
  AddTo(proto->mutable_dependencies(), metadata.dependencies);
}

std::string Preamble(const catalog::Skill& skill) {
  if (skill.sections.empty()) return skill.body;
  size_t at = 0;
  for (int line = skill.body_line; line < skill.sections.front().position.line && at < skill.body.size(); ++line) {
    const size_t end = skill.body.find_first_of("\r\n", at);
    if (end == std::string::npos) return skill.body;
    at = end + (skill.body.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  return skill.body.substr(0, at);
}

std::string TitleKey(absl::string_view title) {
  return catalog::Slug(catalog::StripNumbering(title));
}

// The lines of a file that belong to a section and those below it.
struct Span {
  std::string path;
  int first = 0;
  int end = 0;  // the first line behind
};

// Adds the sections of a file that match, with those below them.
void AddMatching(const std::vector<catalog::Section>& sections, const std::string& wanted, v1::Skill* proto,
                 std::vector<Span>* spans, std::vector<std::string>* known) {
  const std::string key = TitleKey(wanted);
  int inside = 0;  // level of the section we are in; 0: none
  for (const catalog::Section& section : sections) {
    known->push_back(section.title);
    // A kind is a title, too: "Best Practices" finds "Melhores Práticas".
    const bool matches = !key.empty() && (catalog::Slug(section.kind) == key || TitleKey(section.title) == key);
    if (inside != 0 && section.level <= inside) {
      inside = 0;
      spans->back().end = section.position.line;
    }
    if (inside == 0 && matches && (section.level > 1 || section.kind != "title" || key != "title")) {
      inside = section.level;
      spans->push_back({section.position.path, section.position.line, INT32_MAX});
    }
    if (inside != 0) *proto->add_sections() = ToProto(section, true);
  }
}

// Roughly; what is bounded anyway is left out.
size_t OutlineBytes(const catalog::Skill& skill) {
  constexpr size_t kFields = 32;  // numbers, tags and lengths of a message with a position
  const auto all = [](const std::vector<std::string>& texts, size_t each) {
    size_t bytes = 0;
    for (const std::string& text : texts) bytes += text.size() + each;
    return bytes;
  };
  const auto sections = [](const std::vector<catalog::Section>& of) {
    size_t bytes = 0;
    for (const catalog::Section& section : of)
      bytes += kFields + section.title.size() + section.kind.size() + section.position.path.size();
    return bytes;
  };
  const size_t name = skill.id.size() + sizeof "skills//examples/";
  size_t bytes = sections(skill.sections);
  for (const catalog::Example& example : skill.examples) {
    bytes += kFields + name + example.id.size() + example.title.size() + example.language.size() +
             example.info.size() * 2 + example.position.path.size() + all(example.heading_path, 2) +
             all(example.imports, 2) * 2 + all(example.undefined, 2) + all(example.session, name);
    for (const catalog::Expectation& expectation : example.expectations) bytes += kFields + expectation.text.size();
  }
  for (const catalog::Part& part : skill.parts)
    bytes += kFields + part.path.size() + part.title.size() + part.description.size() + sections(part.sections);
  return bytes;
}

}  // namespace

void SetPosition(const catalog::Position& position, v1::SourcePosition* proto) {
  proto->set_path(ReplaceInvalidUtf8(position.path));
  proto->set_line(position.line);
  proto->set_column(position.column);
}

v1::DescriptorDiagnostic ToProto(const catalog::Diagnostic& diagnostic) {
  v1::DescriptorDiagnostic proto;
  proto.set_code(diagnostic.code);
  proto.set_severity(ToProto(diagnostic.severity));
  proto.set_message(ReplaceInvalidUtf8(diagnostic.message));
  SetPosition(diagnostic.position, proto.mutable_position());
  proto.set_source(diagnostic.source);
  proto.set_root(ReplaceInvalidUtf8(diagnostic.root));
  return proto;
}

v1::Document ToProto(const catalog::Document& document, const InstalledModules* installed) {
  v1::Document proto;
  proto.set_path(ReplaceInvalidUtf8(document.path));
  proto.set_root(ReplaceInvalidUtf8(document.root));
  proto.set_kind(document.kind);
  proto.set_title(document.title);
  proto.set_revision(document.revision);
  for (const catalog::Example& example : document.examples) *proto.add_examples() = ToProto(example, true, installed);
  return proto;
}

v1::Skill ToProto(const catalog::Skill& skill, v1::SkillView view, const InstalledModules* installed) {
  v1::Skill proto;
  SetSummary(skill, &proto);
  if (view == v1::SKILL_VIEW_SUMMARY) return proto;
  if (view == v1::SKILL_VIEW_OUTLINE && OutlineBytes(skill) > kMaxOutlineBytes) {
    proto.set_path(ReplaceInvalidUtf8(skill.path));
    proto.set_root(ReplaceInvalidUtf8(skill.root));
    proto.set_revision(skill.revision);
    proto.set_format(skill.format);
    *proto.add_diagnostics() = ToProto(catalog::Diagnostic{
        "outline-too-large",
        catalog::Severity::kWarning,
        absl::StrCat("only a summary is shown: the outline has more than ", kMaxOutlineBytes, " bytes"),
        {skill.path, 0, 0},
        skill.root,
        ""});
    return proto;
  }
  const bool full = view == v1::SKILL_VIEW_FULL;
  proto.set_title(skill.title);
  proto.set_description(skill.description);
  proto.set_domain(skill.domain);
  SetLanguages(skill, &proto);
  proto.set_path(ReplaceInvalidUtf8(skill.path));
  proto.set_root(ReplaceInvalidUtf8(skill.root));
  proto.set_revision(skill.revision);
  proto.set_format(skill.format);
  SetMetadata(skill.metadata, proto.mutable_metadata());
  for (const auto& [key, value] : skill.front_matter) (*proto.mutable_front_matter())[key] = value;
  for (const catalog::Section& section : skill.sections) *proto.add_sections() = ToProto(section, full);
  for (const catalog::Example& example : skill.examples)
    *proto.add_examples() = ToProto(skill, example, full, installed);
  for (const catalog::Part& part : skill.parts) {
    v1::SkillPart* added = proto.add_parts();
    added->set_path(ReplaceInvalidUtf8(part.path));
    added->set_title(part.title);
    added->set_description(part.description);
    added->set_format(part.format);
    added->set_revision(part.revision);
    added->set_size_bytes(part.size);
    for (const catalog::Section& section : part.sections) *added->add_sections() = ToProto(section, full);
  }
  for (const catalog::Diagnostic& diagnostic : skill.diagnostics) *proto.add_diagnostics() = ToProto(diagnostic);
  if (!full) return proto;
  proto.set_front_matter_text(skill.front_matter_text);
  proto.set_preamble(Preamble(skill));
  for (const catalog::Reference& reference : skill.references) {
    v1::Reference* added = proto.add_references();
    added->set_title(reference.title);
    added->set_url(reference.url);
    SetPosition(reference.position, added->mutable_position());
  }
  return proto;
}

bool ToSectionProto(const catalog::Skill& skill, const std::string& section, const InstalledModules* installed,
                    v1::Skill* proto, std::vector<std::string>* known) {
  SetSummary(skill, proto);
  std::vector<Span> spans;
  AddMatching(skill.sections, section, proto, &spans, known);
  for (const catalog::Part& part : skill.parts) AddMatching(part.sections, section, proto, &spans, known);
  for (const catalog::Example& example : skill.examples) {
    const bool inside = std::any_of(spans.begin(), spans.end(), [&](const Span& span) {
      return span.path == example.position.path && span.first < example.position.line &&
             example.position.line < span.end;
    });
    if (inside) *proto->add_examples() = ToProto(skill, example, true, installed);
  }
  return !spans.empty();
}

}  // namespace skillrunner::api

// Skills and capabilities in words.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/names.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

using client::EscapeForTerminal;
using client::LastId;
using client::Lines;

std::string Position(const v1::SourcePosition& position) {
  std::string text = position.path();
  if (position.line() > 0) absl::StrAppend(&text, ":", position.line());
  if (position.line() > 0 && position.column() > 0) absl::StrAppend(&text, ":", position.column());
  return text;
}

void AppendExamples(const v1::Skill& skill, std::string* text) {
  if (skill.examples().empty()) return;
  Table table({"EXAMPLE", "LANGUAGE", "RUNTIME", "LINE", "TITLE"});
  for (const auto& example : skill.examples()) {
    table.Add({absl::StrCat(LastId(skill.name()), "/", LastId(example.name())),
               example.language().empty() ? "-" : example.language(),
               example.runtime().empty() ? "-" : example.runtime(), absl::StrCat(example.position().line()),
               example.title()});
  }
  absl::StrAppend(text, "\n", table.Render());
}

void AppendSections(const v1::Skill& skill, std::string* text) {
  for (const auto& section : skill.sections()) {
    absl::StrAppend(text, "\n", std::string(static_cast<size_t>(std::max(1, section.level())), '#'), " ",
                    EscapeForTerminal(section.title()), "\n");
    const std::string body = EscapeForTerminal(section.body(), Lines::kKeep);
    const size_t begin = body.find_first_not_of('\n');
    if (begin == std::string::npos) continue;
    absl::StrAppend(text, body.substr(begin, body.find_last_not_of(" \t\n") + 1 - begin), "\n");
  }
}

}  // namespace

std::string RenderDiagnostics(const google::protobuf::RepeatedPtrField<v1::DescriptorDiagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics) {
    absl::StrAppend(&text, EscapeForTerminal(Position(diagnostic.position())), ": ", Words(diagnostic.severity()), ": ",
                    EscapeForTerminal(diagnostic.message()), " [", EscapeForTerminal(diagnostic.code()), "]\n");
  }
  return text;
}

std::string RenderSkillList(const v1::ListSkillsResponse& answer, size_t columns) {
  std::string text;
  if (answer.skills().empty()) {
    text = "no skills\n";
  } else {
    Table table({"SKILL", "EXAMPLES", "TITLE", "DESCRIPTION"});
    for (const auto& skill : answer.skills()) {
      table.Add(
          {std::string(LastId(skill.name())), absl::StrCat(skill.examples_size()), skill.title(), skill.description()});
    }
    text = table.Render(columns);
  }
  if (!answer.diagnostics().empty()) absl::StrAppend(&text, "\n", RenderDiagnostics(answer.diagnostics()));
  return text;
}

std::string RenderSearch(const v1::SearchSkillsResponse& answer, size_t columns) {
  if (answer.skills().empty()) return "no skills\n";
  Table table({"SKILL", "EXAMPLES", "TITLE", "MATCH"});
  for (int i = 0; i < answer.skills_size(); ++i) {
    const v1::Skill& skill = answer.skills(i);
    const std::string snippet = i < answer.matches_size() ? answer.matches(i).snippet() : "";
    table.Add({std::string(LastId(skill.name())), absl::StrCat(skill.example_count()), skill.title(),
               snippet.empty() ? skill.description() : snippet});
  }
  std::string text = table.Render(columns);
  const int more = answer.total_size() - answer.skills_size();
  if (more > 0) absl::StrAppend(&text, "and ", more, " more: --most says how many to list\n");
  return text;
}

std::string RenderSkill(const v1::Skill& skill) {
  std::string text;
  const auto line = [&text](absl::string_view label, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, absl::StrFormat("%-12s", label), EscapeForTerminal(value), "\n");
  };
  line("skill", LastId(skill.name()));
  line("title", skill.title());
  line("description", skill.description());
  line("domain", skill.domain());
  line("level", skill.metadata().level());
  line("status", skill.metadata().status());
  line("languages", absl::StrJoin(skill.languages(), ", "));
  if (skill.examples().empty() && skill.example_count() > 0) line("examples", absl::StrCat(skill.example_count()));
  line("file", skill.path());
  line("format", skill.format());
  line("revision", skill.revision());
  AppendExamples(skill, &text);
  AppendSections(skill, &text);
  if (!skill.references().empty()) {
    Table table({"REFERENCE", "URL"});
    for (const auto& reference : skill.references()) {
      table.Add({reference.title().empty() ? "-" : reference.title(), reference.url()});
    }
    absl::StrAppend(&text, "\n", table.Render());
  }
  if (!skill.diagnostics().empty()) absl::StrAppend(&text, "\n", RenderDiagnostics(skill.diagnostics()));
  return text;
}

std::string RenderSections(const v1::Skill& skill) {
  std::string text;
  AppendSections(skill, &text);
  return text.substr(std::min<size_t>(text.size(), 1));  // without the empty line above the first
}

std::string RenderCapabilities(const v1::GetCapabilitiesResponse& capabilities) {
  std::string text;
  const auto line = [&text](absl::string_view label, absl::string_view value) {
    absl::StrAppend(&text, absl::StrFormat("%-16s", label), EscapeForTerminal(value), "\n");
  };
  line("version", capabilities.version());
  line("isolation", Words(capabilities.isolation()));
  line("runs", absl::StrCat(capabilities.running(), " of ", capabilities.max_running(), " running, ",
                            capabilities.queued(), " of ", capabilities.max_queued(), " queued, ",
                            capabilities.sandboxes_ready(), " sandboxes ready"));
  line("default limits", RenderLimits(capabilities.default_limits()));
  line("largest limits", RenderLimits(capabilities.max_limits()));
  line("durable runs", capabilities.durable_runs() ? "yes" : "no");

  if (!capabilities.mechanisms().empty()) {
    Table mechanisms({"MECHANISM", "ACTIVE", "DETAIL"});
    for (const auto& mechanism : capabilities.mechanisms()) {
      mechanisms.Add({mechanism.name(), mechanism.active() ? "yes" : "no", mechanism.detail()});
    }
    absl::StrAppend(&text, "\n", mechanisms.Render());
  }
  if (!capabilities.runtimes().empty()) {
    Table runtimes({"RUNTIME", "VERSION", "LANGUAGES", "HINT"});
    for (const auto& runtime : capabilities.runtimes()) {
      const std::string version = runtime.version().empty() ? "-" : runtime.version();
      runtimes.Add({runtime.name(), runtime.available() ? version : absl::StrCat(version, " (not available)"),
                    absl::StrJoin(runtime.languages(), ", "), runtime.hint()});
    }
    absl::StrAppend(&text, "\n", runtimes.Render());
  }
  if (!capabilities.warm_profiles().empty()) {
    Table profiles({"WARM PROFILE", "AVAILABLE", "READY", "REASON"});
    for (const auto& profile : capabilities.warm_profiles()) {
      profiles.Add({profile.name(), profile.available() ? "yes" : "no", absl::StrCat(profile.sandboxes_ready()),
                    profile.reason()});
    }
    absl::StrAppend(&text, "\n", profiles.Render());
  }
  return text;
}

}  // namespace skillrunner::skillctl

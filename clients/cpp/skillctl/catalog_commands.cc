// list, show, search, lint.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "skillctl/commands.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/names.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

int List(const Globals& globals) {
  v1::ListSkillsResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status =
      client.ListSkills(v1::SKILL_VIEW_OUTLINE, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(answer) : RenderSkillList(answer, TerminalColumns()));
}

int ShowSkill(const Globals& globals, const std::string& name, v1::SkillView view) {
  v1::Skill skill;
  client::Client client = Connect(globals);
  const grpc::Status status = client.GetSkill(name, view, &skill, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(skill) : RenderSkill(skill));
}

int ShowExample(const Globals& globals, const std::string& name) {
  const std::string skill_name = name.substr(0, name.find("/examples/"));
  v1::Skill skill;
  client::Client client = Connect(globals);
  const grpc::Status status =
      client.GetSkill(skill_name, v1::SKILL_VIEW_FULL, &skill, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  const auto example = std::find_if(skill.examples().begin(), skill.examples().end(),
                                    [&](const v1::Example& candidate) { return candidate.name() == name; });
  if (example == skill.examples().end()) {
    return ReportCall(globals, grpc::Status(grpc::StatusCode::NOT_FOUND,
                                            absl::StrCat(name, " does not exist; `skillctl show ",
                                                         client::LastId(skill_name), "` lists the skill's examples")));
  }
  return PrintAnswer(globals.json ? JsonLine(*example)
                                  : client::EscapeForTerminal(example->source(), client::Lines::kKeep));
}

int Show(const Globals& globals, const std::string& typed, bool summary) {
  const auto skill = client::SkillName(typed);
  if (skill.ok()) return ShowSkill(globals, *skill, summary ? v1::SKILL_VIEW_SUMMARY : v1::SKILL_VIEW_FULL);
  const auto example = client::ExampleName(typed);
  if (!example.ok()) return ReportLocal(skill.status());
  return ShowExample(globals, *example);
}

int Search(const Globals& globals, const std::string& query) {
  v1::SearchSkillsRequest request;
  request.set_query(query);
  v1::SearchSkillsResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.SearchSkills(request, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  if (globals.json) return PrintAnswer(JsonLine(answer));
  v1::ListSkillsResponse found;
  found.mutable_skills()->Swap(answer.mutable_skills());
  return PrintAnswer(RenderSkillList(found, TerminalColumns()));
}

int Lint(const Globals& globals, const std::string& typed, const std::string& profile) {
  const auto name = client::SkillName(typed);
  if (!name.ok()) return ReportLocal(name.status());
  v1::LintSkillRequest request;
  request.set_name(*name);
  request.set_profile(profile);
  v1::LintSkillResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.LintSkill(request, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(answer) : RenderDiagnostics(answer.diagnostics()));
}

}  // namespace

void AddCatalogCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  CLI::App* list = app->add_subcommand("list", "List the skills of the service");
  list->callback([=] { *chosen = [=] { return List(*globals); }; });

  struct ShowOptions {
    std::string name;
    bool summary = false;
  };
  const auto show_options = std::make_shared<ShowOptions>();
  CLI::App* show = app->add_subcommand("show", "Show a skill, or the source of one of its examples");
  show->add_option("SKILL", show_options->name, "SKILL or SKILL/EXAMPLE")->required();
  show->add_flag("--summary", show_options->summary, "Without sections and references");
  show->callback([=] { *chosen = [=] { return Show(*globals, show_options->name, show_options->summary); }; });

  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* search = app->add_subcommand("search", "Search skills by their text");
  search->add_option("WORDS", *words, "What to look for")->required();
  search->callback([=] { *chosen = [=] { return Search(*globals, absl::StrJoin(*words, " ")); }; });

  struct LintOptions {
    std::string name;
    std::string profile;
  };
  const auto lint_options = std::make_shared<LintOptions>();
  CLI::App* lint = app->add_subcommand("lint", "Check a skill's descriptor");
  lint->add_option("SKILL", lint_options->name, "The skill")->required();
  lint->add_option("--profile", lint_options->profile, "Rule profile, such as agent-skills; default: runner");
  lint->callback([=] { *chosen = [=] { return Lint(*globals, lint_options->name, lint_options->profile); }; });
}

}  // namespace skillrunner::skillctl

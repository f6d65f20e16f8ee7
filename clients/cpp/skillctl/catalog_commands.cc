// list, show, search, export.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
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

int ShowSection(const Globals& globals, const std::string& typed, const std::string& section) {
  const auto name = client::SkillName(typed);
  if (!name.ok()) return ReportLocal(name.status());
  v1::Skill skill;
  client::Client client = Connect(globals);
  const grpc::Status status = client.GetSection(*name, section, &skill, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(skill) : RenderSections(skill));
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
  if (summary)
    return ReportLocal(
        absl::InvalidArgumentError(absl::StrCat("--summary is of a skill, and ", typed, " is an example")));
  return ShowExample(globals, *example);
}

int Search(const Globals& globals, const v1::SearchSkillsRequest& request) {
  v1::SearchSkillsResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.SearchSkills(request, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(answer) : RenderSearch(answer, TerminalColumns()));
}

// Whether a path of an answer stays below the directory it is put to: the service may not be ours.
bool StaysBelow(const std::filesystem::path& path) {
  return !path.empty() && path.is_relative() && std::none_of(path.begin(), path.end(), [](const auto& component) {
    return component == ".." || component == "." || component.empty();
  });
}

// Writes the files of an Agent Skill below `directory`; nothing that is there is overwritten.
int ExportSkill(const Globals& globals, const std::string& typed, const std::string& directory) {
  const auto name = client::SkillName(typed);
  if (!name.ok()) return ReportLocal(name.status());
  v1::ExportSkillResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.ExportSkill(*name, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  if (globals.json && directory.empty()) return PrintAnswer(JsonLine(answer));
  namespace fs = std::filesystem;
  bool below = StaysBelow(answer.directory()) && answer.directory().find('/') == std::string::npos;
  for (const v1::ExportedFile& file : answer.files()) below = below && StaysBelow(file.path());
  if (!below) return ReportLocal(absl::DataLossError("the service sent paths that lead out of the directory"));
  const fs::path top = fs::path(directory.empty() ? "." : directory) / answer.directory();
  std::error_code error;
  if (fs::exists(top, error)) return ReportLocal(absl::AlreadyExistsError(absl::StrCat(top.string(), " exists")));
  for (const v1::ExportedFile& file : answer.files()) {
    const fs::path path = top / file.path();
    fs::create_directories(path.parent_path(), error);
    errno = error.value();
    std::ofstream stream;
    if (!error) stream.open(path, std::ios::binary);
    stream.write(file.content().data(), static_cast<std::streamsize>(file.content().size()));
    stream.close();
    if (stream) continue;
    const int cause = errno;
    fs::remove_all(top, error);  // half a skill is none
    return ReportLocal(
        absl::UnavailableError(absl::StrCat(path.string(), " cannot be written: ", std::strerror(cause))));
  }
  return PrintAnswer(globals.json ? JsonLine(answer) : absl::StrCat(client::EscapeForTerminal(top.string()), "\n"));
}

int ExportCatalog(const Globals& globals, v1::ExportCatalogRequest::Format format) {
  v1::ExportCatalogResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.ExportCatalog(format, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(answer) : client::EscapeForTerminal(answer.text(), client::Lines::kKeep));
}

}  // namespace

void AddCatalogCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  CLI::App* list = app->add_subcommand("list", "List the skills of the service");
  list->callback([=] { *chosen = [=] { return List(*globals); }; });

  struct ShowOptions {
    std::string name;
    bool summary = false;
    std::string section;
  };
  const auto show_options = std::make_shared<ShowOptions>();
  CLI::App* show = app->add_subcommand("show", "Show a skill, or the source of one of its examples");
  show->add_option("SKILL", show_options->name, "SKILL or SKILL/EXAMPLE")->required();
  CLI::Option* summary =
      show->add_flag("--summary", show_options->summary,
                     "Only what it takes to choose it: description, level, status, languages and how "
                     "many examples");
  show->add_option("--section", show_options->section,
                   "Only the sections of that kind (examples, best_practices, ...) or title")
      ->excludes(summary);
  show->callback([=] {
    *chosen = [=] {
      if (!show_options->section.empty()) return ShowSection(*globals, show_options->name, show_options->section);
      return Show(*globals, show_options->name, show_options->summary);
    };
  });

  struct SearchOptions {
    std::vector<std::string> words;
    std::string domain, language, level, status;
    int most = 20;
  };
  const auto search_options = std::make_shared<SearchOptions>();
  CLI::App* search = app->add_subcommand("search", "Search skills by their text");
  search->add_option("WORDS", search_options->words, "What to look for; none: all that pass the filters");
  search->add_option("--domain", search_options->domain, "Only skills of this domain");
  search->add_option("--language", search_options->language, "Only skills with an example in this language");
  search->add_option("--level", search_options->level, "Only skills of this level, such as L1");
  search->add_option("--status", search_options->status, "Only skills of this status, such as approved");
  search->add_option("--most", search_options->most, "At most this many, the best; default: 20")
      ->check(CLI::Range(1, 1000));
  search->callback([=] {
    *chosen = [=] {
      v1::SearchSkillsRequest request;
      request.set_query(absl::StrJoin(search_options->words, " "));
      request.set_domain(search_options->domain);
      request.set_language(search_options->language);
      request.set_level(search_options->level);
      request.set_status(search_options->status);
      request.set_page_size(search_options->most);
      request.set_view(v1::SKILL_VIEW_SUMMARY);
      return Search(*globals, request);
    };
  });

  struct ExportOptions {
    std::string skill;
    std::string directory;
    std::string format = "available-skills";
  };
  const auto export_options = std::make_shared<ExportOptions>();
  CLI::App* export_command =
      app->add_subcommand("export", "Write a skill as an Agent Skill directory, or print the catalogue as one text");
  CLI::Option* skill = export_command->add_option("SKILL", export_options->skill, "The skill; none: the catalogue");
  export_command
      ->add_option("--directory", export_options->directory,
                   "Where the skill's directory goes; default: here, and with --json nowhere")
      ->needs(skill);
  export_command
      ->add_option("--format", export_options->format, "Of the catalogue: available-skills (default) or index")
      ->check(CLI::IsMember({"available-skills", "index"}))
      ->excludes(skill);
  export_command->callback([=] {
    *chosen = [=] {
      if (!export_options->skill.empty())
        return ExportSkill(*globals, export_options->skill, export_options->directory);
      return ExportCatalog(*globals, export_options->format == "index"
                                         ? v1::ExportCatalogRequest::FORMAT_INDEX
                                         : v1::ExportCatalogRequest::FORMAT_AVAILABLE_SKILLS);
    };
  });
}

}  // namespace skillrunner::skillctl

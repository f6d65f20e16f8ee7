// lint, verify: what a CI job asks for.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "skillctl/commands.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillctl/private_service.h"
#include "skillctl/reports.h"
#include "skillrunner_client/names.h"

namespace skillrunner::skillctl {
namespace {

constexpr absl::Duration kLintTimeout = absl::Minutes(2);
constexpr absl::Duration kVerifyTimeout = absl::Minutes(60);

struct CheckOptions {
  std::vector<std::string> targets;  // directories or skills
  std::string profile;
  std::string format;
  bool strict = false;
};

// The skills to check, and the service that knows them: one of our own where the target is a directory.
struct Target {
  Globals globals;
  std::unique_ptr<PrivateService> service;
  std::vector<std::string> skills;                   // names
  std::vector<v1::DescriptorDiagnostic> unloadable;  // of files that are no skills because they are broken
};

// 0, or an exit code with its sentence said.
int FindTarget(const Globals& globals, const std::vector<std::string>& targets, Target* target) {
  target->globals = globals;
  std::error_code ignored;
  const bool directory = targets.size() == 1 && std::filesystem::is_directory(targets[0], ignored);
  if (directory) {
    target->service = std::make_unique<PrivateService>();
    if (const absl::Status status = target->service->Start(targets[0]); !status.ok()) return ReportLocal(status);
    target->globals.address = target->service->address();
  }
  if (!directory && !targets.empty()) {
    for (const std::string& typed : targets) {
      const auto name = client::SkillName(typed);
      if (!name.ok()) return ReportLocal(name.status());
      target->skills.push_back(*name);
    }
    return 0;
  }
  v1::ListSkillsResponse answer;
  client::Client client = Connect(target->globals);
  const grpc::Status status =
      client.ListSkills(v1::SKILL_VIEW_SUMMARY, &answer, {.deadline = Deadline(target->globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(target->globals, status);
  for (const v1::Skill& skill : answer.skills()) target->skills.push_back(skill.name());
  for (const v1::DescriptorDiagnostic& diagnostic : answer.diagnostics()) {
    if (diagnostic.severity() == v1::SEVERITY_ERROR) target->unloadable.push_back(diagnostic);
  }
  return 0;
}

int Lint(const Globals& globals, const CheckOptions& options) {
  Target target;
  if (const int code = FindTarget(globals, options.targets, &target); code != 0) return code;
  client::Client client = Connect(target.globals);
  std::vector<v1::DescriptorDiagnostic> findings = target.unloadable;
  std::string json;
  for (const std::string& name : target.skills) {
    v1::LintSkillRequest request;
    request.set_name(name);
    request.set_profile(options.profile);
    v1::LintSkillResponse answer;
    const grpc::Status status =
        client.LintSkill(request, &answer, {.deadline = Deadline(target.globals, kLintTimeout)});
    if (!status.ok()) return ReportCall(target.globals, status);
    findings.insert(findings.end(), answer.diagnostics().begin(), answer.diagnostics().end());
    for (const std::string& unchecked : answer.unchecked()) Complain(absl::StrCat(name, ": not checked: ", unchecked));
    absl::StrAppend(&json, JsonLine(answer));
  }
  const auto count = [&](v1::Severity severity) {
    return std::count_if(findings.begin(), findings.end(), [severity](const v1::DescriptorDiagnostic& finding) {
      return finding.severity() == severity;
    });
  };
  const auto errors = count(v1::SEVERITY_ERROR);
  const auto warnings = count(v1::SEVERITY_WARNING);
  std::string text;
  if (options.format == "sarif") {
    text = RenderSarif(findings);
  } else if (options.format == "json" || globals.json) {
    text = json;
  } else {
    text = absl::StrCat(RenderFindings(findings), target.skills.size(), " skills: ", errors, " errors, ", warnings,
                        " warnings\n");
  }
  if (const int code = PrintAnswer(text); code != 0) return code;
  return errors > 0 || (options.strict && warnings > 0) ? kExitFindings : 0;
}

int Verify(const Globals& globals, const CheckOptions& options) {
  Target target;
  if (const int code = FindTarget(globals, options.targets, &target); code != 0) return code;
  const bool json = options.format == "json" || globals.json;
  const bool text = !json && options.format != "junit";
  client::Client client = Connect(target.globals);
  std::vector<VerifiedSkill> verified;
  for (const std::string& name : target.skills) {
    VerifiedSkill skill;
    skill.name = name;
    v1::VerifySkillRequest request;
    request.set_name(name);
    int printed = 0;
    const grpc::Status status =
        client.VerifySkill(request,
                           [&](const v1::VerifySkillResponse& response) {
                             if (response.has_summary()) skill.summary = response.summary();
                             if (response.has_verdict()) skill.verdicts.push_back(response.verdict());
                             if (response.result_case() == v1::VerifySkillResponse::RESULT_NOT_SET || printed != 0)
                               return;
                             if (json) printed = PrintAnswer(JsonLine(response));
                             if (text && response.has_verdict())
                               printed = PrintAnswer(RenderVerdict(response.verdict()));
                           },
                           {.deadline = Deadline(target.globals, kVerifyTimeout)});
    if (!status.ok()) return ReportCall(target.globals, status);
    if (printed != 0) return printed;
    verified.push_back(std::move(skill));
  }
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  for (const VerifiedSkill& skill : verified) {
    passed += skill.summary.passed();
    failed += skill.summary.failed();
    skipped += skill.summary.skipped();
  }
  if (!target.unloadable.empty()) Complain(absl::StrCat("broken descriptors:\n", RenderFindings(target.unloadable)));
  std::string end;
  if (options.format == "junit") end = RenderJUnit(verified);
  if (text) {
    end = absl::StrCat(verified.size(), " skills: ", passed, " examples passed, ", failed, " failed, ", skipped,
                       " skipped\n");
  }
  if (const int code = PrintAnswer(end); code != 0) return code;
  return failed > 0 || !target.unloadable.empty() ? kExitFindings : 0;
}

}  // namespace

void AddCheckCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  const auto lint_options = std::make_shared<CheckOptions>();
  CLI::App* lint = app->add_subcommand("lint", "Check descriptors against a rule profile; exit status 1: errors found");
  lint->add_option("TARGET", lint_options->targets,
                   "A directory of descriptors (a service of its own is started for it), or skills of the service; "
                   "none: all skills of the service");
  lint->add_option("--profile", lint_options->profile,
                   "Rule profile: agent-skills, itzamna-adr001, itzamna-t0 or runner; default: runner");
  lint->add_option("--format", lint_options->format, "human (default), json or sarif")
      ->check(CLI::IsMember({"human", "json", "sarif"}));
  lint->add_flag("--strict", lint_options->strict, "Warnings, too, make exit status 1");
  lint->callback([=] { *chosen = [=] { return Lint(*globals, *lint_options); }; });

  const auto verify_options = std::make_shared<CheckOptions>();
  CLI::App* verify = app->add_subcommand(
      "verify", "Run every runnable example and judge it; exit status 1: one is not as it promises");
  verify->add_option("TARGET", verify_options->targets,
                     "A directory of descriptors (a service of its own is started for it), or skills of the service; "
                     "none: all skills of the service");
  verify->add_option("--format", verify_options->format, "text (default), json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  verify->callback([=] { *chosen = [=] { return Verify(*globals, *verify_options); }; });
}

}  // namespace skillrunner::skillctl

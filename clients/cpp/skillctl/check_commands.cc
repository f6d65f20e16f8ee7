// lint, verify: what a CI job asks for.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "skillctl/check_target.h"
#include "skillctl/commands.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillctl/reports.h"
#include "skillctl/run_options.h"

namespace skillrunner::skillctl {
namespace {

constexpr absl::Duration kLintTimeout = absl::Minutes(2);
constexpr absl::Duration kVerifyTimeout = absl::Minutes(60);
constexpr char kTargetHelp[] =
    "A directory of descriptors or one Markdown file (a service of its own is started for it, --address is not used), "
    "or skills of the service; none: all skills of the service";

struct CheckOptions {
  std::vector<std::string> targets;
  std::string profile;
  std::string format;
  LimitTexts limits;
  bool strict = false;
};

// The format asked for: --json is short for --format json. 0, or an exit code with its sentence said.
int ChooseFormat(const Globals& globals, const CheckOptions& options, std::string* format) {
  *format = options.format;
  if (!globals.json) return 0;
  if (!format->empty() && *format != "json") {
    Complain(absl::StrCat("--json and --format ", *format, " exclude each other"));
    return kExitUsage;
  }
  *format = "json";
  return 0;
}

int Lint(const Globals& globals, const CheckOptions& options) {
  std::string format;
  if (const int code = ChooseFormat(globals, options, &format); code != 0) return code;
  CheckTarget target;
  if (const int code = target.Find(globals, options.targets); code != 0) return code;
  client::Client client = Connect(target.globals());
  std::vector<v1::DescriptorDiagnostic> findings = target.unloadable();
  std::string json;
  if (!findings.empty()) {
    v1::LintSkillResponse broken;
    broken.mutable_diagnostics()->Add(findings.begin(), findings.end());
    broken.set_errors(static_cast<int>(findings.size()));
    json = JsonLine(broken);
  }
  for (const auto& [name, examples] : target.skills()) {
    if (!examples.empty()) return ReportLocal(absl::InvalidArgumentError("lint checks whole skills, not examples"));
    v1::LintSkillRequest request;
    request.set_name(name);
    request.set_profile(options.profile);
    v1::LintSkillResponse answer;
    const grpc::Status status =
        client.LintSkill(request, &answer, {.deadline = Deadline(target.globals(), kLintTimeout)});
    if (!status.ok()) return ReportCall(target.globals(), status);
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
  if (format == "sarif") {
    text = RenderSarif(findings);
  } else if (format == "json") {
    text = json;
  } else {
    text = absl::StrCat(RenderFindings(findings), target.skills().size(), " skills: ", errors, " errors, ", warnings,
                        " warnings\n");
  }
  if (const int code = PrintAnswer(text); code != 0) return code;
  return errors > 0 || (options.strict && warnings > 0) ? kExitFindings : 0;
}

// Examples that were not run although they could be somewhere.
int64_t CountWithoutRuntime(const VerifiedSkill& skill) {
  return std::count_if(skill.verdicts.begin(), skill.verdicts.end(), [](const v1::ExampleVerdict& verdict) {
    return verdict.reason() == "runtime-missing" || verdict.reason() == "no-runtime";
  });
}

// Verifies one skill; prints its verdicts as they come, where the format has them one by one. 0, or an exit code.
int VerifySkill(client::Client* client, const Globals& globals, const v1::VerifySkillRequest& request,
                const std::string& format, VerifiedSkill* skill) {
  int printed = 0;
  skill->name = request.name();
  const grpc::Status status =
      client->VerifySkill(request,
                          [&](const v1::VerifySkillResponse& response) {
                            if (response.has_summary()) skill->summary = response.summary();
                            if (response.has_verdict()) skill->verdicts.push_back(response.verdict());
                            if (response.result_case() == v1::VerifySkillResponse::RESULT_NOT_SET || printed != 0)
                              return;
                            if (format == "json") printed = PrintAnswer(JsonLine(response));
                            if (format == "text" && response.has_verdict())
                              printed = PrintAnswer(RenderVerdict(response.verdict()));
                          },
                          {.deadline = Deadline(globals, kVerifyTimeout)});
  skill->error = status.error_message();
  return status.ok() ? printed : ReportCall(globals, status);
}

int Verify(const Globals& globals, const CheckOptions& options) {
  std::string format;
  if (const int code = ChooseFormat(globals, options, &format); code != 0) return code;
  if (format.empty()) format = "text";
  v1::VerifySkillRequest request;
  if (const absl::Status status = ReadLimits(options.limits, request.mutable_limits()); !status.ok())
    return ReportLocal(status);
  CheckTarget target;
  if (const int code = target.Find(globals, options.targets); code != 0) return code;
  client::Client client = Connect(target.globals());
  std::vector<VerifiedSkill> verified;
  int failure = 0;  // of a call: what was verified before is told all the same
  for (const auto& [name, examples] : target.skills()) {
    request.set_name(name);
    request.mutable_examples()->Assign(examples.begin(), examples.end());
    failure = VerifySkill(&client, target.globals(), request, format, &verified.emplace_back());
    if (failure != 0) break;
  }
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  int64_t without_runtime = 0;
  for (const VerifiedSkill& skill : verified) {
    passed += skill.summary.passed();
    failed += skill.summary.failed();
    skipped += skill.summary.skipped();
    without_runtime += CountWithoutRuntime(skill);
  }
  if (!target.unloadable().empty())
    Complain(absl::StrCat("broken descriptors:\n", RenderFindings(target.unloadable())));
  std::string end;
  if (format == "junit") end = RenderJUnit(verified, target.unloadable());
  if (format == "text" && failure == 0) {
    end = absl::StrCat(verified.size(), " skills: ", passed, " examples passed, ", failed, " failed, ", skipped,
                       " skipped\n");
  }
  if (const int code = PrintAnswer(end); code != 0) return code;
  if (failure != 0) return failure;
  return failed > 0 || !target.unloadable().empty() || (options.strict && without_runtime > 0) ? kExitFindings : 0;
}

}  // namespace

void AddCheckCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  const auto lint_options = std::make_shared<CheckOptions>();
  CLI::App* lint = app->add_subcommand(
      "lint", "Check descriptors against a rule profile; exit status 1: errors found, or no skill to check");
  lint->add_option("TARGET", lint_options->targets, kTargetHelp);
  lint->add_option("--profile", lint_options->profile,
                   "Rule profile: agent-skills, itzamna-adr001, itzamna-t0 or runner; default: runner");
  lint->add_option("--format", lint_options->format, "human (default), json or sarif")
      ->check(CLI::IsMember({"human", "json", "sarif"}));
  lint->add_flag("--strict", lint_options->strict, "Warnings, too, make exit status 1");
  lint->callback([=] { *chosen = [=] { return Lint(*globals, *lint_options); }; });

  const auto verify_options = std::make_shared<CheckOptions>();
  CLI::App* verify = app->add_subcommand("verify",
                                         "Run every runnable example and judge it; exit status 1: one is not as it "
                                         "promises, a descriptor is broken, or there is no skill to check");
  verify->add_option("TARGET", verify_options->targets,
                     absl::StrCat(kTargetHelp, "; SKILL/EXAMPLE for a single example"));
  verify->add_option("--format", verify_options->format, "text (default), json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  verify->add_flag("--strict", verify_options->strict,
                   "An example that is not run because its runtime is missing makes exit status 1, too");
  AddLimitOptions(verify, &verify_options->limits);
  verify->callback([=] { *chosen = [=] { return Verify(*globals, *verify_options); }; });
}

}  // namespace skillrunner::skillctl

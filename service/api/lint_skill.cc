#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "api/handlers.h"
#include "api/installed_modules.h"
#include "api/quiet_run.h"
#include "api/resource_names.h"
#include "api/skill_proto.h"
#include "catalog/lint.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

using catalog::Diagnostic;
using catalog::Example;

constexpr size_t kMaxFiles = 200;             // checked in one run
constexpr size_t kMaxCheckedBytes = 1 << 20;  // in one run

// Programs that look at the files 0, 1, 2, ... without running them, and print for each that does not compile a line
// `number TAB line TAB column TAB sentence`.
constexpr char kPythonCheck[] = R"(import os, sys
for number in range(int(sys.argv[1])):
    with open(f"block{number}", "rb") as file:
        source = file.read()
    try:
        compile(source, "block", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        column = getattr(error, "offset", 0) or 0
        if column > 0:  # in characters; wanted in bytes
            column = len((getattr(error, "text", None) or "")[:column - 1].encode("utf-8", "replace")) + 1
        text = (getattr(error, "msg", None) or str(error)).replace("\n", " ")
        print(number, line, column, text, sep="\t")
    except (RecursionError, MemoryError, OverflowError) as error:
        print(number, 0, 0, f"too complex to compile: {error}", sep="\t")
)";
constexpr char kNodeCheck[] = R"(const { spawnSync } = require('child_process');
const fs = require('fs');
for (let number = 0; number < Number(process.argv[2]); ++number) {
  const source = fs.readFileSync(`block${number}`, 'utf8');
  const module = /^\s*(import\s*[\w{*'"]|export\s)/m.test(source);
  const file = `check${number}.${module ? 'mjs' : 'cjs'}`;
  fs.writeFileSync(file, source);
  const result = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  if (result.status === 0) continue;
  const line = /:(\d+)\n/.exec(result.stderr);
  const text = /^\w*Error: .*$/m.exec(result.stderr);
  console.log([number, line ? line[1] : 0, 0, text ? text[0] : 'does not compile'].join('\t'));
}
)";
constexpr char kBashCheck[] = R"(for ((number = 0; number < $1; ++number)); do
  if ! problem=$(bash -n "block$number" 2>&1); then
    problem=${problem%%$'\n'*}
    rest=${problem#*line }
    line=${rest%%:*}
    [[ $line =~ ^[0-9]+$ ]] || line=0
    printf '%s\t%s\t0\t%s\n' "$number" "$line" "${rest#*: }"
  fi
done
)";

const char* CheckProgram(absl::string_view runtime) {
  if (runtime == "python") return kPythonCheck;
  if (runtime == "node") return kNodeCheck;
  return runtime == "bash" ? kBashCheck : "";
}

// Whether it is meant to compile.
bool IsMeantAsCode(const Example& example) {
  return example.purpose != catalog::Purpose::kAntiPattern && example.purpose != catalog::Purpose::kOutput &&
         example.purpose != catalog::Purpose::kInput && !example.attributes.should_fail;
}

// The examples of a runtime that one run checks, and how many it cannot.
std::vector<const Example*> ToCheck(const catalog::Skill& skill, const std::string& runtime, int* left_out) {
  std::vector<const Example*> examples;
  size_t bytes = 0;
  for (const Example& example : skill.examples) {
    // Top-level await is a matter of where it runs.
    if (example.runtime != runtime || !IsMeantAsCode(example)) continue;
    if (example.source.find('\0') != std::string::npos || examples.size() == kMaxFiles ||
        bytes + example.source.size() > kMaxCheckedBytes) {
      ++*left_out;
      continue;
    }
    bytes += example.source.size();
    examples.push_back(&example);
  }
  return examples;
}

v1::RunSourceRequest CheckRequest(const catalog::Skill& skill, const std::string& runtime,
                                  const std::vector<const Example*>& examples) {
  v1::RunSourceRequest request;
  request.set_runtime(runtime);
  request.set_source(CheckProgram(runtime));
  request.set_skill(SkillName(skill));
  request.add_args(absl::StrCat(examples.size()));
  (*request.mutable_labels())["purpose"] = "lint";
  for (size_t i = 0; i < examples.size(); ++i) {
    v1::InputFile* file = request.add_files();
    file->set_path(absl::StrCat("block", i));
    file->set_content(examples[i]->source);
  }
  return request;
}

// Reads the lines the check printed.
void AddCompileErrors(const catalog::Skill& skill, const std::vector<const Example*>& examples, const std::string& out,
                      std::vector<Diagnostic>* findings) {
  for (const absl::string_view text : absl::StrSplit(out, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> fields = absl::StrSplit(text, absl::MaxSplits('\t', 3));
    size_t number = 0;
    int line = 0;
    int column = 0;
    if (fields.size() != 4 || !absl::SimpleAtoi(fields[0], &number) || number >= examples.size() ||
        !absl::SimpleAtoi(fields[1], &line) || !absl::SimpleAtoi(fields[2], &column))
      continue;
    const catalog::Position& at = examples[number]->position;
    findings->push_back(
        catalog::MakeFinding("code-does-not-compile", absl::StrCat("the code does not compile: ", fields[3]), skill,
                             {at.path, at.line + std::max(line, 1) - 1, column > 0 ? at.column + column - 1 : 0}));
  }
}

void AddMissingImports(const Context& context, const catalog::Skill& skill, std::vector<Diagnostic>* findings) {
  if (context.modules == nullptr) return;
  for (const Example& example : skill.examples) {
    const std::vector<std::string> missing = context.modules->Missing(example.runtime, example.imports);
    if (missing.empty()) continue;
    findings->push_back(catalog::MakeFinding(
        "import-missing",
        absl::StrCat("not installed where this service runs programs: ", absl::StrJoin(missing, ", ")), skill,
        example.position));
  }
}

}  // namespace

Task<grpc::Status> LintSkill(Context* context, rpc::Call& call, v1::LintSkillRequest request,
                             v1::LintSkillResponse* response) {
  const std::string profile = request.profile().empty() ? "runner" : request.profile();
  const auto snapshot = context->catalog.Get();
  const FoundSkill found = FindSkill(*snapshot, request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  const catalog::Skill& skill = *found.skill;
  std::optional<std::vector<Diagnostic>> findings = catalog::Lint(skill, profile);
  if (!findings.has_value()) {
    co_return rpc::InvalidArgument(
        {{"profile",
          absl::StrCat("must be one of ", absl::StrJoin(catalog::LintProfiles(), ", "), ", not \"", profile, "\"")}});
  }
  if (profile == "runner") {
    if (context->modules != nullptr) co_await context->modules->Know();
    AddMissingImports(*context, skill, &*findings);
    for (const char* runtime : {"bash", "node", "python"}) {
      int left_out = 0;
      const std::vector<const Example*> examples = ToCheck(skill, runtime, &left_out);
      if (left_out > 0) {
        response->add_unchecked(absl::StrCat("whether ", runtime, " code compiles: ", left_out,
                                             " blocks are left out: at most ", kMaxFiles, " blocks of together ",
                                             kMaxCheckedBytes, " bytes are looked at, and none with a NUL byte"));
      }
      if (examples.empty()) continue;
      PlannedRun planned = co_await PlanSource(context, CheckRequest(skill, runtime, examples));
      const QuietRun run = co_await RunQuietly(context, &call, std::move(planned));
      if (run.status.error_code() == grpc::StatusCode::CANCELLED) co_return run.status;
      if (!run.status.ok() || run.finished.state() != v1::Run::STATE_SUCCEEDED) {
        response->add_unchecked(absl::StrCat("whether ", runtime, " code compiles: ",
                                             run.status.ok() ? run.finished.message() : run.status.error_message()));
        continue;
      }
      AddCompileErrors(skill, examples, run.out, &*findings);
    }
    catalog::FinishFindings(&*findings);
  }
  response->set_name(SkillName(skill));
  response->set_profile(profile);
  int errors = 0;
  int warnings = 0;
  for (const Diagnostic& finding : *findings) {
    *response->add_diagnostics() = ToProto(finding);
    errors += finding.severity == catalog::Severity::kError ? 1 : 0;
    warnings += finding.severity == catalog::Severity::kWarning ? 1 : 0;
  }
  response->set_errors(errors);
  response->set_warnings(warnings);
  co_return grpc::Status::OK;
}

}  // namespace skillrunner::api

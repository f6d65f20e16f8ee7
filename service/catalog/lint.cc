#include "catalog/lint.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "catalog/lint_profiles.h"
#include "catalog/lint_text.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxFindings = 1000;
constexpr char kAdr[] = "9a0f9d0:scripts/validate-skill.ps1";
constexpr char kTier[] = "47e6c19:.prompt-os/tools/js/tier-system.js";
constexpr char kSpec[] = "agentskills.io/specification";
constexpr char kClients[] = "agentskills.io/client-implementation";
constexpr char kOwn[] = "docs/catalog.md";
constexpr Severity kError = Severity::kError;
constexpr Severity kWarning = Severity::kWarning;
constexpr Severity kInfo = Severity::kInfo;

}  // namespace

const std::vector<LintRule>& LintRules() {
  static const std::vector<LintRule>* rules = new std::vector<LintRule>{
      {"itzamna-adr001", "adr001-front-matter", kError, kAdr},
      {"itzamna-adr001", "adr001-key-missing", kError, kAdr},
      {"itzamna-adr001", "adr001-category", kError, kAdr},
      {"itzamna-adr001", "adr001-type", kWarning, kAdr},
      {"itzamna-adr001", "adr001-keywords", kWarning, kAdr},
      {"itzamna-adr001", "adr001-version", kWarning, kAdr},
      {"itzamna-adr001", "adr001-section-missing", kError, kAdr},
      {"itzamna-adr001", "adr001-examples-missing", kWarning, kAdr},
      {"itzamna-adr001", "adr001-placeholder", kError, kAdr},
      {"itzamna-adr001", "adr001-tokens", kError, kAdr},
      {"itzamna-adr001", "adr001-concepts-tokens", kError, kAdr},
      {"itzamna-adr001", "adr001-fences", kError, kAdr},
      {"itzamna-t0", "t0-front-matter", kError, kTier},
      {"itzamna-t0", "t0-section-missing", kError, kTier},
      {"itzamna-t0", "t0-status", kError, kTier},
      {"itzamna-t0", "t0-secret", kError, kTier},
      {"itzamna-t0", "t0-sql", kError, kTier},
      {"itzamna-t0", "t0-placeholder", kError, kTier},
      {"itzamna-t0", "t0-version", kError, kTier},
      {"itzamna-t0", "t1-examples", kWarning, kTier},
      {"itzamna-t0", "t1-never", kWarning, kTier},
      {"itzamna-t0", "t1-guidelines", kWarning, kTier},
      {"itzamna-t0", "t1-description", kWarning, kTier},
      {"itzamna-t0", "t1-tags", kWarning, kTier},
      {"itzamna-t0", "t1-edge-cases", kWarning, kTier},
      {"itzamna-t0", "t2-name", kInfo, kTier},
      {"itzamna-t0", "t2-title", kInfo, kTier},
      {"itzamna-t0", "t2-references", kInfo, kTier},
      {"itzamna-t0", "t2-fence-language", kInfo, kTier},
      {"agent-skills", "skill-file-name", kError, kSpec},
      {"agent-skills", "skill-front-matter", kError, kSpec},
      {"agent-skills", "skill-yaml", kError, kSpec},
      {"agent-skills", "skill-name-missing", kError, kSpec},
      {"agent-skills", "skill-name-length", kError, kSpec},
      {"agent-skills", "skill-name-characters", kError, kSpec},
      {"agent-skills", "skill-name-directory", kError, kSpec},
      {"agent-skills", "skill-description-missing", kError, kSpec},
      {"agent-skills", "skill-description-length", kError, kSpec},
      {"agent-skills", "skill-compatibility-length", kError, kSpec},
      {"agent-skills", "skill-metadata", kError, kSpec},
      {"agent-skills", "skill-allowed-tools", kError, kSpec},
      {"agent-skills", "skill-unknown-key", kError, kSpec},
      {"agent-skills", "skill-lines", kWarning, kClients},
      {"agent-skills", "skill-tokens", kWarning, kClients},
      {"runner", "code-does-not-compile", kError, kOwn},
      {"runner", "import-missing", kWarning, kOwn},
      {"runner", "blocking-call-in-async", kWarning, kOwn},
      {"runner", "coroutine-never-awaited", kWarning, kOwn},
      {"runner", "undefined-name", kInfo, kOwn},
      {"runner", "secret", kError, kOwn},
  };
  return *rules;
}

std::vector<std::string> LintProfiles() {
  std::set<std::string> names;
  for (const LintRule& rule : LintRules()) names.insert(rule.profile);
  return {names.begin(), names.end()};
}

Diagnostic MakeFinding(absl::string_view code, std::string message, const Skill& skill, Position position) {
  for (const LintRule& rule : LintRules()) {
    if (code == rule.code)
      return {rule.code, rule.severity, std::move(message), std::move(position), skill.root, rule.source};
  }
  return {std::string(code), Severity::kError, std::move(message), std::move(position), skill.root, ""};
}

void FinishFindings(std::vector<Diagnostic>* findings) {
  std::stable_sort(findings->begin(), findings->end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.position.path, a.position.line, a.position.column) <
           std::tie(b.position.path, b.position.line, b.position.column);
  });
  if (findings->size() > kMaxFindings) findings->resize(kMaxFindings);
}

std::optional<std::vector<Diagnostic>> Lint(const Skill& skill, absl::string_view profile) {
  Findings findings(skill);
  if (profile == "itzamna-adr001") {
    LintAdr001(&findings);
  } else if (profile == "itzamna-t0") {
    LintTiers(&findings);
  } else if (profile == "agent-skills") {
    LintAgentSkill(&findings);
  } else if (profile == "runner") {
    LintForRunner(&findings);
  } else {
    return std::nullopt;
  }
  std::vector<Diagnostic> found = findings.Take();
  FinishFindings(&found);
  return found;
}

}  // namespace skillrunner::catalog

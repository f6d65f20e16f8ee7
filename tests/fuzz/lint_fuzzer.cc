// Any bytes are a descriptor: every profile must come to an end with it, and keep its promises.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "base/utf8.h"
#include "catalog/descriptor.h"
#include "catalog/lint.h"

namespace {

using skillrunner::IsValidUtf8;
using namespace skillrunner::catalog;  // NOLINT: one file, one purpose

constexpr size_t kMaxFindings = 1000;

void Require(bool promise) {
  if (!promise) std::abort();
}

void CheckFindings(const Skill& skill, const std::string& profile) {
  static const auto* codes = [] {
    auto* all = new std::set<std::string>;
    for (const LintRule& rule : LintRules()) all->insert(rule.code);
    return all;
  }();
  const std::optional<std::vector<Diagnostic>> findings = Lint(skill, profile);
  Require(findings.has_value() && findings->size() <= kMaxFindings);
  int line = 0;
  for (const Diagnostic& finding : *findings) {
    // What the runner's profile passes on from the loader states no rule.
    Require(codes->count(finding.code) == (finding.source.empty() ? 0U : 1U));
    Require(profile == "runner" || !finding.source.empty());
    Require(!finding.message.empty() && IsValidUtf8(finding.message));
    Require(finding.position.path == skill.path && finding.position.line >= line && finding.position.column >= 0);
    line = finding.position.line;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ParsedDescriptor parsed =
      ParseDescriptor(absl::string_view(reinterpret_cast<const char*>(data), size), "fuzz/SKILL.md");
  if (!parsed.skill.has_value()) return 0;
  for (const std::string& profile : LintProfiles()) CheckFindings(*parsed.skill, profile);
  return 0;
}

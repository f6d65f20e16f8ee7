// Findings and verdicts in the formats of other tools. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "itzamna/skillrunner/v1/catalog.pb.h"

namespace skillrunner::skillctl {

namespace v1 = ::itzamna::skillrunner::v1;

// What VerifySkill said about one skill.
struct VerifiedSkill {
  std::string name;  // skills/{skill}
  std::vector<v1::ExampleVerdict> verdicts;
  v1::VerifySummary summary;
  std::string error;  // why the call broke off; empty: it did not
};

// SARIF 2.1.0, one run. Paths are relative to the descriptor root, or below it where `root` is given.
std::string RenderSarif(const std::vector<v1::DescriptorDiagnostic>& findings);

// `file:line:column: severity: message [code] (source)`, one a line.
std::string RenderFindings(const std::vector<v1::DescriptorDiagnostic>& findings);

// JUnit XML: a suite for each skill, a case for each example and for a call that broke off; and one for `broken`, files
// that are no skills, each an error.
std::string RenderJUnit(const std::vector<VerifiedSkill>& skills,
                        const std::vector<v1::DescriptorDiagnostic>& broken = {});

// One line for each example, the end of what it wrote below those that failed.
std::string RenderVerdict(const v1::ExampleVerdict& verdict);

}  // namespace skillrunner::skillctl

// What rules of several profiles look for in the text of a skill.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "catalog/lint.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// Collects the findings about one skill.
class Findings {
 public:
  explicit Findings(const Skill& skill) : skill_(skill) {}
  // About the file as a whole.
  void File(absl::string_view code, std::string message) { At(code, std::move(message), 0, 0); }
  void At(absl::string_view code, std::string message, int line, int column);
  void Add(Diagnostic finding) { findings_.push_back(std::move(finding)); }
  const Skill& skill() const { return skill_; }
  std::vector<Diagnostic> Take() { return std::move(findings_); }

 private:
  const Skill& skill_;
  std::vector<Diagnostic> findings_;
};

// Value of a front matter key; empty where there is none.
std::string FrontMatterValue(const Skill& skill, absl::string_view key);
bool HasKey(const Skill& skill, absl::string_view key);
// Line of a front matter key in the file; 1 where it is not found.
int KeyLine(const Skill& skill, absl::string_view key);
// Of all keys, where there may be many.
absl::flat_hash_map<std::string, int> KeyLines(const Skill& skill);

// Calls `visit(text, line)` for every line of the body outside fences, with code spans and HTML comments blanked out:
// what stands in them is no placeholder.
void ForEachProseLine(const Skill& skill, const std::function<void(absl::string_view text, int line)>& visit);

// As the scripts of the ecosystem count: characters of the file by 3.5, rounded up.
int EstimatedTokens(const Skill& skill);
int EstimatedTokens(absl::string_view text);

bool IsSemver(absl::string_view version);

// Sections of level 2 whose title begins with `title`, case and accents aside.
const Section* FindSection(const Skill& skill, absl::string_view title);
// Text of a section and those below it.
std::string SectionText(const Skill& skill, const Section& section);

// Secrets and SQL put together from strings, in prose and code alike; `code` is the rule to report.
void FindSecrets(absl::string_view code, Findings* findings);
void FindSqlConcatenation(absl::string_view code, Findings* findings);

}  // namespace skillrunner::catalog

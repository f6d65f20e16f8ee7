#include "skillctl/attack/report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/text.h"

namespace skillrunner::attack {
namespace {

using Counts = std::map<Verdict, int>;

std::map<v1::IsolationLevel, Counts> CountByLevel(const std::vector<CaseResult>& results) {
  std::map<v1::IsolationLevel, Counts> levels;
  for (const CaseResult& result : results) ++levels[result.level][result.verdict];
  return levels;
}

std::string Key(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kFailed:
      return "failed";
    case Verdict::kKnown:
      return "known_failure";
    case Verdict::kNotApplicable:
      return "not_applicable";
    case Verdict::kNotInstalled:
      return "not_installed";
  }
  return "";
}

constexpr Verdict kAll[] = {Verdict::kPassed, Verdict::kFailed, Verdict::kKnown, Verdict::kNotApplicable,
                            Verdict::kNotInstalled};

}  // namespace

std::string Words(Verdict verdict) {
  std::string words = verdict == Verdict::kFailed ? "FAILED" : Key(verdict);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string RenderResults(const std::vector<CaseResult>& results, size_t columns) {
  skillctl::Table table({"CASE", "LEVEL", "RESULT", "TIME", "LATE", "OUTCOME IT MUST HAVE"});
  std::string reasons;
  for (const CaseResult& result : results) {
    const bool ran = result.verdict != Verdict::kNotApplicable;
    table.Add(
        {result.id, skillctl::Words(result.level), Words(result.verdict),
         ran ? absl::StrFormat("%.2fs", absl::ToDoubleSeconds(result.took)) : "-",
         result.late > absl::ZeroDuration() ? absl::StrFormat("%.0fms", absl::ToDoubleMilliseconds(result.late)) : "-",
         result.title});
    if (!result.why.empty()) {
      absl::StrAppend(&reasons, result.id, ": ", Words(result.verdict), ": ", client::EscapeForTerminal(result.why),
                      "\n");
    }
  }
  std::string text = table.Render(columns);
  if (!reasons.empty()) absl::StrAppend(&text, "\n", reasons);
  absl::StrAppend(&text, "\n");
  for (const auto& [level, counts] : CountByLevel(results)) {
    absl::StrAppend(&text, skillctl::Words(level), ":");
    for (const Verdict verdict : kAll) {
      const auto count = counts.find(verdict);
      absl::StrAppend(&text, verdict == Verdict::kPassed ? " " : ", ", count == counts.end() ? 0 : count->second, " ",
                      Words(verdict));
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string JsonResults(const std::vector<CaseResult>& results) {
  std::string text;
  const auto line = [&](const nlohmann::ordered_json& object) {
    absl::StrAppend(&text, object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "\n");
  };
  for (const CaseResult& result : results) {
    line({{"case", result.id},
          {"level", skillctl::Words(result.level)},
          {"result", Key(result.verdict)},
          {"title", result.title},
          {"why", result.why},
          {"seconds", absl::ToDoubleSeconds(result.took)},
          {"late_seconds", absl::ToDoubleSeconds(result.late)}});
  }
  for (const auto& [level, counts] : CountByLevel(results)) {
    nlohmann::ordered_json summary = {{"level", skillctl::Words(level)}};
    for (const Verdict verdict : kAll) {
      const auto count = counts.find(verdict);
      summary[Key(verdict)] = count == counts.end() ? 0 : count->second;
    }
    line({{"summary", summary}});
  }
  return text;
}

bool AnyFailed(const std::vector<CaseResult>& results) {
  return std::any_of(results.begin(), results.end(),
                     [](const CaseResult& result) { return result.verdict == Verdict::kFailed; });
}

}  // namespace skillrunner::attack

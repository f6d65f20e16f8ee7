#include "report.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace skillrunner::bench {

bool Series::MoreIsBetter() const {
  return unit == "calls/s" || unit == "MB/s" || unit == "runs/s" || unit == "runs";
}

double Series::Median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Series::P99() const {
  std::vector<double> sorted = samples;
  if (MoreIsBetter()) {
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
  } else {
    std::sort(sorted.begin(), sorted.end());
  }
  return sorted[static_cast<size_t>(std::ceil(0.99 * static_cast<double>(sorted.size()))) - 1];
}

void Report::Add(Series series) {
  if (!series.samples.empty()) series_.push_back(std::move(series));
}

double Report::Ratio(const Series& series) const {
  for (const Series& other : series_) {
    if (other.baseline && other.measure == series.measure) return series.Median() / other.Median();
  }
  return 0;
}

std::string Report::Table() const {
  std::string table;
  for (const auto& [name, value] : conditions_) absl::StrAppendFormat(&table, "%-10s %s\n", name, value);
  absl::StrAppendFormat(&table, "\n%-38s %-27s %-8s %7s %12s %12s %7s\n", "measure", "subject", "unit", "samples",
                        "median", "p99", "ratio");
  const Series* previous = nullptr;
  for (const Series& series : series_) {
    const bool repeated = previous != nullptr && previous->measure == series.measure;
    const double ratio = Ratio(series);
    absl::StrAppendFormat(&table, "%-38s %-27s %-8s %7d %12.2f %12.2f %7s\n", repeated ? "" : series.measure,
                          series.subject, series.unit, series.samples.size(), series.Median(), series.P99(),
                          ratio == 0 ? "" : absl::StrFormat("%.3f", ratio));
    previous = &series;
  }
  for (const auto& [subject, reason] : skipped_) absl::StrAppend(&table, "skipped: ", subject, ": ", reason, "\n");
  return table;
}

absl::Status Report::WriteJson(const std::string& path) const {
  nlohmann::ordered_json json;
  for (const auto& [name, value] : conditions_) json["conditions"][name] = value;
  json["rows"] = nlohmann::ordered_json::array();
  for (const Series& series : series_) {
    json["rows"].push_back({{"measure", series.measure},
                            {"subject", series.subject},
                            {"unit", series.unit},
                            {"samples", series.samples.size()},
                            {"median", series.Median()},
                            {"p99", series.P99()},
                            {"ratio", Ratio(series)},
                            {"baseline", series.baseline}});
  }
  json["skipped"] = nlohmann::ordered_json::array();
  for (const auto& [subject, reason] : skipped_) json["skipped"].push_back({{"subject", subject}, {"reason", reason}});
  std::ofstream file(path);
  file << json.dump(2) << "\n";
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace skillrunner::bench

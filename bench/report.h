// What a run of the bench found: series of samples, printed as a table and written as JSON.
//
// A series is one measure of one subject. Series of the same measure are compared: `ratio` is the median over the
// median of the measure's baseline. Not thread-safe.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace skillrunner::bench {

struct Series {
  std::string measure;
  std::string subject;
  std::string unit;  // "ms", "us": less is better; "calls/s", "runs/s", "MB/s": more is better
  bool baseline = false;
  std::vector<double> samples;

  bool MoreIsBetter() const;
  double Median() const;
  // 99 % of the samples are at least as good as this one (nearest rank): with fewer than 100 samples, the worst.
  double P99() const;
};

class Report {
 public:
  // One line above the table: where and under which conditions the figures were taken.
  void AddCondition(std::string name, std::string value) {
    conditions_.emplace_back(std::move(name), std::move(value));
  }
  // Series without samples are left out.
  void Add(Series series);
  // A subject that could not take part, and why. Said once for each subject.
  void AddSkipped(std::string subject, std::string reason) {
    std::pair<std::string, std::string> entry(std::move(subject), std::move(reason));
    if (std::find(skipped_.begin(), skipped_.end(), entry) == skipped_.end()) skipped_.push_back(std::move(entry));
  }

  std::string Table() const;
  // Error: the file cannot be written.
  absl::Status WriteJson(const std::string& path) const;

 private:
  // 0: the measure has no baseline.
  double Ratio(const Series& series) const;

  std::vector<std::pair<std::string, std::string>> conditions_;
  std::vector<Series> series_;
  std::vector<std::pair<std::string, std::string>> skipped_;
};

}  // namespace skillrunner::bench

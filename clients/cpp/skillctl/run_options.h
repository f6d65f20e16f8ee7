// Options that run and run-source share, and the request they make.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "skillctl/follow_run.h"

namespace skillrunner::skillctl {

struct RunOptionTexts {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string stdin_path;
  std::vector<std::string> files;
  std::string wall_time;
  std::string cpu_time;
  std::string memory;
  int processes = 0;
  std::string output_bytes;
  std::string min_isolation;
  bool continues = false;
  std::string request_id;
  std::vector<std::string> labels;
  bool validate_only = false;
  bool fresh = false;
  bool events = false;
};

// Declares the options. `texts` must outlive the app.
void AddRunOptions(CLI::App* command, RunOptionTexts* texts);

// What the options ask for, read and checked. Errors name the option; INVALID_ARGUMENT for wrong values, other codes
// where a file could not be read.
absl::StatusOr<itzamna::skillrunner::v1::RunExampleRequest> ReadRunOptions(const RunOptionTexts& texts);

inline FollowSettings SettingsOf(const RunOptionTexts& texts) {
  return {.cancels = true, .continues = texts.continues, .events = texts.events, .validate_only = texts.validate_only};
}

}  // namespace skillrunner::skillctl

// Options that run, run-source and verify share, and the requests they make.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "skillctl/follow_run.h"

namespace skillrunner::skillctl {

struct LimitTexts {
  std::string wall_time;
  std::string cpu_time;
  std::string memory;
  int processes = 0;
  std::string output_bytes;
  std::string disk_bytes;
  int open_files = 0;
};

struct RunOptionTexts {
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string stdin_path;
  std::vector<std::string> files;
  LimitTexts limits;
  std::string min_isolation;
  bool continues = false;
  std::string request_id;
  std::vector<std::string> labels;
  bool validate_only = false;
  bool fresh = false;
  bool events = false;
};

// Declare the options. `texts` must outlive the app.
void AddLimitOptions(CLI::App* command, LimitTexts* texts);
void AddRunOptions(CLI::App* command, RunOptionTexts* texts);

// What the options ask for, read and checked. Errors name the option; INVALID_ARGUMENT for wrong values, other codes
// where a file could not be read. `Request`: RunExampleRequest or RunSourceRequest.
absl::Status ReadLimits(const LimitTexts& texts, itzamna::skillrunner::v1::Limits* limits);
template <class Request>
absl::Status ReadRunOptions(const RunOptionTexts& texts, Request* request);

inline FollowSettings SettingsOf(const RunOptionTexts& texts) {
  return {.cancels = true, .continues = texts.continues, .events = texts.events, .validate_only = texts.validate_only};
}

}  // namespace skillrunner::skillctl

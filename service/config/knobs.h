// The table of all settings: knobs.cc is the one place where a flag, its default and its help text are written.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "config/config.h"

namespace skillrunner {

struct Knob {
  std::string flag;             // without dashes
  std::string value_name;       // for --help: DIR, SIZE, ...; empty: a switch that may stand without a value
  std::string default_text;     // parsed like a given value; empty: `ParseCommandLine` finds the default
  std::string default_meaning;  // what --help says in place of an empty default_text
  std::string help;
  bool hidden = false;  // from the supervisor to the server: neither in --help nor in the environment
  std::function<absl::Status(Config&, absl::string_view)> set;
  std::function<std::string(Config&)> get;  // text that `set` reads back; empty: leave the flag out
};

std::vector<Knob> AllKnobs();

// SKILL_RUNNER_MAX_RUNNING for max-running.
std::string EnvironmentVariable(absl::string_view flag);

}  // namespace skillrunner

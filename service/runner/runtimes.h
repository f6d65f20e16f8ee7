// The languages this service runs, and how a program in each is started. Each is a small declaration in runtimes.cc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "sandbox/init_protocol.h"

namespace skillrunner {

struct Runtime {
  std::string name;                    // `python`
  std::string executable;              // absolute; empty: not found
  std::string version;                 // `3.11.2`; empty: not available
  std::string hint;                    // where not available: what to do
  std::vector<std::string> languages;  // of fences, lower case
  bool available() const { return !version.empty(); }
};

struct RuntimePaths {
  // Absolute paths, or names to look up on the sandbox's PATH; empty: not wanted.
  std::string python = "python3";
  std::string node = "node";
  std::string bash = "bash";
};

// Asks each interpreter, looked up on the PATH of sandboxes, for its version, by running it: call before threads are
// started.
std::vector<Runtime> DetectRuntimes(const RuntimePaths& paths);

// Null: unknown.
const Runtime* FindRuntime(const std::vector<Runtime>& runtimes, absl::string_view name);

// `source` as a program of the runtime. `stem` names its file, without extension. `environment` overrides the few
// variables every program gets: PATH, HOME, LANG, USER.
sandbox::Program MakeProgram(const Runtime& runtime, absl::string_view stem, std::string source,
                             std::vector<std::string> arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace skillrunner

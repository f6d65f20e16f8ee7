// The languages this service runs, and how a program in each is started. Each is a small declaration in runtimes.cc.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "async/background.h"
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

// The runtimes of this host. Each is asked for its version when it is first wanted, by running it, on a thread of its
// own. Thread-safe.
class Runtimes {
 public:
  // Looks executables up on the PATH of sandboxes; runs none.
  explicit Runtimes(const RuntimePaths& paths);

  // In the order of their names.
  const std::vector<std::string>& names() const { return names_; }
  // Empty: unknown, or not found.
  std::string Executable(absl::string_view name) const;

  // Begins to look at a runtime, if nobody has.
  void Begin(absl::string_view name);
  // The runtime, once it has told its version; null: unknown. On an executor's thread. Lives as long as this.
  Task<const Runtime*> Get(std::string name);

 private:
  struct Slot {
    std::string executable;
    std::unique_ptr<Background<Runtime>> runtime;
  };
  const Slot* Find(absl::string_view name) const;

  std::vector<std::string> names_;
  std::vector<Slot> slots_;  // as names_
};

// `source` as a program of the runtime. `stem` names its file, without extension. `environment` overrides the few
// variables every program gets: PATH, HOME, LANG, USER.
sandbox::Program MakeProgram(const Runtime& runtime, absl::string_view stem, std::string source,
                             std::vector<std::string> arguments,
                             const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace skillrunner

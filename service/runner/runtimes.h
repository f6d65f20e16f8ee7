// The languages this service runs, and how a program in each is started. What there is to know of each is in the table
// of runtime_declarations.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "async/background.h"
#include "runner/plan.h"

namespace skillrunner {

struct Runtime {
  std::string name;                                // `python`
  std::string executable;                          // interpreter or compiler, absolute; empty: not found
  std::string launcher;                            // what runs what was compiled, absolute, where that takes something
  std::string version;                             // `3.11.2`; empty: not available
  std::string hint;                                // where not available: what to do
  std::map<std::string, std::string> environment;  // of its programs, beside what every program gets
  bool available() const { return !version.empty(); }
};

struct RuntimePaths {
  // Absolute paths, or names to look up on the sandbox's PATH; empty: not wanted.
  std::string python = "python3";
  std::string node = "node";
  std::string bash = "bash";
  std::string python_path;  // PYTHONPATH; empty: none
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

struct ProgramSource {
  std::string stem;      // names its file, without extension
  std::string language;  // as its fence names it; empty: not known
  std::string text;
  std::vector<std::string> arguments;
  // Overrides the few variables every program gets: PATH, HOME, LANG, USER.
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<sandbox::InputFile> files;  // beside it
  int64_t memory_bytes = 0;               // that it may use
};

struct PreparedProgram {
  sandbox::Program program;  // its own file is the first of its files
  std::optional<CompileStep> compile;
};

PreparedProgram PrepareProgram(const Runtime& runtime, ProgramSource source);

// Least limits of a program that has to be compiled first. 0: no least.
sandbox::SandboxLimits LeastCompileLimits(absl::string_view runtime);

// Whether JavaScript has an import or export declaration at the start of a line.
bool IsEsModule(absl::string_view source);

}  // namespace skillrunner

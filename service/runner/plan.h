// What a run is going to be: a validated request, nothing left to look up.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sandbox/init_protocol.h"
#include "sandbox/zygote_protocol.h"

namespace skillrunner {

// All limits of a run. Those of the sandbox are enforced there; wall time and output here.
struct PlanLimits {
  int64_t wall_nanos = 0;
  int64_t output_bytes = 0;  // stdout and stderr together
  sandbox::SandboxLimits sandbox;
};

// What has to be done before a program can run: compile it, in a sandbox of its own.
struct CompileStep {
  sandbox::Program program;  // writes what it makes to stdout, and its messages to stderr
  std::string file;          // with the source, as messages name it
  std::string artifact;      // path of what it makes in the work directory of the program
  bool executable = false;   // whether that is started by the kernel
  std::string key;           // what the result depends on; empty: it is not to be kept
  sandbox::SandboxLimits limits;
};

struct RunPlan {
  std::string example;  // skills/{skill}/examples/{example}; empty: source of the request
  std::string skill_revision;
  std::string runtime;
  std::string runtime_version;
  std::map<std::string, std::string> labels;
  std::optional<CompileStep> compile;
  sandbox::Program program;  // once it is compiled, where that is needed
  int descriptor_line = 0;   // of the first line of the source; 0: it has none
  // Of a Python program: the modules that may have been imported before it starts, because it imports them itself;
  // none: its interpreter has to start with it.
  std::optional<std::set<std::string>> imports;
  std::string stdin_bytes;
  PlanLimits limits;
  // No sandbox that is weaker; kNone: any.
  sandbox::IsolationLevel min_level = sandbox::IsolationLevel::kNone;
  bool continue_without_client = false;
  std::string request_id;   // empty: none
  std::string fingerprint;  // of the request's content: what makes two requests with one id the same

  // Memory its program takes until it has started, bytes, about.
  size_t program_bytes() const {
    size_t bytes = stdin_bytes.size();
    for (const sandbox::InputFile& file : program.files) bytes += file.content.size() + file.path.size();
    if (compile) {
      for (const sandbox::InputFile& file : compile->program.files) bytes += file.content.size() + file.path.size();
    }
    if (imports) {
      for (const std::string& module : *imports) bytes += module.size() + sizeof(module);
    }
    for (const std::string& argument : program.arguments) bytes += argument.size();
    for (const std::string& variable : program.environment) bytes += variable.size();
    return bytes;
  }
};

}  // namespace skillrunner

// What this service knows of each language: one entry in a table, and where it is compiled, one function in
// compilers.cc.
#pragma once

#include <string>
#include <vector>

#include "runner/plan.h"
#include "runner/runtimes.h"

namespace skillrunner {

struct RuntimeDeclaration {
  const char* name;
  const char* package;           // of Debian, that has it
  const char* command;           // interpreter or compiler, looked up on the PATH of sandboxes
  const char* version_argument;  // makes it print its version
  const char* launcher;          // runs what it makes; empty: nothing else is needed
  // Makes the step that compiles `source`, and changes `program`, which has arguments and environment already, into one
  // that starts the result. Null: the source itself is run.
  void (*compile)(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
  // Compiling takes no less than this; used where a request does not set the limit. 0: the service's defaults do.
  sandbox::SandboxLimits least;
};

// Sorted by name.
const std::vector<RuntimeDeclaration>& RuntimeDeclarations();
// Null: unknown.
const RuntimeDeclaration* FindDeclaration(absl::string_view name);

}  // namespace skillrunner

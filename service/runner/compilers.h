// How each compiled language becomes a program. A step runs in a sandbox of its own: it reads the source from a file of
// the name `step->file`, writes what it makes to stdout and its messages to stderr.
#pragma once

#include "runner/plan.h"
#include "runner/runtimes.h"

namespace skillrunner {

void CompileC(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
void CompileCpp(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
void CompileGo(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
void CompileJava(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
void CompileKotlin(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program);
void CompileTypeScript(const Runtime& runtime, const ProgramSource& source, CompileStep* step,
                       sandbox::Program* program);

struct JavaNames {
  // What it is started by: its first top-level class with a main method, else its first one, with its package.
  std::string main_class;
  // What javac wants its file to be called: its public top-level class, else as above without the package.
  std::string file_stem;
};
JavaNames ReadJavaNames(absl::string_view source);

}  // namespace skillrunner

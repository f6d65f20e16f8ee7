#include "runner/compilers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace skillrunner {
namespace {

// The words after the script are "$1", "$2", ...: source, compiler.
void RunScript(const char* script, const Runtime& runtime, CompileStep* step) {
  step->program.executable = "/bin/sh";
  step->program.arguments = {"sh", "-c", script, "sh", step->file, runtime.executable};
}

// A program for the kernel to start, by a path that is good wherever the work directory is.
void StartNative(const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  step->artifact = source.stem;
  step->executable = true;
  program->executable = absl::StrCat("./", source.stem);
  program->arguments.insert(program->arguments.begin(), program->executable);
}

// The JVM takes its heap from the memory of the machine unless it is told.
std::string MaxRam(const ProgramSource& source) {
  return absl::StrCat("-XX:MaxRAM=", source.memory_bytes);
}

// `script` ends in exec "$@".
void StartByScript(const char* script, const std::vector<std::string>& words, sandbox::Program* program) {
  program->executable = "/bin/sh";
  std::vector<std::string> arguments = {"sh", "-c", script, "sh"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  program->arguments.insert(program->arguments.begin(), arguments.begin(), arguments.end());
}

constexpr char kCompileC[] =
    "\"$2\" -std=gnu17 -O1 -fdiagnostics-color=never -pthread -o .made \"$1\" -lm >&2 && exec cat .made";
constexpr char kCompileCpp[] =
    "\"$2\" -std=gnu++20 -O1 -fdiagnostics-color=never -pthread -o .made \"$1\" >&2 && exec cat .made";
// Neither -trimpath nor a module of its own: both would have the standard library compiled anew. The processors of a
// large machine would only make it reach the limit of processes.
constexpr char kCompileGo[] =
    "export GOCACHE=\"$PWD/.cache\" GOPATH=\"$PWD/.go\" GO111MODULE=off CGO_ENABLED=0 GOFLAGS=-p=2 GOMAXPROCS=2\n"
    "\"$2\" build -buildmode=exe -ldflags='-s -w' -o .made \"$1\" >&2 && exec cat .made";
// An archive that the program's own sandbox unpacks: nobody here reads what a compiler was led to write. It has no
// directories and its times are not restored, because at level RESTRICTED neither modes nor times can be changed.
constexpr char kCompileJava[] =
    "\"$2\" -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -encoding UTF-8 -proc:none -d .made \"$1\" >&2 && "
    "cd .made && find . -type f -print0 | tar --null -T - -cf -";
constexpr char kStartJava[] = "mkdir .classes && tar -C .classes -mxf \"$1\" && shift && exec \"$@\"";
constexpr char kCompileKotlin[] =
    "JAVA_OPTS='-Xmx768m -XX:+UseSerialGC -XX:TieredStopAtLevel=1' \"$2\" -nowarn -include-runtime -d .made.jar \"$1\" "
    ">&2 "
    "&& exec cat .made.jar";
constexpr char kCompileTypeScript[] =
    "exec \"$2\" --log-level=warning --color=false --target=node18 --sourcemap=inline \"$1\"";

}  // namespace

void CompileC(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  step->file = absl::StrCat(source.stem, ".c");
  RunScript(kCompileC, runtime, step);
  StartNative(source, step, program);
}

void CompileCpp(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  step->file = absl::StrCat(source.stem, ".cc");
  RunScript(kCompileCpp, runtime, step);
  StartNative(source, step, program);
}

void CompileGo(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  step->file = absl::StrCat(source.stem, ".go");
  RunScript(kCompileGo, runtime, step);
  StartNative(source, step, program);
}

void CompileJava(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  const JavaNames names = ReadJavaNames(source.text);
  step->file = absl::StrCat(names.file_stem, ".java");
  RunScript(kCompileJava, runtime, step);
  step->artifact = absl::StrCat(source.stem, ".tar");
  StartByScript(
      kStartJava,
      {step->artifact, runtime.launcher, "-XX:+UseSerialGC", MaxRam(source), "-cp", ".classes", names.main_class},
      program);
}

void CompileKotlin(const Runtime& runtime, const ProgramSource& source, CompileStep* step, sandbox::Program* program) {
  step->file = absl::StrCat(source.stem, ".kt");
  RunScript(kCompileKotlin, runtime, step);
  step->artifact = absl::StrCat(source.stem, ".jar");
  program->executable = runtime.launcher;
  const std::vector<std::string> words = {"java", "-XX:+UseSerialGC", MaxRam(source), "-jar", step->artifact};
  program->arguments.insert(program->arguments.begin(), words.begin(), words.end());
}

void CompileTypeScript(const Runtime& runtime, const ProgramSource& source, CompileStep* step,
                       sandbox::Program* program) {
  step->file = absl::StrCat(source.stem, ".ts");
  RunScript(kCompileTypeScript, runtime, step);
  step->artifact = absl::StrCat(source.stem, IsEsModule(source.text) ? ".mjs" : ".js");
  program->executable = runtime.launcher;
  const std::vector<std::string> words = {"node", "--enable-source-maps", step->artifact};
  program->arguments.insert(program->arguments.begin(), words.begin(), words.end());
}

}  // namespace skillrunner

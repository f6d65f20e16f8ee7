#include "runner/runtime_declarations.h"

#include <algorithm>

#include "runner/compilers.h"

namespace skillrunner {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMiB = 1 << 20;

}  // namespace

const std::vector<RuntimeDeclaration>& RuntimeDeclarations() {
  static const std::vector<RuntimeDeclaration> kDeclarations = {
      {.name = "bash",
       .package = "bash",
       .command = "bash",
       .version_argument = "--version",
       .launcher = "",
       .compile = nullptr,
       .least = {}},
      {.name = "c",
       .package = "gcc",
       .command = "gcc",
       .version_argument = "-dumpfullversion",
       .launcher = "",
       .compile = CompileC,
       .least = {}},
      {.name = "cpp",
       .package = "g++",
       .command = "g++",
       .version_argument = "-dumpfullversion",
       .launcher = "",
       .compile = CompileCpp,
       .least = {.cpu_nanos = 60 * kSecond}},
      {.name = "go",
       .package = "golang-go",
       .command = "go",
       .version_argument = "version",
       .launcher = "",
       .compile = CompileGo,
       .least = {.cpu_nanos = 60 * kSecond, .memory_bytes = 1024 * kMiB, .disk_bytes = 256 * kMiB}},
      {.name = "java",
       .package = "default-jdk-headless",
       .command = "javac",
       .version_argument = "--version",
       .launcher = "java",
       .compile = CompileJava,
       .least = {.cpu_nanos = 60 * kSecond, .memory_bytes = 1024 * kMiB}},
      {.name = "kotlin",
       .package = "kotlin",
       .command = "kotlinc",
       .version_argument = "-version",
       .launcher = "java",
       .compile = CompileKotlin,
       .least = {.cpu_nanos = 120 * kSecond, .memory_bytes = 1536 * kMiB}},
      {.name = "node",
       .package = "nodejs",
       .command = "node",
       .version_argument = "--version",
       .launcher = "",
       .compile = nullptr,
       .least = {}},
      {.name = "python",
       .package = "python3",
       .command = "python3",
       .version_argument = "--version",
       .launcher = "",
       .compile = nullptr,
       .least = {}},
      {.name = "typescript",
       .package = "esbuild",
       .command = "esbuild",
       .version_argument = "--version",
       .launcher = "node",
       .compile = CompileTypeScript,
       .least = {}},
  };
  return kDeclarations;
}

const RuntimeDeclaration* FindDeclaration(absl::string_view name) {
  const std::vector<RuntimeDeclaration>& all = RuntimeDeclarations();
  const auto found =
      std::find_if(all.begin(), all.end(), [name](const RuntimeDeclaration& entry) { return entry.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace skillrunner

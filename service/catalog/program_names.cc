#include "catalog/program_names.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"
#include "catalog/python_names.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxNames = 1000;
constexpr size_t kMaxNameBytes = 256;

bool IsOneOf(absl::string_view word, std::initializer_list<const char*> words) {
  for (const char* known : words) {
    if (word == known) return true;
  }
  return false;
}

std::vector<std::string> Bounded(const std::set<std::string>& names) {
  std::vector<std::string> list;
  for (const std::string& name : names) {
    if (list.size() == kMaxNames) break;
    if (!name.empty()) list.push_back(ReplaceInvalidUtf8(CutUtf8(name, kMaxNameBytes)));
  }
  return list;
}

// The text between the first pair of quotes at or after `from`.
absl::string_view Quoted(absl::string_view line, size_t from) {
  const size_t open = line.find_first_of("\"'`", from);
  if (open == absl::string_view::npos) return "";
  const size_t close = line.find(line[open], open + 1);
  return close == absl::string_view::npos ? absl::string_view() : line.substr(open + 1, close - open - 1);
}

// `express` of `express/lib`, `@scope/pkg` of `@scope/pkg/x`; relative paths and URLs as they are.
std::string Package(absl::string_view module) {
  absl::ConsumePrefix(&module, "node:");
  if (absl::StartsWith(module, ".") || absl::StrContains(module, "://")) return std::string(module);
  const size_t slash = module.find('/', absl::StartsWith(module, "@") ? module.find('/') + 1 : 0);
  return std::string(module.substr(0, slash));
}

void DescribeScript(Example* example) {
  std::set<std::string> imports;
  for (absl::string_view line : absl::StrSplit(example->source, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "//")) continue;
    if (absl::StartsWith(line, "import ") || absl::StartsWith(line, "import{") || absl::StartsWith(line, "export ") ||
        absl::StartsWith(line, "} from ")) {
      const size_t from = line.find("from ");
      if (from != absl::string_view::npos) {
        imports.insert(Package(Quoted(line, from)));
      } else if (absl::StartsWith(line, "import \"") || absl::StartsWith(line, "import '")) {
        imports.insert(Package(Quoted(line, 0)));
      }
    }
    for (const char* call : {"require(", "import("}) {
      const size_t at = line.find(call);
      if (at == absl::string_view::npos) continue;
      const size_t argument = at + absl::string_view(call).size();
      if (argument < line.size() && absl::StrContains("\"'`", line.substr(argument, 1)))
        imports.insert(Package(Quoted(line, argument)));
    }
  }
  example->imports = Bounded(imports);
}

void DescribeCompiled(absl::string_view language, Example* example) {
  std::set<std::string> imports;
  bool entry = false;
  bool in_go_imports = false;
  const bool c = IsOneOf(language, {"c", "cpp", "c++", "cc", "cxx"});
  const bool go = IsOneOf(language, {"go", "golang"});
  for (absl::string_view line : absl::StrSplit(example->source, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "//")) continue;
    if (c) {
      if (absl::ConsumePrefix(&line, "#")) {
        line = absl::StripLeadingAsciiWhitespace(line);
        if (!absl::ConsumePrefix(&line, "include")) continue;
        line = absl::StripLeadingAsciiWhitespace(line);
        const size_t close = line.empty() ? absl::string_view::npos : line.find(line[0] == '<' ? '>' : '"', 1);
        if (close != absl::string_view::npos) imports.insert(std::string(line.substr(1, close - 1)));
      } else {
        entry = entry || absl::StartsWith(line, "int main") || absl::StartsWith(line, "auto main");
      }
    } else if (go) {
      entry = entry || absl::StartsWith(line, "func main()");
      if (in_go_imports || absl::StartsWith(line, "import ")) {
        const absl::string_view module = Quoted(line, 0);
        if (!module.empty()) imports.insert(std::string(module));
      }
      if (absl::StartsWith(line, "import (")) in_go_imports = true;
      if (absl::StartsWith(line, ")")) in_go_imports = false;
    } else if (language == "java") {
      entry = entry || absl::StrContains(line, "static void main(");
      if (absl::ConsumePrefix(&line, "import ")) {
        absl::ConsumePrefix(&line, "static ");
        imports.insert(std::string(line.substr(0, line.find(';'))));
      }
    } else if (IsOneOf(language, {"kotlin", "kt"})) {
      entry = entry || absl::StartsWith(line, "fun main(") || absl::StartsWith(line, "suspend fun main(");
      if (absl::ConsumePrefix(&line, "import ")) imports.insert(std::string(line));
    } else {  // rust
      entry = entry || absl::StartsWith(line, "fn main(") || absl::StartsWith(line, "async fn main(");
      if (absl::ConsumePrefix(&line, "use ")) imports.insert(std::string(line.substr(0, line.find_first_of(":;"))));
    }
  }
  example->imports = Bounded(imports);
  example->completeness = entry ? Completeness::kComplete : Completeness::kFragment;
  // `package main` says that more files are meant, or that this is the program; main() decides.
}

}  // namespace

void DescribeProgram(absl::string_view language, Example* example) {
  if (example->source.size() > kMaxPythonBytes) return;  // no program anyone wrote
  if (example->runtime == "python") {
    PythonNames names = ReadPythonNames(LexPython(example->source));
    example->imports = Bounded({names.imports.begin(), names.imports.end()});
    example->undefined = Bounded({names.undefined.begin(), names.undefined.end()});
    example->top_level_await = names.top_level_await;
    example->completeness = example->undefined.empty() ? Completeness::kComplete : Completeness::kFragment;
  } else if (IsOneOf(language, {"javascript", "js", "node", "mjs", "cjs", "jsx", "typescript", "ts", "tsx", "mts"})) {
    DescribeScript(example);
  } else if (IsOneOf(language,
                     {"c", "cpp", "c++", "cc", "cxx", "go", "golang", "java", "kotlin", "kt", "rust", "rs"})) {
    DescribeCompiled(language, example);
  }
}

std::vector<std::string> BoundNames(const Example& example) {
  if (example.runtime != "python" || example.source.size() > kMaxPythonBytes) return {};
  return ReadPythonNames(LexPython(example.source)).bound;
}

}  // namespace skillrunner::catalog

#include "catalog/session_program.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "catalog/catalog.h"

namespace skillrunner::catalog {

bool JoinsBlocks(const Example& example) {
  return example.runtime == "python" || example.runtime == "node" || example.runtime == "bash";
}

namespace {

// A line of code that prints the mark, on lines of its own wherever the output before it ends.
std::string PrintsMark(const Example& example, const std::string& mark) {
  const std::string text = absl::StrCat("'\\n", mark, "\\n'");
  if (example.runtime == "python") return absl::StrCat("__import__('sys').stdout.write(", text, ")\n");
  if (example.runtime == "node") return absl::StrCat("process.stdout.write(", text, ");\n");
  return absl::StrCat("builtin printf -- ", text, "\n");
}

}  // namespace

SessionProgram MakeSessionProgram(const Skill& skill, const Example& example, bool with_session, SessionOutput output) {
  SessionProgram program;
  const auto add = [&program](const Example& block) {
    const auto lines = static_cast<int>(std::count(program.source.begin(), program.source.end(), '\n'));
    program.blocks.push_back({lines + 1, block.position});
    program.source += block.source;
  };
  if (with_session && JoinsBlocks(example)) {
    for (const std::string& id : example.session) {
      const Example* before = FindExample(skill, id);
      if (before == nullptr) continue;
      add(*before);
      if (!program.source.empty() && program.source.back() != '\n') program.source += '\n';
    }
  }
  if (output == SessionOutput::kMarked && !program.blocks.empty()) {
    program.mark = absl::StrCat("----- output of ", example.id, " -----");
    program.source += PrintsMark(example, program.mark);
  }
  add(example);
  return program;
}

MarkedOutput SplitOutput(const SessionProgram& program, const std::string& out) {
  if (program.mark.empty()) return {out, out};
  const std::string mark = absl::StrCat("\n", program.mark, "\n");
  const size_t at = out.find(mark);
  if (at == std::string::npos) return {};
  std::string own = out.substr(at + mark.size());
  return {out.substr(0, at) + own, std::move(own)};
}

Position DescriptorPosition(const SessionProgram& program, int line, int column) {
  auto block = program.blocks.begin();
  while (block + 1 != program.blocks.end() && (block + 1)->first_line <= line) ++block;
  return {block->position.path, block->position.line + line - block->first_line,
          column > 0 ? block->position.column + column - 1 : 0};
}

}  // namespace skillrunner::catalog

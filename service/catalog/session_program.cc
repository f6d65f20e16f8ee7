#include "catalog/session_program.h"

#include <algorithm>

#include "catalog/catalog.h"

namespace skillrunner::catalog {

bool JoinsBlocks(const Example& example) {
  return example.runtime == "python" || example.runtime == "node" || example.runtime == "bash";
}

SessionProgram MakeSessionProgram(const Skill& skill, const Example& example, bool with_session) {
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
  add(example);
  return program;
}

Position DescriptorPosition(const SessionProgram& program, int line, int column) {
  auto block = program.blocks.begin();
  while (block + 1 != program.blocks.end() && (block + 1)->first_line <= line) ++block;
  return {block->position.path, block->position.line + line - block->first_line,
          column > 0 ? block->position.column + column - 1 : 0};
}

}  // namespace skillrunner::catalog

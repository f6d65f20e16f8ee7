// Blocks of code that make one program: an example, with the blocks that have to run before it.
#pragma once

#include <string>
#include <vector>

#include "catalog/skill.h"

namespace skillrunner::catalog {

struct SessionProgram {
  std::string source;
  // Where each block stands, in order; the last is the example's own.
  struct Block {
    int first_line = 1;  // in the program
    Position position;   // of that line in the descriptor
  };
  std::vector<Block> blocks;
  // What the program prints between the output of the blocks before the example and that of its own. Empty: nothing.
  std::string mark;
};

// Whether the blocks before an example can be put before it in one file: in languages that run from top to bottom.
bool JoinsBlocks(const Example& example);

enum class SessionOutput { kJoined, kMarked };

// The example alone, or (`with_session`) after the blocks of its session, where they can be joined.
SessionProgram MakeSessionProgram(const Skill& skill, const Example& example, bool with_session,
                                  SessionOutput output = SessionOutput::kJoined);

// What a program has printed, without its mark, as `all` and as `own`: what was printed behind the mark. Both are empty
// where the mark was not printed: the program never came to the example.
struct MarkedOutput {
  std::string all;
  std::string own;
};
MarkedOutput SplitOutput(const SessionProgram& program, const std::string& out);

// A line of the program, from 1, in the descriptor. `column` from 1, or 0.
Position DescriptorPosition(const SessionProgram& program, int line, int column);

}  // namespace skillrunner::catalog

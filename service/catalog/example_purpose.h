// What a block of code is there for.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

struct BlockContext {
  std::string language;                  // of the fence, lower case
  std::string runtime;                   // empty: nothing runs it
  std::vector<const Section*> headings;  // above it, outermost first
  absl::string_view label;               // the last line of text before the fence; empty where a fence or heading is
  std::string family;                    // of the descriptor (metadata.h)
};

// Rules, in this order:
//   1. a label with ✅, GOOD, CORRETO, ... makes an example or theory even among anti-patterns; one with ❌, BAD,
//      ERRADO, `<Bad>`, ... an anti-pattern; the same goes, in this order, for a first line of code that is a
//      comment and for the nearest heading; a heading of kind `anti_patterns` makes an anti-pattern;
//   2. a fence that is called the output of the one before, or has the language `output`: output;
//   3. settings and build files by language, and shell blocks of nothing but installations: configuration;
//   4. data by language (json, csv, ...): input;
//   5. no language and no program (text, diagrams, Markdown): an example below a heading of examples, else theory;
//   6. below a heading of examples, instructions or best practices: example; of concepts and the like: theory;
//   7. in the families whose unnamed sections are lessons (baseline, adr-001, jit): theory; else: example.
Purpose DecidePurpose(const BlockContext& context, absl::string_view source);

}  // namespace skillrunner::catalog

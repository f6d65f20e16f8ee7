// Fences of a file -> its examples, with everything the text around them and their code tell.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/markdown_blocks.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

struct ExampleSource {
  const std::vector<absl::string_view>& lines;  // of the file
  const MarkdownBlocks& blocks;
  const std::vector<Section>& sections;  // one for each heading of `blocks`
  std::string path;
  std::string family;
};

using ReportFunction =
    std::function<void(std::string code, Severity severity, std::string message, int line, int column)>;

// In file order; ids are empty. `report` gets what there is to say about single fences.
std::vector<Example> ReadExamples(const ExampleSource& source, const ReportFunction& report);

// Sets Example::session of those that lack names an earlier block of the same runtime binds, or say `continue`; needs
// ids. At most 100 blocks in a session, and 10,000 in all of them; `report` gets the first that was left out for that.
void LinkSessions(std::vector<Example>* examples, const ReportFunction& report);

}  // namespace skillrunner::catalog

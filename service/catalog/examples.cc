#include "catalog/examples.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "catalog/example_purpose.h"
#include "catalog/expectations.h"
#include "catalog/fence_info.h"
#include "catalog/languages.h"
#include "catalog/program_names.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxSession = 100;           // blocks
constexpr size_t kMaxSessionBlocks = 10'000;  // of all sessions of a descriptor

// The last line of text above a fence, unless a heading or another fence comes first.
absl::string_view LabelAbove(const ExampleSource& source, size_t fence) {
  const int above = source.blocks.fences[fence].line - 1;  // line before the fence, from 1
  int floor = 0;                                           // nothing at or before this line counts
  if (fence > 0) {
    const FenceBlock& before = source.blocks.fences[fence - 1];
    floor = before.line + before.lines + 1;
  }
  for (int line = above; line > floor && line > above - 3; --line) {
    const absl::string_view text = absl::StripAsciiWhitespace(source.lines[static_cast<size_t>(line) - 1]);
    if (absl::StartsWith(text, "#")) return "";
    if (!text.empty()) return text;
  }
  return "";
}

bool SameSection(const Example& a, const Example& b) {
  return a.heading_path == b.heading_path;
}

}  // namespace

std::vector<Example> ReadExamples(const ExampleSource& source, const ReportFunction& report) {
  std::vector<Example> examples;
  std::vector<const Section*> headings;  // above the fence, each of a higher level than the one before
  size_t next_heading = 0;
  for (size_t i = 0; i < source.blocks.fences.size(); ++i) {
    const FenceBlock& fence = source.blocks.fences[i];
    for (; next_heading < source.sections.size() && source.sections[next_heading].position.line < fence.line;
         ++next_heading) {
      const Section& heading = source.sections[next_heading];
      while (!headings.empty() && headings.back()->level >= heading.level) headings.pop_back();
      headings.push_back(&heading);
    }
    const FenceInfo info = ParseFenceInfo(fence.info);
    for (const std::string& problem : info.problems)
      report("fence-attribute-invalid", Severity::kWarning, problem, fence.line, 0);
    Example example;
    example.language = info.language;
    example.info = ReplaceInvalidUtf8(CutUtf8(fence.info, kMaxInfoBytes));
    example.attributes = info.attributes;
    example.runtime = LanguageToRuntime(info.language);
    example.source = fence.source;
    example.position = {source.path, fence.line + 1, std::max(fence.column, 1)};
    for (const Section* heading : headings) example.heading_path.push_back(heading->title);
    if (!headings.empty()) example.title = headings.back()->title;
    // "python:main.py" is Python.
    const std::string language = absl::AsciiStrToLower(info.language.substr(0, info.language.find(':')));
    const absl::string_view label = LabelAbove(source, i);
    example.purpose = DecidePurpose({language, example.runtime, headings, label, source.family}, fence.source);
    DescribeProgram(language, &example);
    example.expectations = ReadExpectations(fence.source, CommentStart(language), example.position.line);
    if (example.purpose == Purpose::kOutput && !examples.empty() && SameSection(examples.back(), example) &&
        !examples.back().runtime.empty()) {
      examples.back().expectations = {{ReplaceInvalidUtf8(fence.source), true, example.position.line}};
    }
    if (info.language.empty())
      report("fence-without-language", Severity::kInfo, "the code block names no language", fence.line, 0);
    if (!fence.closed)
      report("fence-unclosed", Severity::kWarning, "the code block has no closing fence", fence.line, 0);
    examples.push_back(std::move(example));
  }
  return examples;
}

void LinkSessions(std::vector<Example>* examples, const ReportFunction& report) {
  // For each runtime: which blocks came before, and the last one that binds a name.
  struct Before {
    std::map<std::string, size_t> binder;
    // By block seen: the blocks it needs, all of them. None: too many, and no session is better than a part of one.
    std::map<size_t, std::optional<std::set<size_t>>> needs;
    std::optional<size_t> last;
  };
  std::map<std::string, Before> runtimes;
  size_t total = 0;
  bool reported = false;
  for (size_t i = 0; i < examples->size(); ++i) {
    Example& example = (*examples)[i];
    if (example.runtime.empty() || example.purpose == Purpose::kAntiPattern) continue;
    Before& before = runtimes[example.runtime + "\n" + example.position.path];
    std::set<size_t> direct;
    for (const std::string& name : example.undefined) {
      const auto binder = before.binder.find(name);
      if (binder != before.binder.end()) direct.insert(binder->second);
    }
    if (example.attributes.continues && before.last.has_value()) direct.insert(*before.last);
    std::optional<std::set<size_t>> needed = std::move(direct);
    for (const size_t block : std::set<size_t>(*needed)) {
      const std::optional<std::set<size_t>>& deeper = before.needs[block];
      if (deeper.has_value()) needed->insert(deeper->begin(), deeper->end());
      if (deeper.has_value() && needed->size() <= kMaxSession && total + needed->size() <= kMaxSessionBlocks) continue;
      needed.reset();
      break;
    }
    if (!needed.has_value() && !std::exchange(reported, true)) {
      report("session-too-long", Severity::kWarning,
             absl::StrCat("the code block goes on from more than ", kMaxSession,
                          " blocks, or those before it together "
                          "from more than ",
                          kMaxSessionBlocks, ": it is run without them"),
             example.position.line - 1, 0);
    }
    if (needed.has_value()) {
      total += needed->size();
      for (const size_t block : *needed) example.session.push_back((*examples)[block].id);
    }
    before.needs[i] = std::move(needed);
    before.last = i;
    for (const std::string& name : BoundNames(example)) before.binder[name] = i;
  }
}

}  // namespace skillrunner::catalog

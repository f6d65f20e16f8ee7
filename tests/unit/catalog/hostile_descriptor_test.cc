// Inputs that take quadratic time or gigabytes in a naive reader. That these tests end at all is what they check: each
// input would keep a reader without the limits of markdown_mask.h busy for minutes or hours.
#include <gmock/gmock.h>

#include <algorithm>

#include "catalog/descriptor.h"
#include "catalog/lint.h"
#include "catalog/markdown_mask.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

// `start`, then `unit` again and again: as much as the limits on bytes and lines let pass.
std::string Fill(absl::string_view unit, absl::string_view start = "", size_t bytes = kMaxDescriptorBytes) {
  std::string text(start);
  text.reserve(bytes);
  const auto lines_in = [](absl::string_view part) {
    return static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
  };
  const size_t lines_of_unit = lines_in(unit);
  for (size_t lines = lines_in(start); text.size() + unit.size() <= bytes && lines + lines_of_unit <= kMaxLines;
       lines += lines_of_unit) {
    text.append(unit.data(), unit.size());
  }
  return text;
}

struct Hostile {
  const char* name;
  absl::string_view unit;
  absl::string_view start = "";
};

class HostileInput : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileInput, IsRead) {
  const std::string bytes = Fill(GetParam().unit, GetParam().start);
  const ParsedDescriptor parsed = ParseDescriptor(bytes, "x.md");
  ASSERT_TRUE(parsed.skill.has_value());
  EXPECT_LE(parsed.skill->diagnostics.size(), 100U);
  EXPECT_FALSE(parsed.skill->id.empty());
}

TEST_P(HostileInput, IsLinted) {
  const ParsedDescriptor parsed = ParseDescriptor(Fill(GetParam().unit, GetParam().start), "x.md");
  ASSERT_TRUE(parsed.skill.has_value());
  for (const std::string& profile : LintProfiles()) EXPECT_LE(Lint(*parsed.skill, profile)->size(), 1000U);
}

constexpr absl::string_view kLine =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";

INSTANTIATE_TEST_SUITE_P(
    Descriptor, HostileInput,
    ::testing::Values(
        Hostile{"brackets", "["}, Hostile{"quotes", ">"}, Hostile{"images", "![[]()"}, Hostile{"links", "[a]("},
        Hostile{"pointy_links", "[a](<b"}, Hostile{"emphasis", "*a_ "}, Hostile{"backticks", "e`e``e```e````"},
        Hostile{"entities", "&amp"}, Hostile{"backslashes", "\\"}, Hostile{"bangs", "!"}, Hostile{"less_than", "<"},
        Hostile{"cdata_ends", "]]>"}, Hostile{"script_ends", "</script "},
        Hostile{"stars_in_a_paragraph", "* ", "a\n     "}, Hostile{"bullets", "- ", "a\n\n- - - "},
        Hostile{"bullets_with_text",
                "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - a\n\n"},
        Hostile{"quotes_with_text",
                "> > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > a\nb\n"},
        Hostile{"numbers", "1. "},
        Hostile{"open_processing",
                "    <? aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "a\n"},
        Hostile{"open_comments",
                "    <!-- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "a\n"},
        Hostile{"open_attributes",
                "    <a b='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
                "a\n"},
        Hostile{"definitions",
                "[a]: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
        Hostile{"one_long_fence", "x", "```python\n"}, Hostile{"lines", kLine, "# T\n"},
        Hostile{"lines_in_a_fence", kLine, "```\n"},
        Hostile{"blank_lines_below_a_deep_list", "\n",
                "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - a\n"},
        Hostile{"headings",
                "# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"},
        Hostile{"references",
                "[a](https://example.org/"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)\n",
                "# References\n"},
        Hostile{"references_without_links",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[://](\n",
                "# References\n"},
        Hostile{"one_line_of_references", "[a](b ", "# References\n"}, Hostile{"nul_bytes", absl::string_view("\0", 1)},
        // Code that is read for its names.
        Hostile{"python_brackets", "(", "```py\n"}, Hostile{"python_compounds", "if a:", "```py\n"},
        Hostile{"python_fors", "for a ", "```py\n"}, Hostile{"python_lambdas", "lambda a,", "```py\n"},
        Hostile{"python_targets", "a[b,", "```py\n"}, Hostile{"python_assignments", "a=", "```py\n"},
        Hostile{"python_subscripts", "a[", "```py\nx=1;"}, Hostile{"python_as", "as (", "```py\n"},
        Hostile{"python_fields", "f'{", "```py\n"}, Hostile{"python_formats", "{a:{b}} ", "```py\nf\"\"\""},
        Hostile{"python_quotes", "\"\"\"", "```py\n"}, Hostile{"python_defs", "def f(a,", "```py\n"},
        Hostile{"python_lines", "def f(a): return a + b\n", "```py\n"}, Hostile{"python_blocks", "```py\na = b\n```\n"},
        Hostile{"js_imports", "import a from 'b'; require('c')\n", "```js\n"},
        Hostile{"fence_attributes", "a=\"b ", "```py "}, Hostile{"promises", "# Output: a\n", "```py\n"},
        Hostile{"spans_of_every_length", "`a``a```a````a`````a``````a```````a````````a "},
        Hostile{"open_comment_marks", "<!-"}, Hostile{"open_fields", "{a"},
        Hostile{"secrets", "password=\"", "```sh\n"}, Hostile{"sql", "\"SELECT ", "```sh\n"},
        Hostile{"coroutines", "async def f(): f()\n", "```py\n"}, Hostile{"invalid_bytes", "\xFF"},
        Hostile{"front_matter_bomb", "- ", "---\n"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HostileDescriptor, IsLintedWithThousandsOfKeys) {
  std::string bytes = "---\n";
  for (int i = 0; bytes.size() < 60'000; ++i) bytes += "k" + std::to_string(i) + ":\n";
  const ParsedDescriptor parsed = ParseDescriptor(bytes + "---\n# T\n", "t/SKILL.md");
  ASSERT_GE(parsed.skill->front_matter.size(), 1000U);
  const std::vector<Diagnostic> found = *Lint(*parsed.skill, "agent-skills");
  ASSERT_EQ(found.size(), 1000U);
  EXPECT_GT(found.back().position.line, 900);
}

TEST(HostileDescriptor, ReadsTenThousandFences) {
  std::string bytes = "# T\n";
  for (int i = 0; i < 10'000; ++i) bytes += "```python\nprint(" + std::to_string(i) + ")\n```\n";
  const ParsedDescriptor parsed = ParseDescriptor(bytes, "x.md");
  ASSERT_TRUE(parsed.skill.has_value());
  ASSERT_EQ(parsed.skill->examples.size(), 10'000U);
  EXPECT_EQ(parsed.skill->examples.back().id, "t-10000");
  EXPECT_EQ(parsed.skill->examples.back().source, "print(9999)\n");
  EXPECT_EQ(parsed.skill->examples.back().position.line, 3 * 9999 + 3);
}

TEST(HostileDescriptor, KeepsFencesAtTheNestingLimitAndSaysWhatItFlattened) {
  const auto nested = [](size_t depth) {
    const std::string prefix(depth, '>');
    return "# T\n" + prefix + "```\n" + prefix + "code\n" + prefix + "```\n";
  };
  const Skill within = *ParseDescriptor(nested(kMaxNestingColumns), "x.md").skill;
  ASSERT_EQ(within.examples.size(), 1U);
  EXPECT_EQ(within.examples[0].source, "code\n");
  EXPECT_EQ(FindCode(within.diagnostics, "nesting-too-deep"), nullptr);

  const Skill beyond = *ParseDescriptor(nested(kMaxNestingColumns + 1), "x.md").skill;
  EXPECT_TRUE(beyond.examples.empty());
  ASSERT_NE(FindCode(beyond.diagnostics, "nesting-too-deep"), nullptr);
  EXPECT_EQ(FindCode(beyond.diagnostics, "nesting-too-deep")->position.line, 2);
}

TEST(HostileDescriptor, DoesNotTakeCodeForNesting) {
  const std::string code = std::string(80, ' ') + "- not a list\n" + std::string(80, '>') + "\n";
  const Skill skill = *ParseDescriptor("# T\n```\n" + code + "```\n", "x.md").skill;
  EXPECT_EQ(skill.examples.at(0).source, code);
  EXPECT_EQ(FindCode(skill.diagnostics, "nesting-too-deep"), nullptr);
}

TEST(HostileDescriptor, RefusesFilesBeyondItsLimits) {
  EXPECT_THAT(Codes(ParseDescriptor(std::string(kMaxDescriptorBytes + 1, 'x'), "x.md").diagnostics),
              ::testing::ElementsAre("file-too-large"));
  const std::string lines = Fill("x\n");
  EXPECT_EQ(lines.size(), 2 * kMaxLines);
  EXPECT_TRUE(ParseDescriptor(lines, "x.md").skill.has_value());
  EXPECT_THAT(Codes(ParseDescriptor(lines + "x\n", "x.md").diagnostics), ::testing::ElementsAre("too-many-lines"));
}

TEST(HostileDescriptor, KeepsTheFirstHundredDiagnostics) {
  const Skill skill = *ParseDescriptor(Fill("```\n```\n", "", 8000), "x.md").skill;
  EXPECT_EQ(skill.examples.size(), 1000U);
  ASSERT_EQ(skill.diagnostics.size(), 100U);
  EXPECT_EQ(skill.diagnostics.back().code, "more-diagnostics");
}

}  // namespace
}  // namespace skillrunner::catalog

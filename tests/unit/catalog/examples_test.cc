// What the catalogue finds out about blocks of code.
#include "catalog/examples.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "catalog/descriptor.h"
#include "catalog/expectations.h"
#include "catalog/fence_info.h"
#include "catalog/python_names.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Skill Parse(absl::string_view bytes, const std::string& path = "file.md") {
  ParsedDescriptor parsed = ParseDescriptor(bytes, path);
  EXPECT_TRUE(parsed.skill.has_value());
  return parsed.skill.value_or(Skill{});
}

PythonNames Names(absl::string_view source) {
  return ReadPythonNames(LexPython(source));
}

TEST(FenceInfo, ReadsLanguageAndAttributes) {
  const FenceInfo info = ParseFenceInfo("python no_run timeout=5s title=\"a b, c\" {.wide}");
  EXPECT_EQ(info.language, "python");
  EXPECT_TRUE(info.attributes.no_run);
  EXPECT_FALSE(info.attributes.should_fail);
  EXPECT_EQ(info.attributes.timeout_millis, 5000);
  EXPECT_THAT(info.attributes.others, ElementsAre(Pair("title", "a b, c"), Pair(".wide", "")));
  EXPECT_THAT(info.problems, IsEmpty());
}

TEST(FenceInfo, TakesTheSpellingsOfOtherTools) {
  EXPECT_TRUE(ParseFenceInfo("rust,ignore").attributes.no_run);
  EXPECT_EQ(ParseFenceInfo("rust,ignore").language, "rust");
  EXPECT_TRUE(ParseFenceInfo("py should-fail").attributes.should_fail);
  EXPECT_TRUE(ParseFenceInfo("{python continue}").attributes.continues);
  EXPECT_EQ(ParseFenceInfo("{python continue}").language, "python");
  EXPECT_EQ(ParseFenceInfo("{.python .x}").language, "python");
  EXPECT_EQ(ParseFenceInfo("js{1,3}").language, "js");
  EXPECT_EQ(ParseFenceInfo("[LINGUAGEM]").language, "[LINGUAGEM]");
  EXPECT_EQ(ParseFenceInfo("sh timeout=250ms").attributes.timeout_millis, 250);
  EXPECT_EQ(ParseFenceInfo("sh timeout=2m").attributes.timeout_millis, 120'000);
}

TEST(FenceInfo, AttributesCanBeSwitchedOff) {
  const FenceAttributes off = ParseFenceInfo("py no_run=false should_fail=0 continue=\"no\"").attributes;
  EXPECT_FALSE(off.no_run || off.should_fail || off.continues);
  const FenceAttributes on = ParseFenceInfo("py no_run=true should_fail=1 continue=yes").attributes;
  EXPECT_TRUE(on.no_run && on.should_fail && on.continues);
}

TEST(FenceInfo, SaysWhatItDoesNotUnderstand) {
  for (const char* info : {"sh timeout=soon", "sh timeout", "sh timeout=-1s", "sh timeout=2h", "sh timeout=0"}) {
    EXPECT_EQ(ParseFenceInfo(info).attributes.timeout_millis, 0) << info;
    EXPECT_EQ(ParseFenceInfo(info).problems.size(), 1U) << info;
  }
  const Skill skill = Parse("# T\n\n```sh timeout=soon\ntrue\n```\n");
  ASSERT_NE(FindCode(skill.diagnostics, "fence-attribute-invalid"), nullptr);
  EXPECT_EQ(FindCode(skill.diagnostics, "fence-attribute-invalid")->position.line, 3);
}

TEST(PythonNames, SeesWhatEachStatementBinds) {
  const PythonNames names = Names(R"(
import os.path as osp, sys
from a.b import (c as d,
                 e)
x, (y, *z) = 1, (2, 3)
w: int = 4
async def f(p, /, q=len, *args, k: sys, **kw) -> e: return p + q + k + args + kw
class C(d): attribute = x
with open("f") as fh, d() as (g, h): fh, g, h
for i, (j, l) in []: i + j + l
[m for m in [] if (n := m)]
lambda o, r=w: o + r
try: pass
except ValueError as error: error
match x:
    case C(a=s, b=[t, *_]): s + t
global u
f"{x!r} {y:>{z}} {{not}} {n=}"
osp.anything.at_all(keyword=x, other=y)
)");
  EXPECT_THAT(names.undefined, IsEmpty());
  EXPECT_THAT(names.imports, ElementsAre("a", "os", "sys"));
  EXPECT_FALSE(names.top_level_await);
}

TEST(PythonNames, FindsWhatIsMissing) {
  EXPECT_THAT(Names("print(a.b, c[d], f'{e + 1} {g:{h}}', k=i)\nj.x = 1\n").undefined,
              ElementsAre("a", "c", "d", "e", "g", "h", "i", "j"));
  EXPECT_THAT(Names("'''a'''\n# b\nr'c' + b'd' \"\"\"e\n\"\"\"\n").undefined, IsEmpty());
  EXPECT_THAT(Names("from m import *\nanything\n").undefined, IsEmpty());
  EXPECT_THAT(Names("x[i] = 1\ny.z = 2\n").undefined, ElementsAre("i", "x", "y"));
  EXPECT_THAT(Names("@decorator\ndef f(): pass\n").undefined, ElementsAre("decorator"));
  EXPECT_THAT(Names("x += 1\n").undefined, ElementsAre("x"));
}

TEST(PythonNames, KnowsAwaitOutsideOfFunctions) {
  EXPECT_TRUE(Names("await x()\n").top_level_await);
  EXPECT_TRUE(Names("async with x: pass\n").top_level_await);
  EXPECT_FALSE(Names("async def f():\n    await x()\n    if 1:\n        await y()\n").top_level_await);
  EXPECT_TRUE(Names("async def f():\n    await x()\nawait f()\n").top_level_await);
}

TEST(Expectations, AreReadWhereTheyReallyAreOnes) {
  const auto texts = [](const std::string& source, absl::string_view comment) {
    std::vector<std::string> found;
    for (const Expectation& expectation : ReadExpectations(source, comment, 10))
      found.push_back(std::to_string(expectation.line) + " " + expectation.text);
    return found;
  };
  EXPECT_THAT(texts("print(x)  # Output: 3\n", "#"), ElementsAre("10 3"));
  EXPECT_THAT(texts("console.log(1)\n// Output:\n// a\n// b \xE2\x86\x90 why\n\n// c\n", "//"),
              ElementsAre("12 a", "13 b"));
  EXPECT_THAT(texts("print(1)\n# Sa\xC3\xAD"
                    "da esperada: ol\xC3\xA1\n",
                    "#"),
              ElementsAre("11 ol\xC3\xA1"));
  EXPECT_THAT(texts("# expected: 1\n", "#"), ElementsAre("10 1"));
  // No promise: a heading of code, no call that prints, inside a string, several lines with remarks.
  EXPECT_THAT(texts("# Output\nfrom x import y\n", "#"), IsEmpty());
  EXPECT_THAT(texts("x = f()  # Output: 3\n", "#"), IsEmpty());
  EXPECT_THAT(texts("print('# Output: 3')\n", "#"), IsEmpty());
  EXPECT_THAT(texts("print(1)\n// Output: 1 (at 100), 2 (at 200)\n", "//"), IsEmpty());
  EXPECT_THAT(texts("print(1) # Output: 1\n", ""), IsEmpty());
}

TEST(Expectations, AreKeptInOrder) {
  std::string problem;
  EXPECT_TRUE(KeepsPromises({{"1", false, 5}, {"b", false, 6}}, "x 1\nb\n", &problem));
  EXPECT_FALSE(KeepsPromises({{"1", false, 5}, {"b", false, 6}}, "b\nx 1\n", &problem));
  EXPECT_THAT(problem, ::testing::HasSubstr("line 6"));
  EXPECT_TRUE(KeepsPromises({{"2000 (safe)", false, 1}}, "2000\n", &problem));
  EXPECT_TRUE(KeepsPromises({{"3: Micro (Promise)", false, 1}}, "3: Micro (Promise)\n", &problem));
  EXPECT_TRUE(KeepsPromises({{"a \nb\n", true, 1}}, "a\nb", &problem));
  EXPECT_FALSE(KeepsPromises({{"a\n", true, 1}}, "a\nb\n", &problem));
}

TEST(Examples, KnowWhatTheyAreThereFor) {
  const auto purpose = [](const std::string& text) { return Parse(text).examples.at(0).purpose; };
  EXPECT_EQ(purpose("# T\n## Exemplos\n### Exemplo 1\n```py\n1\n```\n"), Purpose::kExample);
  EXPECT_EQ(purpose("# T\n## Core Concepts\n```py\n1\n```\n"), Purpose::kTheory);
  EXPECT_EQ(purpose("# T\n## Common Pitfalls\n```py\n1\n```\n"), Purpose::kAntiPattern);
  EXPECT_EQ(purpose("# T\n## Common Pitfalls\n\xE2\x9C\x85 **CORRETO:**\n```py\n1\n```\n"), Purpose::kExample);
  EXPECT_EQ(purpose("# T\n## Uso\n**\xE2\x9D\x8C ERRADO**\n\n```py\n1\n```\n"), Purpose::kAntiPattern);
  EXPECT_EQ(purpose("# T\n<Bad>\n```py\n1\n```\n"), Purpose::kAntiPattern);
  EXPECT_EQ(purpose("# T\n```py\n# BAD: slow\n1\n```\n"), Purpose::kAntiPattern);
  EXPECT_EQ(purpose("# T\nGood names make code that is easier to read, and bad ones do not.\n```py\n1\n```\n"),
            Purpose::kExample);
  EXPECT_EQ(purpose("# T\n```toml\n[a]\n```\n"), Purpose::kConfiguration);
  EXPECT_EQ(purpose("# T\n```bash\n# first\npip install x\n```\n"), Purpose::kConfiguration);
  EXPECT_EQ(purpose("# T\n```bash\npip install x\nx --run\n```\n"), Purpose::kExample);
  EXPECT_EQ(purpose("# T\n```json\n{}\n```\n"), Purpose::kInput);
  EXPECT_EQ(purpose("# T\n```\na -> b\n```\n"), Purpose::kTheory);
}

TEST(Examples, TakeTheBlockBehindThemForTheirOutput) {
  const Skill skill = Parse("# T\n## Uso\n```py\nprint(1)\n```\nOutput:\n```\n1\n```\n");
  ASSERT_EQ(skill.examples.size(), 2U);
  EXPECT_EQ(skill.examples[1].purpose, Purpose::kOutput);
  ASSERT_EQ(skill.examples[0].expectations.size(), 1U);
  EXPECT_TRUE(skill.examples[0].expectations[0].whole);
  EXPECT_EQ(skill.examples[0].expectations[0].text, "1\n");
  EXPECT_EQ(skill.examples[0].expectations[0].line, 8);
}

TEST(Examples, NameTheBlocksThatRunBeforeThem) {
  const Skill skill = Parse(
      "# T\n## A\n```py\nimport os\nx = 1\n```\n## B\n```py\ny = x\n```\n## C\n```py\nprint(y, unknown)\n```\n"
      "## D\n```py\nprint(3)\n```\n## E\n```py continue\nprint(4)\n```\n");
  EXPECT_THAT(skill.examples[1].session, ElementsAre("a"));
  EXPECT_THAT(skill.examples[2].session, ElementsAre("a", "b"));
  EXPECT_THAT(skill.examples[2].undefined, ElementsAre("unknown", "y"));
  EXPECT_EQ(skill.examples[2].completeness, Completeness::kFragment);
  EXPECT_THAT(skill.examples[3].session, IsEmpty());
  EXPECT_EQ(skill.examples[3].completeness, Completeness::kComplete);
  EXPECT_THAT(skill.examples[4].session, ElementsAre("d"));
}

TEST(Examples, NameTheirHeadingsImportsAndEntryPoints) {
  const Skill skill = Parse(
      "# T\n## A\n### 1. B\n```js\nimport x from '@s/p/q';\nconst fs = require('node:fs');\n```\n"
      "## C\n```go\npackage main\nimport (\n\t\"fmt\"\n)\nfunc main() {}\n```\n```cpp\n#include <vector>\nint "
      "x;\n```\n");
  EXPECT_THAT(skill.examples[0].heading_path, ElementsAre("T", "A", "1. B"));
  EXPECT_THAT(skill.examples[0].imports, ElementsAre("@s/p", "fs"));
  EXPECT_THAT(skill.examples[1].heading_path, ElementsAre("T", "C"));
  EXPECT_THAT(skill.examples[1].imports, ElementsAre("fmt"));
  EXPECT_EQ(skill.examples[1].completeness, Completeness::kComplete);
  EXPECT_THAT(skill.examples[2].imports, ElementsAre("vector"));
  EXPECT_EQ(skill.examples[2].completeness, Completeness::kFragment);
}

TEST(Examples, PromisesAreReadWhateverIsBehindTheLanguage) {
  for (const char* language : {"python:main.py", "py", "mts"}) {
    const std::string comment = absl::StrCat(language[0] == 'p' ? "print(4)  # " : "console.log(4); // ", "Output: 5");
    const Skill skill = Parse(absl::StrCat("# T\n\n```", language, "\n", comment, "\n```\n"));
    ASSERT_EQ(skill.examples[0].expectations.size(), 1U) << language;
    EXPECT_EQ(skill.examples[0].expectations[0].text, "5");
    EXPECT_EQ(skill.examples[0].language, language);
  }
}

TEST(Examples, AreAntiPatternsWhereTheyAreCalledBadNotWhereTheyAreAboutBadThings) {
  const auto purpose = [](const std::string& heading, const std::string& line) {
    const Skill skill = Parse(absl::StrCat("# T\n\n## Examples\n\n### ", heading, "\n\n```py\n", line, "\n```\n"));
    return skill.examples[0].purpose;
  };
  for (const char* heading :
       {"Handling a Bad Request", "Bad Request", "Retry on Bad Gateway", "When the wrong key is used"})
    EXPECT_EQ(purpose(heading, "x = 1"), Purpose::kExample) << heading;
  for (const char* line : {"# reject a wrong password", "# nothing bad happens", "x = 'bad'"})
    EXPECT_EQ(purpose("T", line), Purpose::kExample) << line;
  for (const char* heading : {"Bad", "Wrong: blocks", "The wrong way", "Example (bad)", "Bad naming", "Jeito errado",
                              "Errado — bloqueia", "Exemplo errado de uso", "\xE2\x9D\x8C no"})
    EXPECT_EQ(purpose(heading, "x = 1"), Purpose::kAntiPattern) << heading;
  for (const char* line : {"# BAD: blocks", "# Wrong way", "# ERRADO - bloqueia", "# \xE2\x9D\x8C no"})
    EXPECT_EQ(purpose("T", line), Purpose::kAntiPattern) << line;
}

TEST(Examples, SessionsAreBoundedTogetherAndNoneIsAPartOfOne) {
  std::string text = "# T\n\n";
  for (int i = 0; i < 400; ++i) text += "```py continue\nx = 1\n```\n";
  const Skill skill = Parse(text);
  size_t total = 0;
  for (size_t i = 0; i < skill.examples.size(); ++i) {
    const size_t blocks = skill.examples[i].session.size();
    EXPECT_TRUE(blocks == i || blocks == 0) << i;
    total += blocks;
  }
  EXPECT_LE(total, 10'000U);
  EXPECT_EQ(skill.examples[100].session.size(), 100U);
  EXPECT_EQ(skill.examples[101].session.size(), 0U);
  EXPECT_EQ(skill.examples[399].session.size(), 0U);
  ASSERT_NE(FindCode(skill.diagnostics, "session-too-long"), nullptr);
  EXPECT_EQ(FindCode(skill.diagnostics, "session-too-long")->position.line, 3 + 3 * 101);
}

}  // namespace
}  // namespace skillrunner::catalog

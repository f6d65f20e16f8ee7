#include "catalog/descriptor.h"

#include <gmock/gmock.h>

#include "catalog/languages.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Skill Parse(absl::string_view bytes, const std::string& path = "file.md") {
  ParsedDescriptor parsed = ParseDescriptor(bytes, path);
  EXPECT_TRUE(parsed.skill.has_value());
  return parsed.skill.value_or(Skill{});
}

constexpr char kFlat[] = R"(# Skill: Filas em Memória

## Domínio
Programming

## Descrição
Filas entre corrotinas, com **limite**
de tamanho.

## Conceitos Principais
- Fila: guarda o que ainda não foi lido

## Melhores Práticas
1. Limite o tamanho

## Casos de Uso
- Produtor e consumidor

## Exemplos

### Exemplo Básico
```python
import asyncio

print("olá")
```

### Exemplo com Atenção
Rótulo antes do código:

~~~js
console.log(1)
~~~

## Referências
- [Filas](https://example.org/filas_a_b?x=1&y=2)
- https://example.org/solto.

---
*Rodapé*
)";

TEST(Descriptor, ReadsTheFlatPortugueseFormat) {
  const Skill skill = Parse(kFlat);
  EXPECT_EQ(skill.id, "filas-em-memoria");
  EXPECT_EQ(skill.title, "Filas em Memória");
  EXPECT_EQ(skill.domain, "programming");
  EXPECT_EQ(skill.description, "Filas entre corrotinas, com limite de tamanho.");
  EXPECT_EQ(skill.format, "v1-flat");
  EXPECT_EQ(skill.revision.size(), 64U);
  EXPECT_THAT(skill.front_matter, IsEmpty());
  EXPECT_THAT(skill.diagnostics, IsEmpty());

  std::vector<std::string> kinds;
  for (const Section& section : skill.sections) kinds.push_back(section.kind);
  EXPECT_THAT(kinds, ElementsAre("title", "domain", "description", "concepts", "best_practices", "use_cases",
                                 "examples", "", "", "references"));
  EXPECT_EQ(skill.sections[1].title, "Domínio");
  EXPECT_EQ(skill.sections[1].level, 2);
  EXPECT_EQ(skill.sections[1].position.line, 3);
  EXPECT_EQ(skill.sections[1].body, "Programming\n\n");

  ASSERT_THAT(ExampleIds(skill), ElementsAre("exemplo-basico", "exemplo-com-atencao"));
  EXPECT_EQ(skill.examples[0].title, "Exemplo Básico");
  EXPECT_EQ(skill.examples[0].language, "python");
  EXPECT_EQ(skill.examples[0].runtime, "python");
  EXPECT_EQ(skill.examples[0].source, "import asyncio\n\nprint(\"olá\")\n");
  EXPECT_EQ(skill.examples[0].position.line, 23);
  EXPECT_EQ(skill.examples[0].position.column, 1);
  EXPECT_EQ(skill.examples[1].runtime, "node");
  EXPECT_EQ(skill.examples[1].source, "console.log(1)\n");

  ASSERT_EQ(skill.references.size(), 2U);
  EXPECT_EQ(skill.references[0].title, "Filas");
  EXPECT_EQ(skill.references[0].url, "https://example.org/filas_a_b?x=1&y=2");
  EXPECT_EQ(skill.references[0].position.line, 36);
  EXPECT_EQ(skill.references[1].url, "https://example.org/solto");
}

TEST(Descriptor, ReadsFrontMatterWithItsUnknownKeys) {
  const Skill skill = Parse(
      "---\nname: my-skill\ndescription: |\n  One.\n  Two.\nkeywords:\n  - a\n  - b\ncategory: Technology\ncreated: "
      "2026-02-03\n"
      "version: \"1.0\"\nsources:\n  - https://example.org/a\n  - url: https://example.org/b\n    type: doc\n---\n\n# "
      "Title\n\n```sh\ntrue\n```\n");
  EXPECT_EQ(skill.id, "my-skill");
  EXPECT_EQ(skill.title, "Title");
  EXPECT_EQ(skill.description, "One.\nTwo.");
  EXPECT_EQ(skill.domain, "technology");
  EXPECT_EQ(skill.format, "baseline");
  EXPECT_THAT(skill.front_matter, Contains(Pair("keywords", "a, b")));
  EXPECT_THAT(skill.front_matter, Contains(Pair("created", "2026-02-03")));
  EXPECT_THAT(skill.front_matter, Contains(Pair("version", "1.0")));
  ASSERT_EQ(skill.references.size(), 2U);
  EXPECT_EQ(skill.references[0].position.line, 13);
  EXPECT_EQ(skill.references[1].url, "https://example.org/b");
  EXPECT_EQ(skill.examples[0].position.line, 21);
  EXPECT_THAT(skill.diagnostics, IsEmpty());
}

TEST(Descriptor, LoadsFromMarkdownWhenFrontMatterIsBroken) {
  const Skill skill = Parse("---\nname: x\nbad: [1, 2\nworse: }\n---\n# Skill: Inteiro\n\n```py\n1\n```\n");
  EXPECT_EQ(skill.id, "inteiro");
  const Diagnostic* diagnostic = FindCode(skill.diagnostics, "front-matter-invalid");
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_EQ(diagnostic->severity, Severity::kWarning);
  EXPECT_GE(diagnostic->position.line, 3);
  EXPECT_LE(diagnostic->position.line, 5);
  EXPECT_EQ(skill.examples[0].position.line, 9);
}

TEST(Descriptor, ReadsUnquotedUseWhen) {
  const Skill skill = Parse("---\nname: x\ndescription: Use when: it's late\n---\n# T\n");
  EXPECT_EQ(skill.description, "Use when: it's late");
  ASSERT_NE(FindCode(skill.diagnostics, "front-matter-quoted"), nullptr);
  EXPECT_EQ(FindCode(skill.diagnostics, "front-matter-quoted")->position.line, 3);
}

TEST(Descriptor, KeepsCodeBetweenThematicBreaks) {
  const Skill skill = Parse("---\n# A: b: c\n```python\nprint('[')\n```\n---\nend\n");
  ASSERT_EQ(skill.examples.size(), 1U);
  EXPECT_EQ(skill.examples[0].position.line, 4);
}

TEST(Descriptor, ReadsAnUnclosedFrontMatterAsMarkdown) {
  const Skill skill = Parse("---\nname: x\n\n# Title\n");
  EXPECT_EQ(skill.id, "title");
  EXPECT_NE(FindCode(skill.diagnostics, "front-matter-unclosed"), nullptr);
}

TEST(Descriptor, TakesTheIdFromNameThenHeadingThenPath) {
  EXPECT_EQ(Parse("---\nname: Ação Total\n---\n# H\n").id, "acao-total");
  EXPECT_NE(FindCode(Parse("---\nname: Ação Total\n---\n# H\n").diagnostics, "name-not-canonical"), nullptr);
  EXPECT_EQ(Parse("# skill:  C++ & Co\n").id, "c-co");
  EXPECT_EQ(Parse("text\n", "a/b-dir/SKILL.md").id, "b-dir");
  EXPECT_EQ(Parse("text\n", "a/Some File.md").id, "some-file");
  EXPECT_EQ(Parse("text\n", "SKILL.md").id, "skill");
  EXPECT_EQ(Parse("# \xE6\x97\xA5\xE6\x9C\xAC\n", "\xE6\x97\xA5.md").id, "skill");
}

TEST(Descriptor, NumbersRepeatedExampleHeadings) {
  const Skill skill = Parse(
      "```\na\n```\n# T\n## 1. Uso\n```py\n1\n```\n```py\n2\n```\n### Uso 2\n```py\n3\n```\n## Uso\n```py\n4\n```\n");
  EXPECT_THAT(ExampleIds(skill), ElementsAre("example-1", "uso", "uso-2", "uso-2-2", "uso-3"));
}

TEST(Descriptor, FindsFencesWhereverCommonMarkDoes) {
  const Skill skill = Parse(
      "> ```python\n> quoted = 1\n>\n> done()\n> ```\n\n"
      "1. item\n\n   ~~~bash\n   echo a\n     echo b\n   ~~~\n\n"
      "`````markdown\n```python\ninner\n```\n`````\n\n"
      "    ```\n    indented code, no fence\n    ```\n\n"
      "<!--\n```python\ncommented\n```\n-->\n\n"
      "``` a`b\nno fence\n\n"
      "```Python title=\"x\"\nlast\n");
  ASSERT_EQ(skill.examples.size(), 4U);
  EXPECT_EQ(skill.examples[0].source, "quoted = 1\n\ndone()\n");
  EXPECT_EQ(skill.examples[0].position.line, 2);
  EXPECT_EQ(skill.examples[0].position.column, 3);
  EXPECT_EQ(skill.examples[1].source, "echo a\n  echo b\n");
  EXPECT_EQ(skill.examples[1].position.column, 4);
  EXPECT_EQ(skill.examples[2].source, "```python\ninner\n```\n");
  EXPECT_EQ(skill.examples[2].runtime, "");
  EXPECT_EQ(skill.examples[3].source, "last\n");
  EXPECT_EQ(skill.examples[3].language, "Python");
  EXPECT_EQ(skill.examples[3].runtime, "python");
  ASSERT_NE(FindCode(skill.diagnostics, "fence-unclosed"), nullptr);
  EXPECT_EQ(FindCode(skill.diagnostics, "fence-unclosed")->position.line, 33);
}

TEST(Descriptor, KeepsEveryByteOfTheSource) {
  std::string code;
  for (int c = 1; c < 256; ++c) {
    if (c != '\n' && c != '\r') code += static_cast<char>(c);
  }
  code += '\0';
  code += "\n<a href='[x](y)'> *b* _c_ `d` \\e &amp; !\n\t\ttabs\n] ]]> </script>\n";
  const Skill skill = Parse("# T\n```python\n" + code + "```\n");
  ASSERT_EQ(skill.examples.size(), 1U);
  EXPECT_EQ(skill.examples[0].source, code);
  EXPECT_NE(FindCode(skill.diagnostics, "invalid-utf8"), nullptr);
  EXPECT_NE(FindCode(skill.diagnostics, "nul-byte"), nullptr);
}

TEST(Descriptor, FindsFencesBelowTagsWithoutABlankLine) {
  const Skill skill = Parse(
      "# T\n<Good>\n```python\nok = 1\n```\n</Good>\n\n<pre>\n```python\nno\n```\n</pre>\n<details>\n```py\nok = "
      "2\n```\n");
  ASSERT_EQ(skill.examples.size(), 2U);
  EXPECT_EQ(skill.examples[0].source, "ok = 1\n");
  EXPECT_EQ(skill.examples[1].source, "ok = 2\n");
}

TEST(Descriptor, TakesTheIndentationOfAListOffTabs) {
  const Skill skill = Parse("- a\n\n\t```make\n\tall:\n\t\techo\n\t```\n");
  ASSERT_EQ(skill.examples.size(), 1U);
  EXPECT_EQ(skill.examples[0].source, "all:\n\techo\n");
}

TEST(Descriptor, AcceptsByteOrderMarkAndAnyLineEnds) {
  const Skill windows = Parse("\xEF\xBB\xBF---\r\nname: win\r\n---\r\n# T\r\n\r\n```sh\r\necho 1\r\necho 2\r\n```\r\n");
  EXPECT_EQ(windows.id, "win");
  EXPECT_EQ(windows.examples.at(0).source, "echo 1\necho 2\n");
  EXPECT_EQ(windows.examples.at(0).position.line, 7);
  EXPECT_THAT(windows.diagnostics, IsEmpty());
  EXPECT_EQ(Parse("# T\r```sh\recho\r```\r").examples.at(0).source, "echo\n");
}

TEST(Descriptor, LocatesInvalidUtf8AndReplacesItInTexts) {
  const Skill skill = Parse("# Caf\xE9\n\n```py\nx = '\xE9'\n```\n");
  EXPECT_EQ(skill.title, "Caf\xEF\xBF\xBD");
  EXPECT_EQ(skill.id, "caf");
  EXPECT_EQ(skill.examples.at(0).source, "x = '\xE9'\n");
  const Diagnostic* diagnostic = FindCode(skill.diagnostics, "invalid-utf8");
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_EQ(diagnostic->position.line, 1);
  EXPECT_EQ(diagnostic->position.column, 6);
}

TEST(Descriptor, ReadsUnderlinedAndClosedHeadings) {
  const Skill skill =
      Parse("Big *title*\n===\n\n## Exemplos ##\n\nTwo\nlines\n---\n\n```py\n1\n```\n\n> # quoted\n\n#nospace\n");
  ASSERT_EQ(skill.sections.size(), 3U);
  EXPECT_EQ(skill.title, "Big title");
  EXPECT_EQ(skill.sections[1].title, "Exemplos");
  EXPECT_EQ(skill.sections[1].kind, "examples");
  EXPECT_EQ(skill.sections[2].title, "Two lines");
  EXPECT_EQ(skill.sections[2].body.substr(0, 7), "\n```py\n");
}

TEST(Descriptor, RecognisesHeadingsInBothLanguages) {
  const auto kind = [](absl::string_view heading) { return Parse(std::string(heading) + "\n").sections.at(0).kind; };
  EXPECT_EQ(kind("## Visao Geral"), "description");
  EXPECT_EQ(kind("## When to Use This Skill"), "when_to_use");
  EXPECT_EQ(kind("## Melhores Práticas ao Adotar K2"), "best_practices");
  EXPECT_EQ(kind("## Guidelines (SEMPRE)"), "best_practices");
  EXPECT_EQ(kind("## Constraints (NUNCA)"), "constraints");
  EXPECT_EQ(kind("## \xF0\x9F\x93\x8B 3. CORE CONCEPTS"), "concepts");
  EXPECT_EQ(kind("## Recursos e Referências"), "references");
  EXPECT_EQ(kind("## Example 2: Streams"), "examples");
  EXPECT_EQ(kind("### Exemplo Básico"), "");
  EXPECT_EQ(kind("## Domains of discourse"), "");
}

TEST(Descriptor, TakesSourcesBelowALabel) {
  const Skill skill = Parse(
      "# T\n\n[not](a-reference)\n\n**Fontes:**\n- [A](https://a.example)\n- https://b.example/x\n\n**Tags:** "
      "[t](u)\n");
  ASSERT_EQ(skill.references.size(), 2U);
  EXPECT_EQ(skill.references[1].url, "https://b.example/x");
}

TEST(Descriptor, SaysSoWhenThereIsNothingToRun) {
  EXPECT_THAT(Codes(Parse("# T\n\ntext\n").diagnostics), ElementsAre("no-examples"));
  EXPECT_EQ(Parse("# T\n\n> quote\n\nThe text.\n").description, "The text.");
}

TEST(Descriptor, RefusesEmptyFiles) {
  for (const absl::string_view bytes : {"", " \r\n\t\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"}) {
    const ParsedDescriptor parsed = ParseDescriptor(bytes, "a.md");
    EXPECT_FALSE(parsed.skill.has_value());
    ASSERT_THAT(Codes(parsed.diagnostics), ElementsAre("empty-file"));
    EXPECT_EQ(parsed.diagnostics[0].severity, Severity::kError);
    EXPECT_EQ(parsed.diagnostics[0].position.path, "a.md");
  }
}

TEST(Descriptor, ChangesRevisionWithAnyByte) {
  EXPECT_NE(Parse("# T\n").revision, Parse("# T\n\n").revision);
  EXPECT_EQ(Parse("# T\n").revision, Parse("# T\n", "other.md").revision);
}

TEST(Languages, MapsTheFirstWordInAnyCase) {
  EXPECT_EQ(LanguageToRuntime("Python3 numbers=\"on\""), "python");
  EXPECT_EQ(LanguageToRuntime("py,ignore"), "python");
  EXPECT_EQ(LanguageToRuntime("MJS"), "node");
  EXPECT_EQ(LanguageToRuntime("shell"), "bash");
  EXPECT_EQ(LanguageToRuntime(""), "");
  EXPECT_EQ(LanguageToRuntime("pythonic"), "");
  EXPECT_EQ(LanguageToRuntime("TypeScript"), "typescript");
}

}  // namespace
}  // namespace skillrunner::catalog

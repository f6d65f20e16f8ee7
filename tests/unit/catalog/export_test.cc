#include "catalog/export.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "catalog/catalog.h"
#include "catalog/descriptor.h"
#include "catalog/lint.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Skill Parse(const std::string& text, const std::string& path) {
  ParsedDescriptor parsed = ParseDescriptor(text, path);
  EXPECT_TRUE(parsed.skill.has_value()) << path;
  return *std::move(parsed.skill);
}

// The exported SKILL.md, read again where it will be.
Skill Exported(const Skill& skill) {
  return Parse(ExportAgentSkill(skill).at(0).content, skill.id + "/SKILL.md");
}

std::vector<std::string> Findings(const Skill& skill) {
  std::vector<std::string> said;
  const auto findings = Lint(skill, "agent-skills");
  for (const Diagnostic& finding : *findings) said.push_back(finding.message);
  return said;
}

constexpr char kFlat[] =
    "# Skill: Laços --- e \"aspas\"\n\n## Domínio\nProgramming\n\n## Descrição\nUm texto: com dois pontos\ne \\ "
    "barras.\n\n"
    "## Exemplos\n\n### Um\n```python\nprint(1)\n```\n";

TEST(Export, FlatDescriptorGetsACleanFrontMatter) {
  const Skill skill = Parse(kFlat, "lacos.md");
  const Skill exported = Exported(skill);
  EXPECT_THAT(Findings(exported), IsEmpty());
  EXPECT_EQ(exported.id, skill.id);
  EXPECT_EQ(exported.metadata.name, skill.id);
  EXPECT_EQ(exported.description, "Um texto: com dois pontos e \\ barras.");
  EXPECT_THAT(exported.front_matter_text, HasSubstr("metadata:\n"));
  EXPECT_THAT(exported.front_matter_text, HasSubstr("  itzamna-domain: \"programming\"\n"));
  EXPECT_THAT(exported.front_matter_text, HasSubstr("  itzamna-format: \"v1-flat\"\n"));
  // Readers of the ecosystem split at the first `---` they find.
  EXPECT_THAT(exported.front_matter_text, Not(HasSubstr("---")));
  EXPECT_EQ(exported.examples.size(), 1U);
  EXPECT_EQ(exported.examples[0].source, "print(1)\n");
}

TEST(Export, ForeignKeysBecomeMetadata) {
  const Skill skill = Parse(
      "---\nname: web-cache\ndescription: Caches.\nlevel: L2\nstatus: approved\nversion: \"1.0.0\"\ndomain: backend\n"
      "tags: [a, b]\ntriggers: [\"use a cache\", \"http caching\"]\nlicense: MIT\nsources:\n  - url: http://x\n---\n# "
      "Web\n",
      "cat/web-cache/SKILL.md");
  const Skill exported = Exported(skill);
  EXPECT_THAT(Findings(exported), IsEmpty());
  EXPECT_EQ(exported.description, "Caches. Use when: use a cache; http caching");
  EXPECT_THAT(exported.front_matter_text, AllOf(HasSubstr("license: \"MIT\"\n"), HasSubstr("  itzamna-level: \"L2\"\n"),
                                                HasSubstr("  itzamna-tags: \"a, b\"\n")));
}

TEST(Export, WhatIsValidStaysAsItIs) {
  const std::string text =
      "---\nname: tidy\ndescription: Keeps order.\nmetadata:\n  owner: me\n---\n\n# Tidy\n\nText.\n";
  EXPECT_EQ(ExportAgentSkill(Parse(text, "tidy/SKILL.md")).at(0).content, text);
}

TEST(Export, LongTextMovesToReferences) {
  std::string text = "# Skill: Long\n\n## Descrição\nMuch.\n\n## Exemplos\n";
  for (int i = 0; i < 600; ++i) absl::StrAppend(&text, "line ", i, "\n");
  const Skill skill = Parse(text, "long.md");
  const std::vector<ExportedFile> files = ExportAgentSkill(skill);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[1].path, "references/skill.md");
  EXPECT_EQ(files[1].content, skill.body);
  EXPECT_THAT(Findings(Exported(skill)), IsEmpty());
  EXPECT_THAT(files[0].content, AllOf(HasSubstr("(references/skill.md)"), HasSubstr("- Exemplos\n")));
}

TEST(Export, DescriptionIsCutAtWhatTheSpecificationAllows) {
  std::string text = "# Skill: Wordy\n\n## Descrição\n";
  for (int i = 0; i < 500; ++i) absl::StrAppend(&text, "ção ");
  const Skill exported = Exported(Parse(text, "wordy.md"));
  EXPECT_THAT(Findings(exported), IsEmpty());
  EXPECT_TRUE(absl::EndsWith(exported.description, "\xE2\x80\xA6"));
}

TEST(Export, EverySkillOfTheCorpusReLintsClean) {
  const std::filesystem::path corpus = SharedDir() / "corpus";
  if (!std::filesystem::is_directory(corpus)) {
    ASSERT_EQ(std::getenv("SKILL_RUNNER_REQUIRE_SHARED"), nullptr) << "no descriptor corpus at " << corpus;
    GTEST_SKIP() << "no descriptor corpus at " << corpus;
  }
  const auto snapshot = LoadSnapshot({{"corpus", corpus.string()}, {"seed", (SharedDir() / "seed").string()}});
  size_t parts = 0;
  for (const auto& skill : snapshot->skills()) {
    const std::vector<ExportedFile> files = ExportAgentSkill(*skill);
    const Skill exported = Parse(files.at(0).content, skill->id + "/SKILL.md");
    EXPECT_THAT(Findings(exported), IsEmpty()) << skill->path;
    EXPECT_EQ(exported.metadata.name, skill->id);
    EXPECT_FALSE(exported.description.empty()) << skill->path;
    if (!skill->domain.empty() && skill->format != "agent-skill") {
      EXPECT_THAT(exported.front_matter_text, HasSubstr("itzamna-domain: ")) << skill->path;
    }
    // Not a byte of code is lost on the way.
    std::string all;
    std::set<std::string> paths;
    for (const ExportedFile& file : files) {
      all += file.content;
      EXPECT_TRUE(paths.insert(file.path).second) << file.path;
      EXPECT_FALSE(absl::StartsWith(file.path, "/") || absl::StrContains(file.path, "..")) << file.path;
    }
    for (const Example& example : skill->examples) {
      if (example.position.column != 1) continue;
      EXPECT_THAT(all, HasSubstr(example.source)) << skill->path << " " << example.id;
    }
    parts += skill->parts.size();
  }
  EXPECT_GT(snapshot->skills().size(), 30U);
  EXPECT_GT(parts, 0U);
}

std::vector<std::shared_ptr<const Skill>> Two() {
  auto first = std::make_shared<Skill>(Parse(kFlat, "lacos.md"));
  first->root = "/srv/skills/";
  first->description = "a < b && \"c\" | 'd'";
  auto second = std::make_shared<Skill>(Parse("---\nname: x\ndescription: X.\nlevel: L1\n---\n# X\n", "x/SKILL.md"));
  return {first, second};
}

TEST(Export, OtherMarkdownOfTheDirectoryIsInIt) {
  const TempDir dir;
  dir.Write("s/SKILL.md", "---\nname: s\ndescription: d\n---\n# S\n\n[t](assets/report-template.md)\n");
  dir.Write("s/assets/report-template.md", "---\nkind: t\n---\n# T\n");
  dir.Write("s/README.md", "# Read me\n");
  dir.Write("README.md", "# Not of s\n");
  const auto snapshot = LoadSnapshot({{"shown", dir.path()}});
  const auto skill = snapshot->find("s");
  ASSERT_NE(skill, nullptr);
  std::map<std::string, std::string> files;
  for (const ExportedFile& file : ExportAgentSkill(*skill)) files[file.path] = file.content;
  EXPECT_EQ(files.size(), 3U);
  EXPECT_EQ(files["assets/report-template.md"], "---\nkind: t\n---\n# T\n");
  EXPECT_EQ(files["README.md"], "# Read me\n");
}

TEST(Export, NameIsAStringAndTextIsPrintable) {
  Skill skill = Parse(
      "# Skill: 404\n\n## Descrição\nA\xC2\x80 B\xC2\xA0"
      "C\n",
      "404.md");
  const std::string content = ExportAgentSkill(skill).at(0).content;
  EXPECT_THAT(content, AllOf(HasSubstr("name: \"404\"\n"), HasSubstr("\"A B\xC2\xA0"
                                                                     "C\"")));
  skill.id = "null";
  EXPECT_THAT(ExportAgentSkill(skill).at(0).content, HasSubstr("name: \"null\"\n"));
}

TEST(Export, CatalogueIsTheBlockForASystemPrompt) {
  EXPECT_EQ(ExportAvailableSkills(Two()),
            absl::StrCat("<available_skills>\n<skill>\n<name>\n", Two()[0]->id,
                         "\n</name>\n<description>\na &lt; b &amp;&amp; &quot;c&quot; | &#x27;d&#x27;\n</description>\n"
                         "<location>\n/srv/skills/lacos.md\n</location>\n</skill>\n<skill>\n<name>\nx\n</name>\n"
                         "<description>\nX.\n</description>\n<location>\nx/SKILL.md\n</location>\n</skill>\n"
                         "</available_skills>\n"));
  EXPECT_EQ(ExportAvailableSkills({}), "<available_skills>\n</available_skills>\n");
}

TEST(Export, IndexHasFivePipesARowAndATotal) {
  const std::string index = ExportIndex(Two());
  for (const absl::string_view line : absl::StrSplit(index, '\n')) {
    if (!absl::StartsWith(line, "|")) continue;
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 5) << line;
  }
  EXPECT_THAT(index, AllOf(HasSubstr("| x | X. | L1 | `x/SKILL.md` |\n"), HasSubstr("**Total de Skills:** 2\n")));
}

}  // namespace
}  // namespace skillrunner::catalog

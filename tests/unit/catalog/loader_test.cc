// Reading again what has changed, and putting files together to skills.
#include "catalog/loader.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Longer than the tick below which file stamps are not trusted.
void LetStampsSettle() {
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
}

std::string WithName(const std::string& name) {
  return "---\nname: " + name + "\ndescription: d\n---\n# " + name + "\n\n```sh\ntrue\n```\n";
}

TEST(Loader, ReadsOnlyTheEditedFileAgain) {
  TempDir dir;
  for (int i = 0; i < 50; ++i) dir.Write("s" + std::to_string(i) + "/SKILL.md", WithName("s" + std::to_string(i)));
  LetStampsSettle();
  Loader loader({{"shown", dir.path()}});
  const auto first = loader.Load();
  EXPECT_EQ(loader.counts().files, 50U);
  EXPECT_EQ(loader.counts().read, 50U);
  const auto again = loader.Load();
  EXPECT_EQ(loader.counts().read, 0U);
  dir.Write("s7/SKILL.md", WithName("s7") + "more\n");
  const auto edited = loader.Load();
  EXPECT_EQ(loader.counts().read, 1U);
  EXPECT_NE(edited->find("s7")->revision, first->find("s7")->revision);
  // The very same objects: nothing was parsed or copied.
  EXPECT_EQ(edited->find("s8"), first->find("s8"));
  EXPECT_EQ(edited->skills().size(), 50U);
}

TEST(Loader, ParsesNothingAgainThatHasTheBytesItHad) {
  TempDir dir;
  dir.Write("s/SKILL.md", WithName("s"));
  Loader loader({{"shown", dir.path()}});
  const auto first = loader.Load();
  dir.Write("s/SKILL.md", WithName("s"));
  EXPECT_EQ(loader.Load()->find("s"), first->find("s"));
  EXPECT_EQ(loader.counts().read, 1U);
  // Broken, and then as it was: there is nothing left to say about it.
  dir.Write("s/SKILL.md", "");
  EXPECT_NE(FindCode(loader.Load()->find("s")->diagnostics, "kept-last-good"), nullptr);
  dir.Write("s/SKILL.md", WithName("s"));
  EXPECT_EQ(loader.Load()->find("s"), first->find("s"));
}

TEST(Loader, SeesAnEditOfTheSameSizeRightAfterTheLast) {
  TempDir dir;
  dir.Write("a.md", "# A\n\none\n");
  Loader loader({{"shown", dir.path()}});
  const std::string before = loader.Load()->find("a")->revision;
  dir.Write("a.md", "# A\n\ntwo\n");
  EXPECT_NE(loader.Load()->find("a")->revision, before);
}

TEST(Loader, KeepsTheLastGoodRevisionOfABrokenFile) {
  TempDir dir;
  dir.Write("s/SKILL.md", WithName("good"));
  Loader loader({{"shown", dir.path()}});
  const std::string revision = loader.Load()->find("good")->revision;
  for (const std::string broken : {"", "---\nname: [\n---\n# Other\n", "---\nname: never closed\n"}) {
    dir.Write("s/SKILL.md", broken);
    const auto snapshot = loader.Load();
    ASSERT_NE(snapshot->find("good"), nullptr) << broken;
    EXPECT_EQ(snapshot->skills().size(), 1U);
    EXPECT_EQ(snapshot->find("good")->revision, revision);
    const Diagnostic* kept = FindCode(snapshot->find("good")->diagnostics, "kept-last-good");
    ASSERT_NE(kept, nullptr) << broken;
    EXPECT_EQ(kept->severity, Severity::kWarning);
    EXPECT_NE(FindCode(snapshot->diagnostics(), "kept-last-good"), nullptr);
    EXPECT_EQ(loader.counts().kept_good, 1U);
  }
  // Unreadable is broken, too.
  std::filesystem::resize_file(dir / "s/SKILL.md", (8 << 20) + 1);
  EXPECT_NE(FindCode(loader.Load()->find("good")->diagnostics, "kept-last-good"), nullptr);
  dir.Write("s/SKILL.md", WithName("good") + "better\n");
  const auto repaired = loader.Load();
  EXPECT_EQ(FindCode(repaired->find("good")->diagnostics, "kept-last-good"), nullptr);
  EXPECT_NE(repaired->find("good")->revision, revision);
  std::filesystem::remove(dir / "s/SKILL.md");
  EXPECT_EQ(loader.Load()->skills().size(), 0U);
}

TEST(Loader, KeepsTheSkillsOfARootThatCannotBeReadForNow) {
  TempDir dir;
  dir.Write("root/a.md", "# A\n");
  Loader loader({{"shown", dir / "root"}});
  loader.Load();
  std::filesystem::rename(dir / "root", dir / "away");
  const auto gone = loader.Load();
  EXPECT_NE(gone->find("a"), nullptr);
  EXPECT_NE(FindCode(gone->diagnostics(), "root-unreadable"), nullptr);
  std::filesystem::rename(dir / "away", dir / "root");
  EXPECT_EQ(loader.Load()->diagnostics().size(), 0U);
}

TEST(Loader, TakesSubFilesAndExamplesForPartsOfTheirSkill) {
  TempDir dir;
  dir.Write("lang/py/SKILL.md", WithName("py"));
  dir.Write("lang/py/ecosystem.md",
            "> **Parent skill:** [py](SKILL.md)\n\n# Eco\n\n## Pip\n\n```sh\npip\n```\n\n## Pip\n\n```py\nx = 1\n```\n"
            "\n## Use\n\n```py\nprint(x)\n```\n");
  dir.Write("lang/py/exemples/more.md", "# More\n\n```js\n1\n```\n");
  dir.Write("lang/py/v3/SKILL.md", WithName("py3"));
  dir.Write("lang/py/v3/detail.md", "# Detail\n\n```sh\n3\n```\n");
  dir.Write("lang/py/INDEX.md", "# Index\n\n```\ntree\n```\n");
  dir.Write("lang/alone.md", "# Alone\n");
  const auto snapshot = LoadSnapshot({{"shown", dir.path()}});
  std::vector<std::string> ids;
  for (const auto& skill : snapshot->skills()) ids.push_back(skill->id);
  ASSERT_THAT(ids, ElementsAre("alone", "py", "py3"));
  const auto py = snapshot->find("py");
  ASSERT_EQ(py->parts.size(), 2U);
  EXPECT_EQ(py->parts[0].path, "lang/py/ecosystem.md");
  EXPECT_EQ(py->parts[0].format, "jit");
  EXPECT_EQ(py->parts[1].title, "More");
  EXPECT_THAT(ExampleIds(*py), ElementsAre("py", "ecosystem-pip", "ecosystem-pip-2", "ecosystem-use", "more-more"));
  EXPECT_EQ(py->examples[1].position.path, "lang/py/ecosystem.md");
  EXPECT_THAT(py->examples[3].session, ElementsAre("ecosystem-pip-2"));
  EXPECT_EQ(snapshot->find("py3")->parts.size(), 1U);
  ASSERT_EQ(snapshot->documents().size(), 1U);
  EXPECT_EQ(snapshot->documents()[0].kind, "index");
  EXPECT_EQ(snapshot->documents()[0].examples.at(0).source, "tree\n");
  // A part counts for the revision.
  dir.Write("lang/py/ecosystem.md", "# Eco\n");
  const auto changed = LoadSnapshot({{"shown", dir.path()}});
  EXPECT_NE(changed->find("py")->revision, py->revision);
  EXPECT_EQ(changed->find("py3")->revision, snapshot->find("py3")->revision);
}

TEST(Loader, NamesTheFamilyOfEachDescriptor) {
  const auto family = [](const std::string& text) {
    TempDir dir;
    dir.Write("a.md", text);
    return LoadSnapshot({{"shown", dir.path()}})->skills().at(0)->format;
  };
  EXPECT_EQ(family("# Skill: X\n"), "v1-flat");
  EXPECT_EQ(family("---\nname: x\nlevel: L1\ntriggers: [a]\n---\n# X\n"), "brain");
  EXPECT_EQ(family("---\nname: x\nkeywords: [a]\ncategory: technology\n---\n# X\n"), "adr-001");
  EXPECT_EQ(family("---\nname: x\nkeywords: [a]\ncategory: technology\nlanguage_version: \"3\"\n---\n# X\n"),
            "baseline");
  EXPECT_EQ(family("# X\n\n> **Load JIT quando:** y\n"), "jit");
  EXPECT_EQ(family("---\nname: x\ntype: skill-session\nkeywords: [a]\ncategory: c\n---\n# X\n"), "jit");
  EXPECT_EQ(family("---\nname: x\ndescription: y\nlicense: MIT\nmetadata:\n  a: b\n---\n# X\n"), "agent-skill");
  EXPECT_EQ(family("---\nname: x\ndescription: y\nmetadata: ./metadata.yaml\n---\n# X\n"), "hefesto");
  EXPECT_EQ(family("---\nname: x\ncolour: red\n---\n# X\n"), "front-matter");
}

TEST(Loader, GivesATypedViewBesideTheVerbatimFrontMatter) {
  TempDir dir;
  const std::string yaml =
      "name: x\nlevel: l2\nstatus: Approved\ntags:\n  - \"a, b\"\n  - c\ntriggers: [do it]\ncreated: 2026-02-03 # why\n"
      "odd: {k: v}\n";
  dir.Write("a.md", "---\n" + yaml + "---\n# X\n");
  const auto skill = LoadSnapshot({{"shown", dir.path()}})->find("x");
  ASSERT_NE(skill, nullptr);
  EXPECT_EQ(skill->front_matter_text, yaml);
  EXPECT_EQ(skill->metadata.level, "L2");
  EXPECT_EQ(skill->metadata.status, "approved");
  EXPECT_EQ(skill->metadata.created, "2026-02-03");
  EXPECT_THAT(skill->metadata.tags, ElementsAre("a, b", "c"));
  EXPECT_THAT(skill->metadata.triggers, ElementsAre("do it"));
}

TEST(Loader, PointsAtTheColumnOfBadFrontMatter) {
  TempDir dir;
  dir.Write("a.md", "---\nname: x\nbad: [1, }\n---\n# X\n");
  const auto skill = LoadSnapshot({{"shown", dir.path()}})->skills().at(0);
  const Diagnostic* diagnostic = FindCode(skill->diagnostics, "front-matter-invalid");
  ASSERT_NE(diagnostic, nullptr);
  EXPECT_EQ(diagnostic->position.line, 3);
  EXPECT_GT(diagnostic->position.column, 1);
}

}  // namespace
}  // namespace skillrunner::catalog

// Descriptors as they are found in the wild, and those that are shipped.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"
#include "catalog/catalog.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::ElementsAre;

// Counts fences line by line, with no Markdown parser: good for files whose fences stand in no list and no comment.
size_t CountFences(const std::string& bytes) {
  size_t count = 0;
  size_t open = 0;  // length of the open fence; 0: none
  for (absl::string_view line : absl::StrSplit(bytes, '\n')) {
    while (!line.empty() && (line[0] == ' ' || line[0] == '>')) line.remove_prefix(1);
    const size_t run = std::min(line.find_first_not_of('`'), line.size());
    if (run < 3) continue;
    const absl::string_view rest = absl::StripAsciiWhitespace(line.substr(run));
    if (open == 0) {
      open = run;
      ++count;
    } else if (run >= open && rest.empty()) {
      open = 0;
    }
  }
  return count;
}

TEST(Corpus, LosesNoFileAndNoFence) {
  const std::filesystem::path corpus = SharedDir() / "corpus";
  if (!std::filesystem::is_directory(corpus)) GTEST_SKIP() << "no descriptor corpus at " << corpus;
  const auto snapshot = LoadSnapshot({{"corpus", corpus.string()}});
  std::map<std::string, std::shared_ptr<const Skill>> skills;
  for (const auto& skill : snapshot->skills()) skills[skill->path] = skill;
  std::set<std::string> explained;
  for (const Diagnostic& diagnostic : snapshot->diagnostics()) explained.insert(diagnostic.position.path);

  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".md") continue;
    ++files;
    const std::string path = std::filesystem::relative(entry.path(), corpus).string();
    if (skills.count(path) == 0) {
      EXPECT_TRUE(explained.count(path) != 0) << path << " is neither a skill nor a diagnostic";
      continue;
    }
    const Skill& skill = *skills[path];
    const std::string bytes = ReadWhole(entry.path());
    EXPECT_EQ(skill.examples.size(), CountFences(bytes)) << path;
    EXPECT_FALSE(skill.title.empty()) << path;
    EXPECT_FALSE(skill.description.empty()) << path;
    EXPECT_FALSE(skill.sections.empty()) << path;
    EXPECT_EQ(FindCode(skill.diagnostics, "front-matter-invalid"), nullptr) << path;
    const std::vector<std::string> lines = absl::StrSplit(bytes, '\n');
    for (const Example& example : skill.examples) {
      if (example.source.empty()) continue;
      const std::string first = example.source.substr(0, example.source.find('\n'));
      EXPECT_EQ(lines.at(static_cast<size_t>(example.position.line) - 1)
                    .substr(static_cast<size_t>(example.position.column) - 1),
                first)
          << path << ":" << example.position.line;
      EXPECT_EQ(example.source.back(), '\n');
    }
  }
  EXPECT_GT(files, 50U);
}

TEST(Corpus, ReadsTheSeedAsItWasCheckedByHand) {
  const std::filesystem::path seed = SharedDir() / "seed";
  if (!std::filesystem::is_directory(seed)) GTEST_SKIP() << "no seed descriptor at " << seed;
  const auto snapshot = LoadSnapshot({{"seed", seed.string()}});
  const auto skill = snapshot->find("python-async-programming");
  ASSERT_NE(skill, nullptr);
  EXPECT_EQ(skill->title, "Python Async Programming");
  EXPECT_EQ(skill->domain, "programming");
  EXPECT_TRUE(absl::StartsWith(skill->description, "Programação assíncrona em Python permite"));
  EXPECT_TRUE(absl::EndsWith(skill->description, "operações de arquivo."));
  ASSERT_THAT(ExampleIds(*skill), ElementsAre("exemplo-basico", "exemplo-com-concorrencia", "exemplo-com-aiohttp"));

  const std::vector<std::string> lines = absl::StrSplit(ReadWhole(seed / skill->path), '\n');
  const auto between = [&](size_t first, size_t last) {  // lines, from 1
    std::string text;
    for (size_t i = first; i <= last; ++i) text += lines.at(i - 1) + "\n";
    return text;
  };
  EXPECT_EQ(skill->examples[0].position.line, 37);
  EXPECT_EQ(skill->examples[0].source, between(37, 50));
  EXPECT_EQ(skill->examples[1].position.line, 55);
  EXPECT_EQ(skill->examples[1].source, between(55, 71));
  EXPECT_EQ(skill->examples[2].position.line, 76);
  EXPECT_EQ(skill->examples[2].source, between(76, 88));
  for (const Example& example : skill->examples) EXPECT_EQ(example.runtime, "python");

  ASSERT_EQ(skill->references.size(), 4U);
  EXPECT_EQ(skill->references[0].url, "https://docs.python.org/3/library/asyncio.html");
  EXPECT_EQ(skill->references[3].title, "aiohttp Documentation");
  std::vector<std::string> kinds;
  for (const Section& section : skill->sections) {
    if (section.level == 2) kinds.push_back(section.kind);
  }
  EXPECT_THAT(
      kinds, ElementsAre("domain", "description", "concepts", "best_practices", "use_cases", "examples", "references"));
  EXPECT_TRUE(skill->diagnostics.empty());
}

TEST(ShippedSkills, LoadWithoutAWordToSay) {
  const auto snapshot = LoadSnapshot({{"skills", SKILL_RUNNER_SKILLS_DIR}});
  for (const Diagnostic& diagnostic : snapshot->diagnostics())
    EXPECT_EQ(diagnostic.code, "not-a-skill") << diagnostic.message;
  for (const auto& skill : snapshot->skills()) {
    for (const Diagnostic& diagnostic : skill->diagnostics) ADD_FAILURE() << skill->path << ": " << diagnostic.message;
    for (const Example& example : skill->examples)
      EXPECT_FALSE(example.runtime.empty()) << skill->path << " " << example.id;
  }
  const auto async_io = snapshot->find("python-async-io");
  ASSERT_NE(async_io, nullptr);
  EXPECT_THAT(ExampleIds(*async_io), ElementsAre("exemplo-sequencial", "exemplo-concorrente", "exemplo-com-aiohttp"));
  const auto structured = snapshot->find("structured-concurrency");
  ASSERT_NE(structured, nullptr);
  EXPECT_THAT(ExampleIds(*structured), ElementsAre("timeouts-are-scopes", "failures-cancel-siblings"));
  const auto shell = snapshot->find("shell-pipelines");
  ASSERT_NE(shell, nullptr);
  EXPECT_THAT(ExampleIds(*shell), ElementsAre("count-and-check"));
  EXPECT_EQ(shell->examples[0].runtime, "bash");
}

}  // namespace
}  // namespace skillrunner::catalog

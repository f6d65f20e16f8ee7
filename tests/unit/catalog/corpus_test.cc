// Descriptors as they are found in the wild, and those that are shipped.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

// Everything the catalogue made of one file.
struct Loaded {
  std::string kind;  // `skill`, `part`, or the kind of a document
  std::string family;
  std::string title;
  std::vector<const Section*> sections;
  std::vector<const Example*> examples;
};

std::map<std::string, Loaded> ByFile(const Snapshot& snapshot) {
  std::map<std::string, Loaded> files;
  for (const auto& skill : snapshot.skills()) {
    Loaded& own = files[skill->path];
    own = {"skill", skill->format, skill->title, {}, {}};
    for (const Section& section : skill->sections) own.sections.push_back(&section);
    for (const Part& part : skill->parts) {
      Loaded& file = files[part.path];
      file = {"part", part.format, part.title, {}, {}};
      for (const Section& section : part.sections) file.sections.push_back(&section);
    }
    for (const Example& example : skill->examples) files[example.position.path].examples.push_back(&example);
  }
  for (const Document& document : snapshot.documents()) {
    Loaded& file = files[document.path];
    file = {document.kind, "", document.title, {}, {}};
    for (const Example& example : document.examples) file.examples.push_back(&example);
  }
  return files;
}

const char* PurposeName(Purpose purpose) {
  static constexpr const char* kNames[] = {"example", "theory", "anti-pattern", "input", "configuration", "output"};
  return kNames[static_cast<int>(purpose)];
}

std::string Counts(const std::map<std::string, int>& counts) {
  return absl::StrJoin(counts, ",", absl::PairFormatter(":"));
}

// One line for each file, as in corpus_expectations.txt.
std::string Describe(const std::string& path, const Loaded& file) {
  std::map<std::string, int> kinds;
  std::map<std::string, int> purposes;
  std::map<std::string, int> languages;
  for (const Section* section : file.sections) {
    if (!section->kind.empty()) ++kinds[section->kind];
  }
  for (const Example* example : file.examples) {
    ++purposes[PurposeName(example->purpose)];
    ++languages[example->language.empty() ? "-" : example->language];
  }
  return absl::StrCat(path, " | ", file.kind, " ", file.family, " | ", file.sections.size(), " headings ",
                      Counts(kinds), " | ", file.examples.size(), " blocks ", Counts(languages), " | ",
                      Counts(purposes));
}

TEST(Corpus, LoadsAsItWasCheckedByHand) {
  const std::filesystem::path corpus = SharedDir() / "corpus";
  if (!std::filesystem::is_directory(corpus)) GTEST_SKIP() << "no descriptor corpus at " << corpus;
  const auto snapshot = LoadSnapshot({{"corpus", corpus.string()}});
  std::vector<std::string> found;
  for (const auto& [path, file] : ByFile(*snapshot)) found.push_back(Describe(path, file));
  std::vector<std::string> expected;
  for (const absl::string_view line :
       absl::StrSplit(ReadWhole(SKILL_RUNNER_CORPUS_EXPECTATIONS), '\n', absl::SkipEmpty())) {
    if (line[0] != '#') expected.emplace_back(line);
  }
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(absl::StrJoin(found, "\n"), absl::StrJoin(expected, "\n"));
}

TEST(Corpus, LosesNoFileAndNoFence) {
  const std::filesystem::path corpus = SharedDir() / "corpus";
  if (!std::filesystem::is_directory(corpus)) GTEST_SKIP() << "no descriptor corpus at " << corpus;
  const auto snapshot = LoadSnapshot({{"corpus", corpus.string()}});
  const std::map<std::string, Loaded> loaded = ByFile(*snapshot);
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".md") continue;
    ++files;
    const std::string path = std::filesystem::relative(entry.path(), corpus).string();
    ASSERT_EQ(loaded.count(path), 1U) << path;
    const Loaded& file = loaded.at(path);
    const std::string bytes = ReadWhole(entry.path());
    EXPECT_EQ(file.examples.size(), CountFences(bytes)) << path;
    EXPECT_FALSE(file.title.empty()) << path;
    EXPECT_TRUE(!file.sections.empty() || (file.kind != "skill" && file.kind != "part")) << path;
    const std::vector<std::string> lines = absl::StrSplit(bytes, '\n');
    for (const Example* example : file.examples) {
      // Every line of code, byte for byte, where its position says.
      const std::vector<std::string> code = absl::StrSplit(example->source, '\n');
      for (size_t i = 0; i + 1 < code.size(); ++i) {
        const std::string& line = lines.at(static_cast<size_t>(example->position.line) - 1 + i);
        const size_t indent = std::min(static_cast<size_t>(example->position.column) - 1, line.size());
        EXPECT_EQ(line.substr(indent), code[i]) << path << ":" << example->position.line;
      }
    }
  }
  EXPECT_EQ(files, 62U);
  for (const auto& skill : snapshot->skills()) {
    EXPECT_FALSE(skill->description.empty()) << skill->path;
    EXPECT_EQ(FindCode(skill->diagnostics, "front-matter-invalid"), nullptr) << skill->path;
  }
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

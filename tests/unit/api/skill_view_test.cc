// Skills as clients get them: the views, their price, and that no code is lost on the way.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "api/skill_proto.h"
#include "api/skill_summary.h"
#include "catalog/catalog.h"
#include "catalog/descriptor.h"
#include "unit/catalog/catalog_testing.h"

namespace skillrunner::api {
namespace {

using catalog::LoadSnapshot;
using catalog::ReadWhole;
using catalog::SharedDir;
using catalog::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace v1 = ::itzamna::skillrunner::v1;

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  return text;
}

// As the ecosystem estimates: characters by 3.5, rounded up.
size_t Tokens(const std::string& text) {
  const auto characters = static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  return (characters * 2 + 6) / 7;
}

catalog::Skill Read(const std::string& text) {
  return *catalog::ParseDescriptor(text, "s/SKILL.md").skill;
}

const char kSkill[] =
    "---\nname: s\ndescription: Fala\nlevel: L1\nstatus: draft\n---\nBefore.\n\n# Título\n\nIntro.\n\n"
    "## 1. Melhores Práticas\n\nSempre.\n\n### Detalhe\n\n```python\nprint(1)\n```\n\n## Exemplos\n\n"
    "```sh\ntrue\n```\n\n## Notas\n\nFim.\n";

TEST(Summary, SaysWhatIsNeededToChoose) {
  const v1::Skill proto = ToProto(Read(kSkill), v1::SKILL_VIEW_SUMMARY, nullptr);
  EXPECT_EQ(Json(proto),
            "{\"name\":\"skills/s\",\"title\":\"Título\",\"description\":\"Fala\",\"metadata\":{\"status\":\"draft\","
            "\"level\":\"L1\"},\"example_count\":2,\"languages\":[\"python\",\"sh\"]}");
}

TEST(Summary, CostsFewerThanAHundredTokensHoweverLongItAllIs) {
  for (const char* unit : {"palavra ", "x", "é", "\"", "\\", "<", "\t", "日"}) {
    catalog::Skill skill = Read(kSkill);
    std::string lengthy;
    for (int i = 0; i < 500; ++i) lengthy += unit;
    skill.id = std::string(64, 'i');
    skill.title = skill.description = skill.domain = skill.metadata.level = skill.metadata.status = lengthy;
    for (int i = 0; i < 50; ++i) skill.examples.push_back({.language = absl::StrCat("language", i)});
    const v1::Skill proto = ToProto(skill, v1::SKILL_VIEW_SUMMARY, nullptr);
    EXPECT_LT(Tokens(Json(proto)), 100U) << unit << Json(proto);
    EXPECT_GT(proto.description().size(), 3U) << unit;
    EXPECT_FALSE(proto.languages().empty());
    // The other views have all of it.
    const v1::Skill outline = ToProto(skill, v1::SKILL_VIEW_OUTLINE, nullptr);
    EXPECT_EQ(outline.title(), lengthy);
    EXPECT_EQ(outline.description(), lengthy);
    EXPECT_EQ(outline.domain(), lengthy);
    EXPECT_EQ(outline.metadata().status(), lengthy);
    EXPECT_EQ(outline.languages_size(), 52);
  }
}

TEST(Summary, CostsFewerThanAHundredTokensForEverySkillThereIs) {
  for (const char* where : {"corpus", "seed"}) {
    if (!std::filesystem::is_directory(SharedDir() / where)) GTEST_SKIP() << "no descriptors at " << SharedDir();
    const auto snapshot = LoadSnapshot({{"x", (SharedDir() / where).string()}});
    for (const auto& skill : snapshot->skills()) {
      const std::string json = Json(ToProto(*skill, v1::SKILL_VIEW_SUMMARY, nullptr));
      EXPECT_LT(Tokens(json), 100U) << json;
    }
  }
}

TEST(Views, HaveTextsOnlyWhereTheyAreAskedFor) {
  const catalog::Skill skill = Read(kSkill);
  const v1::Skill outline = ToProto(skill, v1::SKILL_VIEW_OUTLINE, nullptr);
  EXPECT_EQ(outline.sections_size(), 5);
  EXPECT_EQ(outline.sections(1).body(), "");
  EXPECT_EQ(outline.examples(0).source(), "");
  EXPECT_EQ(outline.preamble(), "");
  EXPECT_EQ(outline.front_matter().at("level"), "L1");
  const v1::Skill full = ToProto(skill, v1::SKILL_VIEW_FULL, nullptr);
  EXPECT_EQ(full.sections(4).body(), "\nFim.\n");
  EXPECT_EQ(full.examples(0).source(), "print(1)\n");
  EXPECT_EQ(full.preamble(), "Before.\n\n");
  EXPECT_EQ(full.front_matter_text(), "name: s\ndescription: Fala\nlevel: L1\nstatus: draft\n");
}

TEST(SectionView, HasTheSectionThoseBelowItAndTheirExamples) {
  const catalog::Skill skill = Read(kSkill);
  for (const char* asked : {"best_practices", "Best Practices", "BEST-PRACTICES", "melhores praticas",
                            "Melhores Práticas", "2. Melhores Práticas"}) {
    v1::Skill proto;
    std::vector<std::string> known;
    ASSERT_TRUE(ToSectionProto(skill, asked, nullptr, &proto, &known)) << asked;
    ASSERT_EQ(proto.sections_size(), 2) << asked;
    EXPECT_EQ(proto.sections(0).body(), "\nSempre.\n\n");
    EXPECT_EQ(proto.sections(1).title(), "Detalhe");
    ASSERT_EQ(proto.examples_size(), 1);
    EXPECT_EQ(proto.examples(0).source(), "print(1)\n");
    EXPECT_EQ(proto.description(), "Fala");
    EXPECT_EQ(proto.revision(), "");
  }
}

TEST(SectionView, SaysWhatThereIsWhereNothingMatches) {
  for (const char* asked : {"constraints", "---", "praticas"}) {
    v1::Skill proto;
    std::vector<std::string> known;
    EXPECT_FALSE(ToSectionProto(Read(kSkill), asked, nullptr, &proto, &known)) << asked;
    EXPECT_THAT(known, ElementsAre("Título", "1. Melhores Práticas", "Detalhe", "Exemplos", "Notas"));
  }
}

TEST(SectionView, LooksIntoPartsToo) {
  TempDir dir;
  dir.Write("s/SKILL.md", kSkill);
  dir.Write("s/more.md", "# More\n\n## Exemplos\n\n```js\n1\n```\n");
  const auto snapshot = LoadSnapshot({{"shown", dir.path()}});
  v1::Skill proto;
  std::vector<std::string> known;
  ASSERT_TRUE(ToSectionProto(*snapshot->find("s"), "examples", nullptr, &proto, &known));
  ASSERT_EQ(proto.examples_size(), 2);
  EXPECT_EQ(proto.examples(0).source(), "true\n");
  EXPECT_EQ(proto.examples(1).source(), "1\n");
}

// A fence as a reader of lines sees it, with no Markdown parser.
struct Fence {
  int line = 0;  // of the first line of code
  std::vector<std::string> lines;
};

std::vector<Fence> Fences(const std::string& bytes) {
  std::vector<Fence> fences;
  size_t open = 0;  // length of the open fence; 0: none
  int number = 0;
  for (const std::string& raw : std::vector<std::string>(absl::StrSplit(bytes, '\n'))) {
    ++number;
    absl::string_view line = raw;
    while (!line.empty() && (line[0] == ' ' || line[0] == '>')) line.remove_prefix(1);
    const size_t run = std::min(line.find_first_not_of('`'), line.size());
    if (open == 0 && run >= 3) {
      open = run;
      fences.push_back({number + 1, {}});
    } else if (open != 0 && run >= open && absl::StripAsciiWhitespace(line.substr(run)).empty()) {
      open = 0;
    } else if (open != 0) {
      fences.back().lines.push_back(raw);
    }
  }
  // The end of the file is no line of its own.
  if (open != 0 && !fences.back().lines.empty() && fences.back().lines.back().empty()) fences.back().lines.pop_back();
  return fences;
}

// "No silent loss": each line of code of each fence of each file is in an answer of the API, byte for byte.
TEST(Api, ReachesEveryByteOfCodeOfEveryFence) {
  size_t bytes_of_code = 0;
  for (const char* where : {"corpus", "seed"}) {
    const std::filesystem::path root = SharedDir() / where;
    if (!std::filesystem::is_directory(root)) GTEST_SKIP() << "no descriptors at " << SharedDir();
    const auto snapshot = LoadSnapshot({{"x", root.string()}});
    std::map<std::pair<std::string, int>, std::string> sources;  // by file and line
    const auto add = [&sources](const google::protobuf::RepeatedPtrField<v1::Example>& examples) {
      for (const v1::Example& example : examples) {
        const std::string& source = example.source_bytes().empty() ? example.source() : example.source_bytes();
        sources[{example.position().path(), example.position().line()}] = source;
      }
    };
    for (const auto& skill : snapshot->skills()) add(ToProto(*skill, v1::SKILL_VIEW_FULL, nullptr).examples());
    for (const auto& document : snapshot->documents()) add(ToProto(document, nullptr).examples());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".md") continue;
      const std::string path = std::filesystem::relative(entry.path(), root).string();
      for (const Fence& fence : Fences(ReadWhole(entry.path()))) {
        const auto source = sources.find({path, fence.line});
        ASSERT_NE(source, sources.end()) << path << ":" << fence.line;
        std::vector<std::string> code = absl::StrSplit(source->second, '\n');
        code.pop_back();  // behind the last end of line
        ASSERT_EQ(code.size(), fence.lines.size()) << path << ":" << fence.line;
        for (size_t i = 0; i < code.size(); ++i) {
          // All of the line but the indentation of what the fence stands in.
          ASSERT_TRUE(absl::EndsWith(fence.lines[i], code[i])) << path << ":" << fence.line + static_cast<int>(i);
          const std::string dropped = fence.lines[i].substr(0, fence.lines[i].size() - code[i].size());
          ASSERT_EQ(dropped.find_first_not_of(" >"), std::string::npos) << path << ":" << fence.line;
          bytes_of_code += code[i].size() + 1;
        }
        sources.erase(source);
      }
    }
    EXPECT_THAT(sources, IsEmpty());
  }
  EXPECT_GT(bytes_of_code, 100'000U);
}

}  // namespace
}  // namespace skillrunner::api

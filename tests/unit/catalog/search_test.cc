// What is found, in which order, and that no query is an error.
#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "catalog/catalog.h"
#include "catalog/search_index.h"
#include "catalog/search_words.h"
#include "catalog/searcher.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Search : public ::testing::Test {
 protected:
  Search() {
    dir_.Write("async/SKILL.md",
               "---\nname: async-io\ndescription: Programação assíncrona em Python\ndomain: programming\nlevel: L1\n"
               "status: approved\ntags: [eventos, corrotinas]\ntriggers: [\"rodar tarefas ao mesmo tempo\"]\n---\n"
               "# Async\n\n## Conceitos\n\nO laço de eventos.\n\n## Exemplos\n\n```python\nimport asyncio\n"
               "gather_all()\n```\n");
    dir_.Write("async/deep.md", "# Detalhes\n\nCancelamento de tarefas.\n\n```js\nsetTimeout(f)\n```\n");
    dir_.Write("web/SKILL.md",
               "---\nname: web\ndescription: Requests\ncategory: technology\nlevel: L2\nstatus: draft\n---\n# Web\n\n"
               "Uses Python. ÜBUNG macht den Meister.\n\n```bash\ncurl x\n```\n");
    dir_.Write("python/SKILL.md", "---\nname: python\ndescription: The language\n---\n# Python\n\n```py\n1\n```\n");
    Load();
  }

  void Load() { written_ = index_.Update(LoadSnapshot({{"shown", dir_.path()}})); }
  SearchAnswer Ask(const std::string& text) { return index_.Search({.text = text}); }
  static std::vector<std::string> Ids(const SearchAnswer& answer) {
    std::vector<std::string> ids;
    for (const auto& match : answer.matches) ids.push_back(match.skill->id);
    return ids;
  }
  std::vector<std::string> Found(const std::string& text) { return Ids(Ask(text)); }
  std::vector<std::string> Found(const SearchQuery& query) { return Ids(index_.Search(query)); }

  TempDir dir_;
  SearchIndex index_;
  size_t written_ = 0;
};

TEST_F(Search, FindsWordsInEveryPartOfASkill) {
  for (const char* word : {"async-io", "assíncrona", "corrotinas", "rodar", "laço", "gather_all", "asyncio", "Detalhes",
                           "cancelamento", "settimeout", "programming"}) {
    EXPECT_THAT(Found(word), ElementsAre("async-io")) << word;
  }
  EXPECT_THAT(Found("curl"), ElementsAre("web"));
  EXPECT_THAT(Found("nowhere"), IsEmpty());
}

TEST_F(Search, DoesNotCareForCaseAndAccents) {
  for (const char* word : {"programacao", "PROGRAMAÇÃO",
                           "Programac\xCC\xA7"
                           "a\xCC\x83"
                           "o",
                           "ASSINCRONA"})
    EXPECT_THAT(Found(word), ElementsAre("async-io")) << word;
  EXPECT_THAT(Found("ubung"), ElementsAre("web"));
}

TEST_F(Search, PutsNamesBeforeDescriptionsBeforeText) {
  EXPECT_THAT(Found("python"), ElementsAre("python", "async-io", "web"));
  const SearchAnswer answer = Ask("python");
  EXPECT_GT(answer.matches[0].score, answer.matches[1].score);
  EXPECT_GT(answer.matches[1].score, answer.matches[2].score);
}

TEST_F(Search, WantsAllWordsAndTakesSomeWhereNoneHasAll) {
  EXPECT_THAT(Found("python requests"), ElementsAre("web"));
  EXPECT_THAT(Found("corrotinas curl"), UnorderedElementsAre("async-io", "web"));
}

TEST_F(Search, TakesTheLastWordForABeginning) {
  EXPECT_THAT(Found("corrot"), ElementsAre("async-io"));
  EXPECT_THAT(Found("c"), UnorderedElementsAre("async-io", "web"));
  // But not the others: nothing has `corrot`, so this is a search for some of the words.
  EXPECT_EQ(Found("corrot python").size(), 3U);
}

TEST_F(Search, ShowsTheWordsAroundTheMatch) {
  const SearchAnswer answer = Ask("meister");
  ASSERT_EQ(answer.matches.size(), 1U);
  EXPECT_THAT(answer.matches[0].snippet, HasSubstr("macht den [Meister]"));
  EXPECT_EQ(answer.matches[0].snippet.find('\n'), std::string::npos);
}

TEST_F(Search, FiltersWithAndWithoutWords) {
  EXPECT_THAT(Found(SearchQuery{}), ElementsAre("async-io", "python", "web"));
  EXPECT_THAT(Found(SearchQuery{.domain = "Programming"}), ElementsAre("async-io"));
  EXPECT_THAT(Found(SearchQuery{.domain = "technology"}), ElementsAre("web"));
  EXPECT_THAT(Found(SearchQuery{.language = "python"}), ElementsAre("async-io", "python"));  // the runtime of `py`
  EXPECT_THAT(Found(SearchQuery{.language = "JS"}), ElementsAre("async-io"));
  EXPECT_THAT(Found(SearchQuery{.level = "l2"}), ElementsAre("web"));
  EXPECT_THAT(Found(SearchQuery{.status = "Approved"}), ElementsAre("async-io"));
  EXPECT_THAT(Found(SearchQuery{.text = "python", .status = "draft"}), ElementsAre("web"));
  EXPECT_EQ(index_.Search({.text = "python", .status = "draft"}).total, 1U);
}

TEST_F(Search, GivesPages) {
  std::vector<std::string> all;
  for (size_t offset = 0; offset < 3; ++offset) {
    const SearchAnswer page = index_.Search({.text = "python", .offset = offset, .most = 1});
    EXPECT_EQ(page.total, 3U);
    ASSERT_EQ(page.matches.size(), 1U);
    all.push_back(page.matches[0].skill->id);
  }
  EXPECT_EQ(all, Found("python"));
  EXPECT_THAT(index_.Search({.text = "python", .offset = 3}).matches, IsEmpty());
}

TEST_F(Search, TakesEveryQueryForWords) {
  for (const char* query : {"python\"",
                            "\"python",
                            "python*",
                            "(python",
                            "python)",
                            "NOT python",
                            "python AND",
                            "OR",
                            "NEAR(python, 2)",
                            "name:python",
                            "-python",
                            "^python",
                            "{name title}: python",
                            "python; DROP TABLE skills",
                            "' OR 1=1 --",
                            "**",
                            "python + +",
                            "\xFF\xFE python",
                            "%s%n",
                            "a.b.c",
                            "C++",
                            "c#",
                            "python\\",
                            "\"\"\"\"",
                            "rank",
                            "python\n"}) {
    SCOPED_TRACE(query);
    (void)Found(query);
  }
  EXPECT_THAT(Found("python\""), ElementsAre("python", "async-io", "web"));
  EXPECT_THAT(Found("name:python"), ElementsAre("python", "async-io", "web"));  // `name` is a word like any other
  EXPECT_THAT(Found(std::string("pyt\0hon", 7)), ElementsAre());
  std::string many;
  for (size_t i = 0; i < kMaxQueryWords; ++i) absl::StrAppend(&many, "p", i % 10, " ");
  EXPECT_THAT(Found(many), IsEmpty());
}

TEST(QueryWords, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(QueryWords("a-b_c  D2\té \"x\""), ElementsAre("a", "b", "c", "D2", "é", "x"));
  EXPECT_THAT(QueryWords("e\xCC\x81t"), ElementsAre("e\xCC\x81t"));
  EXPECT_THAT(QueryWords("*** \xCC\x81 \xFF"), IsEmpty());
  EXPECT_THAT(QueryWords("日本語 ½"), ElementsAre("日本語", "½"));
}

TEST(Snippets, HaveTheWindowWithTheMostWords) {
  std::string filler;
  for (int i = 0; i < 40; ++i) filler += "x ";
  const std::string text = "alpha " + filler + "\n\nsome words before Ação,\tthen beta: end. " + filler;
  Snippet snippet = FindSnippet(text, {"alpha"});
  EXPECT_EQ(snippet.found, 1U);
  EXPECT_EQ(snippet.text, "[alpha] x x x x x x x x x x x x x x x\xE2\x80\xA6");
  snippet = FindSnippet(text, {"alpha", "acao", "bet"});
  EXPECT_EQ(snippet.found, 2U);
  EXPECT_EQ(snippet.text, "\xE2\x80\xA6x some words before [Ação], then [beta]: end. x x x x x x x x\xE2\x80\xA6");
  // Only the last word may be a beginning.
  EXPECT_EQ(FindSnippet(text, {"bet", "gamma"}).found, 0U);
  EXPECT_EQ(FindSnippet("", {"a"}).text, "");
  EXPECT_EQ(FindSnippet(" - - ", {"a"}).text, "");
}

TEST(Snippets, StayShort) {
  const std::string word(5000, 'w');
  std::string text;
  for (int i = 0; i < 30; ++i) text += word + std::string(100, '-');
  const Snippet snippet = FindSnippet(text, {"w"});
  EXPECT_EQ(snippet.found, 1U);
  EXPECT_LT(snippet.text.size(), 1100U);
}

TEST_F(Search, FollowsTheSnapshotsAndWritesOnlyWhatChanged) {
  EXPECT_EQ(written_, 3U);
  Load();
  EXPECT_EQ(written_, 0U);
  dir_.Write("web/SKILL.md", "---\nname: web\ndescription: Rewritten\n---\n# Web\n\n```bash\nwget y\n```\n");
  Load();
  EXPECT_EQ(written_, 1U);
  EXPECT_THAT(Found("curl"), IsEmpty());
  EXPECT_THAT(Found("wget"), ElementsAre("web"));
  std::filesystem::remove_all(dir_ / "web");
  dir_.Write("new.md", "# New\n\nwget\n");
  Load();
  EXPECT_EQ(written_, 2U);
  EXPECT_THAT(Found("wget"), ElementsAre("new"));
  EXPECT_THAT(Found(SearchQuery{}), ElementsAre("async-io", "new", "python"));
}

// The skill that is found is the one of the snapshot, with its newest diagnostics.
TEST_F(Search, GivesTheObjectsOfTheNewestSnapshot) {
  const auto snapshot = LoadSnapshot({{"shown", dir_.path()}});
  EXPECT_EQ(index_.Update(snapshot), 0U);
  EXPECT_EQ(Ask("curl").matches.at(0).skill, snapshot->find("web"));
}

TEST_F(Search, IsAnsweredFromAnyThreadInTheNewestSnapshot) {
  absl::Mutex mutex;
  auto snapshot = LoadSnapshot({{"shown", dir_.path()}});
  Searcher searcher([&] {
    absl::MutexLock lock(&mutex);
    return snapshot;
  });
  const auto ask = [&](const std::string& word) {
    absl::Notification answered;
    std::vector<std::string> ids;
    EXPECT_TRUE(searcher.Search({.text = word}, [&](SearchAnswer answer) {
      ids = Ids(answer);
      answered.Notify();
    }));
    answered.WaitForNotification();
    return ids;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) EXPECT_THAT(ask("curl"), ElementsAre("web"));
    });
  for (std::thread& thread : threads) thread.join();
  dir_.Write("new.md", "# New\n\ncurl\n");
  {
    absl::MutexLock lock(&mutex);
    snapshot = LoadSnapshot({{"shown", dir_.path()}});
  }
  searcher.CatchUp();
  EXPECT_THAT(ask("curl"), UnorderedElementsAre("new", "web"));
}

TEST(Searcher, RefusesWhatWouldWaitTooLongAndDropsTheRestAtItsEnd) {
  absl::Notification go;
  size_t taken = 0;
  {
    Searcher searcher([&] {
      go.WaitForNotification();
      return std::make_shared<const Snapshot>();
    });
    searcher.CatchUp();
    while (taken <= kMaxWaitingSearches + 1 && searcher.Search({}, [](const SearchAnswer&) {})) ++taken;
    go.Notify();
  }
  EXPECT_LE(taken, kMaxWaitingSearches + 1);
  EXPECT_GE(taken, kMaxWaitingSearches);
}

}  // namespace
}  // namespace skillrunner::catalog

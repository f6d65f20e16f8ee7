#include "catalog/search_index.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"
#include "catalog/changes.h"
#include "catalog/search_words.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

// Columns and their weights: a word in the name says more about a skill than one in its code.
constexpr char kCreate[] =
    "CREATE VIRTUAL TABLE skills USING fts5(name, title, description, tags, triggers, sections, code,"
    " tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3', content = '')";
constexpr char kFind[] =
    "SELECT rowid, bm25(skills, 20.0, 12.0, 8.0, 6.0, 6.0, 1.0, 0.5) FROM skills WHERE skills MATCH ?";
// The index holds no text: the skills do. So it can only be told to forget a row by the text that it was made of.
constexpr char kInsert[] =
    "INSERT INTO skills(rowid, name, title, description, tags, triggers, sections, code) VALUES (?, ?, ?, ?, ?, ?, ?, "
    "?)";
constexpr char kRemove[] =
    "INSERT INTO skills(skills, rowid, name, title, description, tags, triggers, sections, code)"
    " VALUES ('delete', ?, ?, ?, ?, ?, ?, ?, ?)";

// The text below the headings without what stands in fences: that is code, and indexed as such.
void AppendSections(const std::vector<Section>& sections, std::string* text) {
  std::string fence;  // that is open; empty: none
  for (const Section& section : sections) {
    absl::StrAppend(text, section.title, "\n");
    fence.clear();
    for (const absl::string_view line : absl::StrSplit(section.body, '\n')) {
      const absl::string_view content = absl::StripLeadingAsciiWhitespace(line);
      const bool mark = absl::StartsWith(content, fence.empty() ? "```" : fence) ||
                        (fence.empty() && absl::StartsWith(content, "~~~"));
      if (fence.empty() && mark) {
        fence = std::string(content.substr(0, content.find_first_not_of(content[0])));
      } else if (!fence.empty()) {
        if (mark) fence.clear();
      } else {
        absl::StrAppend(text, line, "\n");
      }
    }
  }
}

// The columns that are put together, in one way for ever: what is removed must be what was inserted.
struct Texts {
  std::string name;
  std::string tags;
  std::string triggers;
  std::string sections;
  std::string code;
};

Texts TextsOf(const Skill& skill) {
  Texts texts;
  const Metadata& metadata = skill.metadata;
  texts.name = absl::StrCat(skill.id, " ", metadata.name);
  texts.tags = absl::StrCat(absl::StrJoin(metadata.tags, "\n"), "\n", skill.domain, "\n", metadata.category, "\n",
                            metadata.subcategory);
  texts.triggers = absl::StrJoin(metadata.triggers, "\n");
  AppendSections(skill.sections, &texts.sections);
  for (const Part& part : skill.parts) {
    absl::StrAppend(&texts.sections, part.title, "\n", part.description, "\n");
    AppendSections(part.sections, &texts.sections);
  }
  for (const Example& example : skill.examples) absl::StrAppend(&texts.code, ReplaceInvalidUtf8(example.source));
  return texts;
}

// Of all texts, the part that has the most of the words; prose before lists of words.
std::string BestSnippet(const Skill& skill, const std::vector<std::string>& folded) {
  Snippet best = FindSnippet(skill.description, folded);
  if (best.found == folded.size()) return best.text;
  const Texts texts = TextsOf(skill);
  for (const absl::string_view text :
       {absl::string_view(texts.triggers), absl::string_view(texts.sections), absl::string_view(skill.title),
        absl::string_view(texts.tags), absl::string_view(texts.code), absl::string_view(texts.name)}) {
    Snippet snippet = FindSnippet(text, folded);
    if (snippet.found > best.found) best = std::move(snippet);
    if (best.found == folded.size()) break;
  }
  return best.text;
}

bool SameFolded(absl::string_view a, absl::string_view b) {
  return Slug(a) == Slug(b);
}

bool Passes(const Skill& skill, const SearchQuery& query) {
  if (!query.domain.empty() && !SameFolded(skill.domain, query.domain) &&
      !SameFolded(skill.metadata.category, query.domain))
    return false;
  if (!query.level.empty() && !absl::EqualsIgnoreCase(skill.metadata.level, query.level)) return false;
  if (!query.status.empty() && !absl::EqualsIgnoreCase(skill.metadata.status, query.status)) return false;
  if (query.language.empty()) return true;
  return std::any_of(skill.examples.begin(), skill.examples.end(), [&](const Example& example) {
    return absl::EqualsIgnoreCase(example.language, query.language) ||
           absl::EqualsIgnoreCase(example.runtime, query.language);
  });
}

// Nothing here depends on what people ask: a failure is out of memory, or a mistake of ours.
void Require(bool works, sqlite3* database) {
  if (works) return;
  std::fprintf(stderr, "search index: %s\n", ::sqlite3_errmsg(database));
  std::abort();
}

}  // namespace

class SearchIndex::Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    Require(::sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) == SQLITE_OK,
            database);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { ::sqlite3_finalize(statement_); }

  // The text must live until Reset().
  void Bind(int at, absl::string_view text) {
    Require(::sqlite3_bind_text64(statement_, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK,
            database_);
  }
  void Bind(int at, int64_t number) { Require(::sqlite3_bind_int64(statement_, at, number) == SQLITE_OK, database_); }
  // True: there is a row.
  bool Step() {
    const int result = ::sqlite3_step(statement_);
    Require(result == SQLITE_ROW || result == SQLITE_DONE, database_);
    return result == SQLITE_ROW;
  }
  int64_t Integer(int column) const { return ::sqlite3_column_int64(statement_, column); }
  double Real(int column) const { return ::sqlite3_column_double(statement_, column); }
  void Reset() {
    ::sqlite3_reset(statement_);
    ::sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
};

SearchIndex::SearchIndex() : indexed_(std::make_shared<const Snapshot>()) {
  Require(::sqlite3_open_v2(":memory:", &database_,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                            nullptr) == SQLITE_OK,
          database_);
  Execute("PRAGMA journal_mode = OFF");
  Execute(kCreate);
  insert_ = std::make_unique<Statement>(database_, kInsert);
  remove_ = std::make_unique<Statement>(database_, kRemove);
  find_ = std::make_unique<Statement>(database_, kFind);
}

SearchIndex::~SearchIndex() {
  insert_.reset();
  remove_.reset();
  find_.reset();
  ::sqlite3_close(database_);
}

size_t SearchIndex::Update(std::shared_ptr<const Snapshot> snapshot) {
  size_t written = 0;
  const std::vector<Change> changes = Compare(*indexed_, *snapshot);
  if (!changes.empty()) Execute("BEGIN");
  for (const Change& change : changes) {
    const std::string& id = (change.after != nullptr ? change.after : change.before)->id;
    // Another diagnostic is no other text.
    const bool same_text = change.before != nullptr && change.after != nullptr &&
                           change.before->revision == change.after->revision &&
                           change.before->path == change.after->path;
    if (same_text) continue;
    if (change.before != nullptr) {
      Write(remove_.get(), rows_[id], *change.before);
      skills_.erase(rows_[id]);
      rows_.erase(id);
    }
    if (change.after != nullptr) {
      rows_[id] = ++last_row_;
      Write(insert_.get(), last_row_, *change.after);
    }
    ++written;
  }
  if (!changes.empty()) Execute("COMMIT");
  // The objects of this snapshot, also where they are equal to those of the last.
  for (const auto& skill : snapshot->skills()) skills_[rows_[skill->id]] = skill;
  indexed_ = std::move(snapshot);
  return written;
}

void SearchIndex::Write(Statement* statement, int64_t row, const Skill& skill) {
  const Texts texts = TextsOf(skill);
  const absl::string_view columns[] = {texts.name,     skill.title,    skill.description, texts.tags,
                                       texts.triggers, texts.sections, texts.code};
  statement->Bind(1, row);
  for (int i = 0; i < 7; ++i) statement->Bind(i + 2, columns[i]);
  statement->Step();
  statement->Reset();
}

SearchAnswer SearchIndex::Search(const SearchQuery& query) {
  const std::vector<std::string> words = QueryWords(query.text);
  std::vector<std::string> folded;
  folded.reserve(words.size());
  for (const std::string& word : words) folded.push_back(FoldWord(word));
  std::vector<Hit> hits;
  if (words.empty()) {
    for (const auto& skill : indexed_->skills()) {
      if (Passes(*skill, query)) hits.push_back({skill, 0});
    }
  } else {
    const auto quoted = [](std::string* out, const std::string& word) { absl::StrAppend(out, "\"", word, "\""); };
    hits = Find(absl::StrCat(absl::StrJoin(words, " AND ", quoted), " *"), query);
    if (hits.empty() && words.size() > 1) hits = Find(absl::StrCat(absl::StrJoin(words, " OR ", quoted), " *"), query);
  }
  SearchAnswer answer;
  answer.total = hits.size();
  for (size_t i = query.offset; i < hits.size() && answer.matches.size() < query.most; ++i) {
    answer.matches.push_back({hits[i].skill, hits[i].score, words.empty() ? "" : BestSnippet(*hits[i].skill, folded)});
  }
  return answer;
}

std::vector<SearchIndex::Hit> SearchIndex::Find(const std::string& match, const SearchQuery& query) {
  std::vector<Hit> hits;
  find_->Bind(1, match);
  while (find_->Step()) {
    const auto& skill = skills_.at(find_->Integer(0));
    if (Passes(*skill, query)) hits.push_back({skill, -find_->Real(1)});
  }
  find_->Reset();
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.skill->id < b.skill->id;
  });
  return hits;
}

void SearchIndex::Execute(const char* sql) {
  Require(::sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, database_);
}

}  // namespace skillrunner::catalog

#include "catalog/search_index.h"

#include <sqlite3.h>
#include <utf8proc.h>

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
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

// Columns and their weights: a word in the name says more about a skill than one in its code.
constexpr char kCreate[] =
    "CREATE VIRTUAL TABLE skills USING fts5(name, title, description, tags, triggers, sections, code,"
    " tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')";
constexpr char kFind[] =
    "SELECT rowid, bm25(skills, 20.0, 12.0, 8.0, 6.0, 6.0, 1.0, 0.5) FROM skills WHERE skills MATCH ?";
constexpr char kSnippet[] =
    "SELECT snippet(skills, -1, '[', ']', '\xE2\x80\xA6', 16) FROM skills WHERE skills MATCH ? AND rowid = ?";

// Whether the tokenizer takes the character for a part of a word: letters, numbers, private use.
bool IsWordCharacter(utf8proc_int32_t character) {
  switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_CO:
      return true;
    default:
      return false;
  }
}

// A combining accent continues the word before it.
bool IsMark(utf8proc_int32_t character) {
  return utf8proc_category(character) == UTF8PROC_CATEGORY_MN;
}

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
  std::string Text(int column) const {
    const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
    return text == nullptr ? "" : std::string(text, static_cast<size_t>(::sqlite3_column_bytes(statement_, column)));
  }
  void Reset() {
    ::sqlite3_reset(statement_);
    ::sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
};

std::vector<std::string> QueryWords(absl::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  std::vector<std::string> words;
  std::string word;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(valid.data());
  auto left = static_cast<utf8proc_ssize_t>(valid.size());
  while (left > 0) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t size = utf8proc_iterate(at, left, &character);
    if (size <= 0) break;
    if (IsWordCharacter(character) || (IsMark(character) && !word.empty())) {
      word.append(reinterpret_cast<const char*>(at), static_cast<size_t>(size));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
    at += size;
    left -= size;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

SearchIndex::SearchIndex() : indexed_(std::make_shared<const Snapshot>()) {
  Require(::sqlite3_open_v2(":memory:", &database_,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                            nullptr) == SQLITE_OK,
          database_);
  Execute("PRAGMA journal_mode = OFF");
  Execute(kCreate);
  insert_ = std::make_unique<Statement>(database_,
                                        "INSERT INTO skills(rowid, name, title, description, tags, triggers,"
                                        " sections, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  remove_ = std::make_unique<Statement>(database_, "DELETE FROM skills WHERE rowid = ?");
  find_ = std::make_unique<Statement>(database_, kFind);
  snippet_ = std::make_unique<Statement>(database_, kSnippet);
}

SearchIndex::~SearchIndex() {
  insert_.reset();
  remove_.reset();
  find_.reset();
  snippet_.reset();
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
      remove_->Bind(1, rows_[id]);
      remove_->Step();
      remove_->Reset();
      skills_.erase(rows_[id]);
      rows_.erase(id);
    }
    if (change.after != nullptr) {
      rows_[id] = ++last_row_;
      Insert(last_row_, *change.after);
    }
    ++written;
  }
  if (!changes.empty()) Execute("COMMIT");
  // The objects of this snapshot, also where they are equal to those of the last.
  for (const auto& skill : snapshot->skills()) skills_[rows_[skill->id]] = skill;
  indexed_ = std::move(snapshot);
  return written;
}

void SearchIndex::Insert(int64_t row, const Skill& skill) {
  std::string sections;
  AppendSections(skill.sections, &sections);
  std::string code;
  for (const Example& example : skill.examples) absl::StrAppend(&code, ReplaceInvalidUtf8(example.source));
  for (const Part& part : skill.parts) {
    absl::StrAppend(&sections, part.title, "\n", part.description, "\n");
    AppendSections(part.sections, &sections);
  }
  const std::string name = absl::StrCat(skill.id, " ", skill.metadata.name);
  const std::string tags = absl::StrCat(absl::StrJoin(skill.metadata.tags, "\n"), "\n", skill.domain, "\n",
                                        skill.metadata.category, "\n", skill.metadata.subcategory);
  const std::string triggers = absl::StrJoin(skill.metadata.triggers, "\n");
  insert_->Bind(1, row);
  insert_->Bind(2, name);
  insert_->Bind(3, skill.title);
  insert_->Bind(4, skill.description);
  insert_->Bind(5, tags);
  insert_->Bind(6, triggers);
  insert_->Bind(7, sections);
  insert_->Bind(8, code);
  insert_->Step();
  insert_->Reset();
}

SearchAnswer SearchIndex::Search(const SearchQuery& query) {
  const std::vector<std::string> words = QueryWords(query.text);
  std::vector<Hit> hits;
  std::string match;
  if (words.empty()) {
    for (const auto& skill : indexed_->skills()) {
      if (Passes(*skill, query)) hits.push_back({skill, 0, 0});
    }
  } else {
    const auto quoted = [](std::string* out, const std::string& word) { absl::StrAppend(out, "\"", word, "\""); };
    match = absl::StrCat(absl::StrJoin(words, " AND ", quoted), " *");
    hits = Find(match, query);
    if (hits.empty() && words.size() > 1) {
      match = absl::StrCat(absl::StrJoin(words, " OR ", quoted), " *");
      hits = Find(match, query);
    }
  }
  SearchAnswer answer;
  answer.total = hits.size();
  for (size_t i = query.offset; i < hits.size() && answer.matches.size() < query.most; ++i) {
    answer.matches.push_back(
        {hits[i].skill, hits[i].score, words.empty() ? std::string() : Snippet(match, hits[i].row)});
  }
  return answer;
}

std::vector<SearchIndex::Hit> SearchIndex::Find(const std::string& match, const SearchQuery& query) {
  std::vector<Hit> hits;
  find_->Bind(1, match);
  while (find_->Step()) {
    const int64_t row = find_->Integer(0);
    const auto& skill = skills_.at(row);
    if (Passes(*skill, query)) hits.push_back({skill, row, -find_->Real(1)});
  }
  find_->Reset();
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return a.score != b.score ? a.score > b.score : a.skill->id < b.skill->id;
  });
  return hits;
}

std::string SearchIndex::Snippet(const std::string& match, int64_t row) {
  snippet_->Bind(1, match);
  snippet_->Bind(2, row);
  std::string text = snippet_->Step() ? snippet_->Text(0) : "";
  snippet_->Reset();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void SearchIndex::Execute(const char* sql) {
  Require(::sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, database_);
}

}  // namespace skillrunner::catalog

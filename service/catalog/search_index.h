// Full-text search over the skills of a snapshot: SQLite's FTS5, in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "catalog/catalog.h"

struct sqlite3;
struct sqlite3_stmt;

namespace skillrunner::catalog {

inline constexpr size_t kMaxQueryBytes = 1024;
inline constexpr size_t kMaxQueryWords = 32;

struct SearchQuery {
  std::string text;  // words; empty: all skills that pass the filters
  // Filters; empty: all pass. Case and accents do not matter.
  std::string domain;    // or category
  std::string language;  // of an example, or its runtime
  std::string level;
  std::string status;
  size_t offset = 0;  // of the first match wanted
  size_t most = 20;
};

struct SearchAnswer {
  struct Match {
    std::shared_ptr<const Skill> skill;
    double score = 0;     // larger is better; 0 for a query without words
    std::string snippet;  // search_words.h
  };
  std::vector<Match> matches;  // best first; equal ones, and those of a query without words, by id
  size_t total = 0;            // with those before `offset` and behind `most`
};

// One thread at a time.
class SearchIndex {
 public:
  SearchIndex();
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;
  ~SearchIndex();

  // Brings the index to that snapshot: skills that are the same as before cost nothing. Returns how many were written.
  size_t Update(std::shared_ptr<const Snapshot> snapshot);

  // In the last snapshot. A match has all words of the query, the last of which may be the beginning of one; where no
  // skill has, those that have some of them are found. The query has at most kMaxQueryWords words.
  SearchAnswer Search(const SearchQuery& query);

 private:
  struct Hit {
    std::shared_ptr<const Skill> skill;
    double score = 0;
  };
  class Statement;

  void Execute(const char* sql);
  static void Write(Statement* statement, int64_t row, const Skill& skill);
  std::vector<Hit> Find(const std::string& match, const SearchQuery& query);

  sqlite3* database_ = nullptr;
  std::unique_ptr<Statement> insert_;
  std::unique_ptr<Statement> remove_;
  std::unique_ptr<Statement> find_;
  std::shared_ptr<const Snapshot> indexed_;
  absl::flat_hash_map<std::string, int64_t> rows_;                     // by id
  absl::flat_hash_map<int64_t, std::shared_ptr<const Skill>> skills_;  // by row
  int64_t last_row_ = 0;
};

}  // namespace skillrunner::catalog

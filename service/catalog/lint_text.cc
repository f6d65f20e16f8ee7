#include "catalog/lint_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxLine = 4096;  // of a line that is searched

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

// Length of the run of [A-Za-z0-9_-] at `at`.
size_t WordLength(absl::string_view text, size_t at) {
  size_t length = 0;
  while (at + length < text.size() && IsWordByte(text[at + length])) ++length;
  return length;
}

// Values that stand for a secret without being one.
bool IsMadeUp(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(value);
  for (const char* part :
       {"your", "example", "xxx",    "placeholder", "changeme", "change-me", "dummy", "test", "fake",     "<", "...",
        "***",  "env",     "secret", "password",    "senha",    "token",     "key",   "sua",  "redacted", "{"}) {
    if (absl::StrContains(lower, part)) return true;
  }
  return std::all_of(value.begin(), value.end(), [&](char c) { return c == value.front(); });
}

// A token of a known service: prefix and at least `least` word characters behind it.
struct TokenShape {
  const char* prefix;
  size_t least;
};
constexpr TokenShape kTokenShapes[] = {{"AKIA", 16},     {"ghp_", 36},    {"gho_", 36},  {"github_pat_", 22},
                                       {"sk_live_", 16}, {"sk-ant-", 20}, {"xoxb-", 20}, {"xoxp-", 20},
                                       {"AIza", 35},     {"glpat-", 20},  {"npm_", 36},  {"sk-proj-", 20}};

// Where a line holds a secret; npos: nowhere.
size_t FindSecret(absl::string_view line) {
  if (const size_t at = line.find("-----BEGIN ");
      at != absl::string_view::npos && absl::StrContains(line.substr(at), "PRIVATE KEY-----"))
    return at;
  for (const TokenShape& shape : kTokenShapes) {
    const absl::string_view prefix = shape.prefix;
    for (size_t at = line.find(prefix); at != absl::string_view::npos; at = line.find(prefix, at + 1)) {
      if (at > 0 && IsWordByte(line[at - 1])) continue;
      const size_t length = WordLength(line, at + prefix.size());
      if (length >= shape.least && !IsMadeUp(line.substr(at + prefix.size(), length))) return at;
    }
  }
  // password = "..." and the like, with a literal of some length.
  const std::string lower = absl::AsciiStrToLower(line);
  for (const char* word :
       {"password", "passwd", "senha", "api_key", "apikey", "secret", "access_token", "auth_token"}) {
    const size_t at = lower.find(word);
    if (at == std::string::npos) continue;
    size_t value = at + absl::string_view(word).size();
    while (value < line.size() && (IsWordByte(line[value]) || line[value] == '"' || line[value] == '\'')) ++value;
    while (value < line.size() && line[value] == ' ') ++value;
    if (value >= line.size() || (line[value] != '=' && line[value] != ':')) continue;
    ++value;
    while (value < line.size() && line[value] == ' ') ++value;
    if (value >= line.size() || (line[value] != '"' && line[value] != '\'')) continue;
    const size_t close = line.find(line[value], value + 1);
    if (close == absl::string_view::npos || close - value - 1 < 8) continue;
    const absl::string_view literal = line.substr(value + 1, close - value - 1);
    if (!absl::StrContains(literal, ' ') && !IsMadeUp(literal)) return at;
  }
  return absl::string_view::npos;
}

size_t FindSql(absl::string_view line) {
  const std::string upper = absl::AsciiStrToUpper(line);
  for (const char* verb : {"SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "}) {
    const size_t at = upper.find(verb);
    if (at == std::string::npos || at == 0) continue;
    const char quote = line[at - 1];
    if (quote != '"' && quote != '\'' && quote != '`') continue;
    const absl::string_view rest = line.substr(at);
    const bool formatted = at >= 2 && (line[at - 2] == 'f' || line[at - 2] == 'F') && absl::StrContains(rest, "{");
    const bool added =
        absl::StrContains(rest, std::string(1, quote) + " +") || absl::StrContains(rest, std::string(1, quote) + "+");
    const bool script = quote == '`' && absl::StrContains(rest, "${");
    const bool percent = absl::StrContains(rest, std::string(1, quote) + " % ");
    if (formatted || added || script || percent) return at;
  }
  return absl::string_view::npos;
}

void FindInText(absl::string_view code, const char* what, size_t (*find)(absl::string_view), Findings* findings) {
  const Skill& skill = findings->skill();
  const auto search = [&](const std::string& path, absl::string_view lines, int number) {
    for (const absl::string_view text : absl::StrSplit(lines, '\n')) {
      const size_t at = find(text.substr(0, kMaxLine));
      if (at != absl::string_view::npos)
        findings->Add(MakeFinding(code, what, skill, {path, number, static_cast<int>(at) + 1}));
      ++number;
    }
  };
  constexpr int kFrontMatterLine = 2;
  search(skill.path, skill.front_matter_text, kFrontMatterLine);
  search(skill.path, skill.body, skill.body_line);
  for (const Part& part : skill.parts) {
    search(part.path, part.front_matter_text, kFrontMatterLine);
    search(part.path, part.body, part.body_line);
  }
}

}  // namespace

void Findings::At(absl::string_view code, std::string message, int line, int column) {
  findings_.push_back(MakeFinding(code, std::move(message), skill_, {skill_.path, line, column}));
}

std::string FrontMatterValue(const Skill& skill, absl::string_view key) {
  for (const auto& [name, value] : skill.front_matter) {
    if (name == key) return std::string(absl::StripAsciiWhitespace(value));
  }
  return "";
}

bool HasKey(const Skill& skill, absl::string_view key) {
  return std::any_of(skill.front_matter.begin(), skill.front_matter.end(),
                     [key](const auto& entry) { return entry.first == key; });
}

int KeyLine(const Skill& skill, absl::string_view key) {
  int line = 2;
  for (absl::string_view text : absl::StrSplit(skill.front_matter_text, '\n')) {
    if (absl::ConsumePrefix(&text, key) && absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), ":")) return line;
    ++line;
  }
  return 1;
}

absl::flat_hash_map<std::string, int> KeyLines(const Skill& skill) {
  absl::flat_hash_map<std::string, int> lines;
  int line = 2;
  for (const absl::string_view text : absl::StrSplit(skill.front_matter_text, '\n')) {
    const size_t colon = text.find(':');
    if (colon != absl::string_view::npos)
      lines.emplace(std::string(absl::StripTrailingAsciiWhitespace(text.substr(0, colon))), line);
    ++line;
  }
  return lines;
}

namespace {

// `text` without the marks of quotes and list items at its start: a fence may begin behind them.
absl::string_view StripContainers(absl::string_view text, bool items) {
  for (;;) {
    text = absl::StripLeadingAsciiWhitespace(text);
    const size_t mark = std::min(text.find_first_not_of("0123456789"), text.size());
    const bool number = mark > 0 && mark < text.size() && (text[mark] == '.' || text[mark] == ')');
    const bool bullet = mark == 0 && !text.empty() && (text[0] == '-' || text[0] == '*' || text[0] == '+');
    if (absl::ConsumePrefix(&text, ">")) continue;
    if (!items || (!number && !bullet) || mark + 1 >= text.size() || text[mark + 1] != ' ') return text;
    text.remove_prefix(mark + 1);
  }
}

// Where the span that a run of backticks opens ends, by where the run begins: behind the next run of its length. Found
// from the right, so that a line of nothing but backticks takes no longer than any other.
absl::flat_hash_map<size_t, size_t> FindSpans(absl::string_view text) {
  std::vector<std::pair<size_t, size_t>> runs;  // begin, end
  for (size_t at = text.find('`'); at < text.size(); at = text.find('`', runs.back().second))
    runs.emplace_back(at, std::min(text.find_first_not_of('`', at), text.size()));
  absl::flat_hash_map<size_t, size_t> spans;
  absl::flat_hash_map<size_t, size_t> next;  // end of the next run, by length
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    const auto closing = next.find(run->second - run->first);
    if (closing != next.end()) spans[run->first] = closing->second;
    next[run->second - run->first] = run->second;
  }
  return spans;
}

// Blanks code spans and HTML comments of a line. `comment`: one is open at its beginning; at its end.
void BlankCode(bool* comment, std::string* prose) {
  const absl::flat_hash_map<size_t, size_t> spans = FindSpans(*prose);
  for (size_t at = 0; at < prose->size();) {
    size_t stop = at;
    if (*comment || prose->compare(at, 4, "<!--") == 0) {
      const size_t end = prose->find("-->", at);
      *comment = end == std::string::npos;
      stop = *comment ? prose->size() : end + 3;
    } else if ((*prose)[at] == '`') {
      const auto span = spans.find(at);
      if (span == spans.end()) {
        at = std::min(prose->find_first_not_of('`', at), prose->size());
        continue;
      }
      stop = span->second;
    }
    if (stop == at) {
      ++at;
      continue;
    }
    std::fill(prose->begin() + static_cast<std::ptrdiff_t>(at), prose->begin() + static_cast<std::ptrdiff_t>(stop),
              ' ');
    at = stop;
  }
}

}  // namespace

void ForEachProseLine(const Skill& skill, const std::function<void(absl::string_view text, int line)>& visit) {
  char fence = '\0';
  size_t fence_length = 0;
  bool comment = false;
  int number = skill.body_line - 1;
  for (absl::string_view raw : absl::StrSplit(skill.body, '\n')) {
    ++number;
    const absl::string_view text = StripContainers(raw, /*items=*/fence == '\0');
    const char mark = text.empty() ? '\0' : text[0];
    const size_t run = mark == '`' || mark == '~' ? std::min(text.find_first_not_of(mark), text.size()) : 0;
    if (fence != '\0') {
      if (mark == fence && run >= fence_length && absl::StripAsciiWhitespace(text.substr(run)).empty()) fence = '\0';
      continue;
    }
    if (run >= 3 && (mark == '~' || text.find('`', run) == absl::string_view::npos)) {
      fence = mark;
      fence_length = run;
      continue;
    }
    std::string prose(raw);
    BlankCode(&comment, &prose);
    visit(prose, number);
  }
}

int EstimatedTokens(absl::string_view text) {
  const auto characters =
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return static_cast<int>((characters * 2 + 6) / 7);
}

int EstimatedTokens(const Skill& skill) {
  std::string text = skill.body;
  if (!skill.front_matter_text.empty()) absl::StrAppend(&text, "---\n", skill.front_matter_text, "---\n");
  return EstimatedTokens(text);
}

bool IsSemver(absl::string_view version) {
  version = version.substr(0, version.find_first_of("-+"));
  int parts = 0;
  for (const absl::string_view part : absl::StrSplit(version, '.')) {
    if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != absl::string_view::npos)
      return false;
    if (part.size() > 1 && part[0] == '0') return false;
    ++parts;
  }
  return parts == 3;
}

const Section* FindSection(const Skill& skill, absl::string_view title) {
  const std::string wanted = Slug(title);
  for (const Section& section : skill.sections) {
    if (section.level != 2) continue;
    const std::string slug = Slug(StripNumbering(section.title));
    if (absl::StartsWith(slug, wanted) && (slug.size() == wanted.size() || slug[wanted.size()] == '-')) return &section;
  }
  return nullptr;
}

std::string SectionText(const Skill& skill, const Section& section) {
  std::string text;
  bool inside = false;
  for (const Section& candidate : skill.sections) {
    if (inside && candidate.level <= section.level) break;
    inside = inside || &candidate == &section;
    if (inside) absl::StrAppend(&text, candidate.title, "\n", candidate.body);
  }
  return text;
}

void FindSecrets(absl::string_view code, Findings* findings) {
  FindInText(code, "this looks like a secret: take it from the environment", FindSecret, findings);
}

void FindSqlConcatenation(absl::string_view code, Findings* findings) {
  FindInText(code, "SQL is put together from strings: use parameters", FindSql, findings);
}

}  // namespace skillrunner::catalog

#include "catalog/front_matter.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxDepth = 16;
constexpr size_t kMaxEntries = 1000;
constexpr size_t kMaxKeyBytes = 256;

// Flattens the parser's events into entries. Events, not nodes: a tree of nodes would follow aliases and has no bound.
class Flattener : public YAML::EventHandler {
 public:
  explicit Flattener(FrontMatter* out) : out_(out) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Value("", mark.line + 1); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    out_->notes.push_back(
        {"front-matter-alias", "YAML aliases are not followed; the value was left empty", mark.line + 1});
    Value("", mark.line + 1);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    if (InSources() && (absl::StartsWith(value, "http://") || absl::StartsWith(value, "https://"))) {
      out_->sources.push_back({"", value, mark.line + 1});
    }
    Value(value, mark.line + 1);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    Open(false, mark);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (open_.empty()) out_->result = FrontMatter::Result::kMap;
    Open(true, mark);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Collection {
    bool is_map = false;
    bool has_key = false;
    std::string key;
    int line = 0;
    int key_line = 0;
    std::vector<std::string> parts;
  };

  void Open(bool is_map, const YAML::Mark& mark) {
    if (open_.size() == kMaxDepth)
      throw YAML::ParserException(mark, absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
    Collection collection;
    collection.is_map = is_map;
    collection.line = mark.line + 1;
    open_.push_back(std::move(collection));
  }

  void Close() {
    const Collection closed = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) return;
    const size_t entries = out_->entries.size();
    Value(absl::StrJoin(closed.parts, ", "), closed.line);
    if (open_.size() != 1 || out_->entries.size() == entries) return;
    FrontMatterEntry& entry = out_->entries.back();
    entry.is_map = closed.is_map;
    entry.is_list = !closed.is_map;
    if (entry.is_list) entry.items = closed.parts;
  }

  void Value(const std::string& text, int line) {
    if (open_.empty()) return;
    Collection& top = open_.back();
    if (!top.is_map) {
      top.parts.push_back(text);
    } else if (!top.has_key) {
      top.key = std::string(CutUtf8(text, kMaxKeyBytes));
      top.has_key = true;
      top.key_line = line;
    } else {
      top.has_key = false;
      if (open_.size() == 1) {
        AddEntry(top.key, text, line, top.key_line);
      } else {
        top.parts.push_back(absl::StrCat(top.key, ": ", text));
      }
    }
  }

  void AddEntry(const std::string& key, const std::string& value, int line, int key_line) {
    const bool known = std::any_of(out_->entries.begin(), out_->entries.end(),
                                   [&](const FrontMatterEntry& entry) { return entry.key == key; });
    if (known) {
      out_->notes.push_back(
          {"front-matter-duplicate-key", absl::StrCat("key `", key, "` is repeated; the first one counts"), line});
    } else if (out_->entries.size() < kMaxEntries) {
      FrontMatterEntry entry;
      entry.key = key;
      entry.value = std::string(absl::StripTrailingAsciiWhitespace(value));
      entry.line = line;
      entry.key_line = key_line;
      out_->entries.push_back(std::move(entry));
    }
  }

  bool InSources() const {
    if (open_.empty() || !open_.front().is_map || !open_.front().has_key) return false;
    const std::string& key = open_.front().key;
    return key == "sources" || key == "references" || key == "fontes";
  }

  FrontMatter* out_;
  std::vector<Collection> open_;
};

FrontMatter ParseOnce(const std::string& yaml) {
  FrontMatter parsed;
  parsed.result = FrontMatter::Result::kNotAMap;
  std::string error;
  int line = 0;
  int column = 0;
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    Flattener flattener(&parsed);
    parser.HandleNextDocument(flattener);
    return parsed;
  } catch (const YAML::Exception& e) {
    error = e.msg;
    line = std::max(0, e.mark.line) + 1;
    column = std::max(0, e.mark.column) + 1;
  } catch (const std::exception& e) {
    error = e.what();
    line = 1;
  }
  FrontMatter rejected;
  // The parser goes by bytes: it may quote a part of a character.
  rejected.notes.push_back({"front-matter-invalid",
                            absl::StrCat("front matter is not valid YAML: ", ReplaceInvalidUtf8(error)), line, column});
  return rejected;
}

// Single-quotes the plain values of unindented `key: value` lines.
std::string QuoteValues(absl::string_view yaml) {
  std::vector<std::string> lines = absl::StrSplit(yaml, '\n');
  for (std::string& line : lines) {
    const size_t colon = line.find(": ");
    if (colon == std::string::npos || colon == 0 || line[0] == ' ' || line[0] == '\t' || line[0] == '-' ||
        line[0] == '#')
      continue;
    const absl::string_view value = absl::StripAsciiWhitespace(absl::string_view(line).substr(colon + 2));
    if (value.empty() || absl::string_view("\"'|>[{").find(value.front()) != absl::string_view::npos) continue;
    line = absl::StrCat(line.substr(0, colon), ": '", absl::StrReplaceAll(value, {{"'", "''"}}), "'");
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace

std::string FrontMatter::Get(absl::string_view key) const {
  for (const FrontMatterEntry& entry : entries) {
    if (entry.key == key) return std::string(absl::StripAsciiWhitespace(entry.value));
  }
  return "";
}

FrontMatter ParseFrontMatter(absl::string_view yaml) {
  if (yaml.size() > kMaxFrontMatterBytes) {
    FrontMatter rejected;
    rejected.notes.push_back(
        {"front-matter-too-large", absl::StrCat("front matter is larger than ", kMaxFrontMatterBytes, " bytes"), 1});
    return rejected;
  }
  // yaml-cpp guesses UTF-16 and UTF-32 from NUL bytes; here it is UTF-8, always.
  const std::string text =
      absl::StrReplaceAll(ReplaceInvalidUtf8(yaml), {{absl::string_view("\0", 1), "\xEF\xBF\xBD"}, {"\r\n", "\n"}});
  FrontMatter first = ParseOnce(text);
  if (first.result != FrontMatter::Result::kRejected) return first;
  FrontMatter second = ParseOnce(QuoteValues(text));
  if (second.result != FrontMatter::Result::kMap) return first;
  second.notes.insert(second.notes.begin(), {"front-matter-quoted",
                                             absl::StrCat(first.notes.front().message, "; read with its values quoted"),
                                             first.notes.front().line});
  return second;
}

}  // namespace skillrunner::catalog

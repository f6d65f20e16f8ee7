#include "catalog/example_purpose.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "catalog/expectations.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

enum class Mark { kNone, kGood, kBad };

bool HasWord(absl::string_view slug, absl::string_view word) {
  for (const absl::string_view part : absl::StrSplit(slug, '-')) {
    if (part == word) return true;
  }
  return false;
}

bool IsOneOf(absl::string_view word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [word](const char* known) { return word == known; });
}

// What a word such as "bad" is said of where the code is meant.
bool IsCode(absl::string_view word) {
  return IsOneOf(word, {"way",      "ways",     "example", "examples", "code",    "practice", "practices", "pattern",
                        "patterns", "approach", "usage",   "version",  "exemplo", "exemplos", "codigo",    "jeito",
                        "forma",    "uso",      "pratica", "praticas", "versao",  "abordagem"});
}

bool IsBad(absl::string_view word) {
  return IsOneOf(word, {"bad", "wrong", "errado", "errada", "incorreto", "incorreta", "incorrect", "nunca"});
}

// Where a heading, label or comment calls the code below it bad; not where it is about bad things: "Handling a bad
// request", "reject a wrong password".
bool CallsCodeBad(absl::string_view text, bool comment) {
  std::string parts =
      absl::StrReplaceAll(text, {{"\xE2\x80\x94", "|"}, {"\xE2\x80\x93", "|"}, {"\xE2\x86\x92", "|"}, {" - ", "|"}});
  for (const absl::string_view part : absl::StrSplit(parts, absl::ByAnyChar("|:;,.()[]/!?"))) {
    const std::string slug = Slug(part);
    const std::vector<absl::string_view> words = absl::StrSplit(slug, '-');
    for (size_t i = 0; i < words.size(); ++i) {
      if (!IsBad(words[i])) continue;
      if (words.size() == 1 || (i > 0 && IsCode(words[i - 1])) || (i + 1 < words.size() && IsCode(words[i + 1])))
        return true;
      const bool of_http = i + 1 < words.size() && IsOneOf(words[i + 1], {"request", "requests", "gateway"});
      if (!comment && !of_http && (i == 0 || i + 1 == words.size())) return true;
    }
  }
  return false;
}

// What a heading, label or comment says about the code below it.
Mark MarkOf(absl::string_view text, bool comment = false) {
  if (text.empty() || text.size() > 200) return Mark::kNone;
  const bool cross = absl::StrContains(text, "\xE2\x9D\x8C") || absl::StrContains(text, "\xE2\x9B\x94");
  const bool check = absl::StrContains(text, "\xE2\x9C\x85") || absl::StrContains(text, "\xE2\x9C\x94");
  if (cross != check) return cross ? Mark::kBad : Mark::kGood;
  const std::string slug = Slug(text);
  const bool bad =
      absl::StartsWith(slug, "anti-pattern") || absl::StartsWith(slug, "antipattern") || CallsCodeBad(text, comment);
  bool good = false;
  for (const char* word : {"good", "correct", "correto", "certo", "right", "better", "fix"})
    good = good || HasWord(slug, word);
  if (bad == good) return Mark::kNone;
  // Only short texts are labels: "Good names make tests easier to read" is prose.
  if (std::count(slug.begin(), slug.end(), '-') > 5) return Mark::kNone;
  return bad ? Mark::kBad : Mark::kGood;
}

bool IsConfigurationLanguage(absl::string_view language) {
  return IsOneOf(language,
                 {"toml",     "yaml",      "yml",   "ini",          "cfg",       "conf",        "dockerfile", "docker",
                  "makefile", "make",      "cmake", "groovy",       "gradle",    "properties",  "env",        "dotenv",
                  "hcl",      "terraform", "nginx", "editorconfig", "gitignore", "requirements"});
}

bool IsProse(absl::string_view language) {
  return language.empty() || IsOneOf(language, {"text", "txt", "plaintext", "plain", "markdown", "md", "dot",
                                                "graphviz", "mermaid", "plantuml", "ascii", "diff", "tree"});
}

// The first line, where it is a comment: "# BAD: ...".
absl::string_view FirstComment(absl::string_view source) {
  const absl::string_view line = absl::StripAsciiWhitespace(source.substr(0, source.find('\n')));
  return absl::StartsWith(line, "#") || absl::StartsWith(line, "//") ? line.substr(0, line.find(':')) : "";
}

// A shell block of comments and installations only.
bool OnlyInstalls(absl::string_view source) {
  bool any = false;
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    absl::ConsumePrefix(&line, "$ ");
    absl::ConsumePrefix(&line, "sudo ");
    if (line.empty() || line[0] == '#') continue;
    bool installs = false;
    for (const char* start : {"pip install",     "pip3 install",   "python -m pip install",
                              "uv pip install",  "uv add",         "npm install",
                              "npm i ",          "npm ci",         "yarn add",
                              "pnpm add",        "pnpm install",   "apt install",
                              "apt-get install", "apt-get update", "apt update",
                              "brew install",    "cargo install",  "cargo add",
                              "go install",      "go get",         "poetry add",
                              "pipx install",    "conda install",  "gem install"}) {
      installs = installs || absl::StartsWith(line, start);
    }
    if (!installs) return false;
    any = true;
  }
  return any;
}

}  // namespace

Purpose DecidePurpose(const BlockContext& context, absl::string_view source) {
  Mark mark = MarkOf(context.label);
  bool among_anti_patterns = false;
  bool among_examples = false;
  bool among_theory = false;
  for (const Section* heading : context.headings) {
    among_anti_patterns = among_anti_patterns || heading->kind == "anti_patterns";
    const bool examples = IsOneOf(heading->kind, {"examples", "instructions", "best_practices"}) ||
                          IsOneOf(Slug(heading->title).substr(0, 7), {"exemplo", "example"});
    among_examples = among_examples || examples;
    among_theory = among_theory || IsOneOf(heading->kind, {"concepts", "description", "when_to_use", "use_cases",
                                                           "domain", "related", "references", "notes"});
  }
  if (mark == Mark::kNone) mark = MarkOf(FirstComment(source), /*comment=*/true);
  if (mark == Mark::kNone && !context.headings.empty()) mark = MarkOf(context.headings.back()->title);
  if (mark == Mark::kBad || (among_anti_patterns && mark != Mark::kGood)) return Purpose::kAntiPattern;
  if (IsOutputLabel(context.label) || IsOneOf(context.language, {"output", "stdout", "console-output"}))
    return Purpose::kOutput;
  if (IsConfigurationLanguage(context.language)) return Purpose::kConfiguration;
  if (context.runtime == "bash" && OnlyInstalls(source)) return Purpose::kConfiguration;
  if (IsOneOf(context.language, {"json", "jsonc", "json5", "csv", "tsv", "ndjson", "jsonl"})) return Purpose::kInput;
  if (IsProse(context.language)) return among_examples ? Purpose::kExample : Purpose::kTheory;
  if (among_examples) return Purpose::kExample;
  if (among_theory || IsOneOf(context.family, {"baseline", "adr-001", "jit"})) return Purpose::kTheory;
  return Purpose::kExample;
}

}  // namespace skillrunner::catalog

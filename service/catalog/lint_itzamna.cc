// The validators of the Itzamna PromptOS repository, as rules. Where its scripts take code for text, these do not:
// `{url}` in an f-string is no placeholder.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "catalog/lint_profiles.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr int kMaxTokens = 1600;
constexpr int kMaxConceptTokens = 1000;

// `{some_name}`: a template's field that nobody filled in. npos: none.
size_t FindField(absl::string_view text) {
  for (size_t open = text.find('{'); open != absl::string_view::npos; open = text.find('{', open + 1)) {
    size_t end = open + 1;
    while (end < text.size() &&
           (absl::ascii_isalpha(static_cast<unsigned char>(text[end])) || text[end] == '_' || text[end] == '-'))
      ++end;
    if (end > open + 1 && end < text.size() && text[end] == '}') return open;
  }
  return absl::string_view::npos;
}

size_t FindAny(absl::string_view text, std::initializer_list<const char*> words) {
  for (const char* word : words) {
    const size_t at = text.find(word);
    if (at != absl::string_view::npos) return at;
  }
  return absl::string_view::npos;
}

void Placeholders(absl::string_view code, bool fields, Findings* findings) {
  ForEachProseLine(findings->skill(), [&](absl::string_view text, int line) {
    size_t at = FindAny(text, {"[AQUI:", "[PENDENTE", "[TODO", "Lorem ipsum", "[PLACEHOLDER"});
    if (at == absl::string_view::npos && fields) at = FindField(text);
    if (at != absl::string_view::npos)
      findings->At(code, "a placeholder was left in the text", line, static_cast<int>(at) + 1);
  });
}

int CountItems(absl::string_view text) {
  int items = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripLeadingAsciiWhitespace(line);
    const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    const bool numbered = digits > 0 && digits < line.size() && line[digits] == '.';
    if (numbered || absl::StartsWith(line, "- ") || absl::StartsWith(line, "* ")) ++items;
  }
  return items;
}

size_t CountOf(absl::string_view text, absl::string_view word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != absl::string_view::npos; at = text.find(word, at + word.size())) ++count;
  return count;
}

bool IsKebab(absl::string_view name) {
  return !name.empty() && Slug(name) == name;
}

// Every word of some length begins with a capital or a digit.
bool IsTitleCase(absl::string_view title) {
  for (const absl::string_view word : absl::StrSplit(title, ' ')) {
    if (word.size() > 3 && absl::ascii_islower(static_cast<unsigned char>(word[0]))) return false;
  }
  return true;
}

}  // namespace

void LintAdr001(Findings* findings) {
  const Skill& skill = findings->skill();
  if (skill.front_matter.empty()) {
    findings->At("adr001-front-matter", "there is no front matter", 1, 1);
  } else {
    for (const char* key :
         {"name", "description", "keywords", "category", "subcategory", "version", "created", "type"}) {
      if (!HasKey(skill, key))
        findings->At("adr001-key-missing", absl::StrCat("front matter has no key `", key, "`"), 1, 1);
    }
    const std::string category = skill.metadata.category;
    if (HasKey(skill, "category") && category != "academic" && category != "technology") {
      findings->At("adr001-category", absl::StrCat("`category` must be academic or technology, not `", category, "`"),
                   KeyLine(skill, "category"), 1);
    }
    if (HasKey(skill, "type") && skill.metadata.type != "skill")
      findings->At("adr001-type", "`type` should be skill", KeyLine(skill, "type"), 1);
    if (HasKey(skill, "keywords") && skill.metadata.tags.size() < 3)
      findings->At("adr001-keywords", "there should be at least 3 keywords", KeyLine(skill, "keywords"), 1);
    if (HasKey(skill, "version") && !IsSemver(skill.metadata.version))
      findings->At("adr001-version", "`version` should be a semantic version", KeyLine(skill, "version"), 1);
  }
  for (const char* title : {"When to Use", "Core Concepts", "Best Practices", "Common Pitfalls", "Related Skills"}) {
    if (FindSection(skill, title) == nullptr)
      findings->File("adr001-section-missing", absl::StrCat("there is no section `## ", title, "`"));
  }
  if (FindSection(skill, "Examples") == nullptr)
    findings->File("adr001-examples-missing", "there is no section `## Examples`");
  Placeholders("adr001-placeholder", true, findings);
  const int tokens = EstimatedTokens(skill);
  if (tokens > kMaxTokens)
    findings->File("adr001-tokens", absl::StrCat("about ", tokens, " tokens; at most ", kMaxTokens, " are allowed"));
  if (const Section* concepts = FindSection(skill, "Core Concepts"); concepts != nullptr) {
    const int own = EstimatedTokens(SectionText(skill, *concepts));
    if (own > kMaxConceptTokens) {
      findings->At(
          "adr001-concepts-tokens",
          absl::StrCat("Core Concepts has about ", own, " tokens; at most ", kMaxConceptTokens, " are allowed"),
          concepts->position.line, concepts->position.column);
    }
  }
  for (const Diagnostic& diagnostic : skill.diagnostics) {
    if (diagnostic.code == "fence-unclosed" && diagnostic.position.path == skill.path)
      findings->At("adr001-fences", "a fence is not closed", diagnostic.position.line, 1);
  }
}

void LintTiers(Findings* findings) {
  const Skill& skill = findings->skill();
  const bool has_front_matter = !skill.front_matter.empty();
  if (!has_front_matter) findings->At("t0-front-matter", "there is no front matter", 1, 1);
  for (const char* title : {"Guidelines", "Constraints", "Exemplos"}) {
    if (FindSection(skill, title) == nullptr)
      findings->File("t0-section-missing", absl::StrCat("there is no section `## ", title, "`"));
  }
  if (has_front_matter && skill.metadata.status.empty())
    findings->At("t0-status", "front matter has no `status`", 1, 1);
  FindSecrets("t0-secret", findings);
  FindSqlConcatenation("t0-sql", findings);
  if (skill.metadata.status == "approved") Placeholders("t0-placeholder", false, findings);
  if (has_front_matter && !IsSemver(skill.metadata.version))
    findings->At("t0-version", "`version` must be a semantic version", KeyLine(skill, "version"), 1);

  const auto examples = std::count_if(skill.sections.begin(), skill.sections.end(), [](const Section& section) {
    return section.level == 3 && absl::StartsWith(Slug(section.title), "exemplo-");
  });
  if (examples < 2) findings->File("t1-examples", "there should be at least 2 headings `### Exemplo N`");
  if (CountOf(skill.body, "NUNCA") < 2) findings->File("t1-never", "there should be at least 2 rules with NUNCA");
  if (const Section* guidelines = FindSection(skill, "Guidelines");
      guidelines != nullptr && CountItems(SectionText(skill, *guidelines)) < 3) {
    findings->At("t1-guidelines", "there should be at least 3 guidelines", guidelines->position.line, 1);
  }
  if (FrontMatterValue(skill, "description").size() < 20)
    findings->At("t1-description", "`description` should have at least 20 characters", KeyLine(skill, "description"),
                 1);
  if (skill.metadata.tags.size() < 2)
    findings->At("t1-tags", "there should be at least 2 tags", KeyLine(skill, "tags"), 1);
  if (FindSection(skill, "Edge Cases") == nullptr)
    findings->File("t1-edge-cases", "there is no section `## Edge Cases`");

  if (!IsKebab(skill.metadata.name))
    findings->At("t2-name", "`name` should be in kebab-case", KeyLine(skill, "name"), 1);
  if (!IsTitleCase(skill.title)) findings->File("t2-title", "the title should be in Title Case");
  if (skill.references.empty()) findings->File("t2-references", "there are no references");
  for (const Example& example : skill.examples) {
    if (example.language.empty() && example.position.path == skill.path)
      findings->At("t2-fence-language", "the code block names no language", example.position.line - 1, 1);
  }
}

}  // namespace skillrunner::catalog

// The Agent Skills specification and its validator skills-ref, as rules.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "catalog/lint_profiles.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxDescription = 1024;
constexpr size_t kMaxCompatibility = 500;
constexpr int kMaxLines = 500;
constexpr int kMaxTokens = 5000;

size_t Characters(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Lower-case letters, digits, hyphens; letters beyond ASCII are let through as skills-ref does.
bool HasNameCharacters(absl::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || byte >= 0x80;
  });
}

// Of the file: where it is not below the root, the root itself.
std::string DirectoryName(const Skill& skill) {
  const size_t slash = skill.path.rfind('/');
  const absl::string_view directory =
      slash == std::string::npos ? absl::StripSuffix(skill.root, "/") : absl::string_view(skill.path).substr(0, slash);
  return std::string(directory.substr(directory.rfind('/') + 1));
}

// What the specification's validator does not read, though others do: it takes a subset of YAML, and what is behind the
// first two `---`, wherever they are.
void CheckYaml(Findings* findings) {
  const Skill& skill = findings->skill();
  for (const Diagnostic& diagnostic : skill.diagnostics) {
    for (const absl::string_view code : {"front-matter-quoted", "front-matter-duplicate-key", "front-matter-alias"}) {
      if (diagnostic.code == code && diagnostic.position.path == skill.path)
        findings->At("skill-yaml", diagnostic.message, diagnostic.position.line, 1);
    }
  }
  int number = 1;
  std::string key;  // that has no value on its line
  for (const absl::string_view line : absl::StrSplit(skill.front_matter_text, '\n')) {
    ++number;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || text[0] == '#') continue;
    if (absl::StrContains(line, "---"))
      findings->At("skill-yaml", "`---` ends front matter for the validator, wherever it stands", number, 1);
    const bool indented = line[0] == ' ' || line[0] == '\t';
    const bool list = absl::StartsWith(text, "- ");
    const bool map = indented && (absl::StrContains(text, ": ") || absl::EndsWith(text, ":"));
    if (!key.empty() && (list || map))
      findings->At("skill-yaml", absl::StrCat("`", key, "` must be one string"), number - 1, 1);
    key.clear();
    size_t value = std::min(text.find(": "), text.size());
    if (value < text.size()) {
      value += 2;
    } else if (list) {
      value = 2;
    }
    const absl::string_view start = absl::StripLeadingAsciiWhitespace(text.substr(value));
    if (absl::StartsWith(start, "[") || absl::StartsWith(start, "{"))
      findings->At("skill-yaml", "lists and maps in brackets are not read by the validator", number, 1);
    if (indented || !absl::EndsWith(text, ":")) continue;
    for (const absl::string_view scalar : {"name:", "description:", "license:", "compatibility:"}) {
      if (text == scalar) key = std::string(absl::StripSuffix(scalar, ":"));
    }
  }
}

// Whether the lines below `metadata:` make a map of strings, as far as their shape goes.
bool IsStringMap(const Skill& skill) {
  bool inside = false;
  bool any = false;
  for (const absl::string_view line : absl::StrSplit(skill.front_matter_text, '\n')) {
    if (absl::StartsWith(line, "metadata:")) {
      const absl::string_view rest = absl::StripAsciiWhitespace(line.substr(9));
      if (!rest.empty() && rest[0] != '#') return absl::StartsWith(rest, "{");  // which is a finding of its own
      inside = true;
    } else if (inside) {
      const absl::string_view text = absl::StripAsciiWhitespace(line);
      if (text.empty() || text[0] == '#') continue;
      if (line[0] != ' ' && line[0] != '\t') break;
      if (absl::StartsWith(text, "- ") || !absl::StrContains(text, ":")) return false;
      any = true;
    }
  }
  return any;
}

}  // namespace

void LintAgentSkill(Findings* findings) {
  const Skill& skill = findings->skill();
  const absl::string_view file = absl::string_view(skill.path).substr(skill.path.rfind('/') + 1);
  if (!absl::EqualsIgnoreCase(file, "SKILL.md"))
    findings->File("skill-file-name", "the file of a skill is called SKILL.md, in a directory of its own");
  if (skill.front_matter.empty()) {
    findings->At("skill-front-matter", "there is no front matter", 1, 1);
    return;
  }
  CheckYaml(findings);
  const std::string name = FrontMatterValue(skill, "name");
  const int name_line = KeyLine(skill, "name");
  if (name.empty()) {
    findings->At("skill-name-missing", "front matter has no `name`", name_line, 1);
  } else {
    if (Characters(name) > kMaxName)
      findings->At("skill-name-length", absl::StrCat("`name` has more than ", kMaxName, " characters"), name_line, 1);
    if (!HasNameCharacters(name) || absl::StartsWith(name, "-") || absl::EndsWith(name, "-") ||
        absl::StrContains(name, "--")) {
      findings->At("skill-name-characters",
                   "`name` must have lower-case letters, digits and single hyphens, none at its ends", name_line, 1);
    }
    const std::string directory = DirectoryName(skill);
    if (!directory.empty() && directory != name)
      findings->At("skill-name-directory", absl::StrCat("`name` must equal the directory's name, `", directory, "`"),
                   name_line, 1);
  }
  const std::string description = FrontMatterValue(skill, "description");
  const int description_line = KeyLine(skill, "description");
  if (description.empty()) {
    findings->At("skill-description-missing", "front matter has no `description`", description_line, 1);
  } else if (Characters(description) > kMaxDescription) {
    findings->At("skill-description-length",
                 absl::StrCat("`description` has more than ", kMaxDescription, " characters"), description_line, 1);
  }
  if (HasKey(skill, "compatibility") &&
      (skill.metadata.compatibility.empty() || Characters(skill.metadata.compatibility) > kMaxCompatibility)) {
    findings->At("skill-compatibility-length",
                 absl::StrCat("`compatibility` must have 1 to ", kMaxCompatibility, " characters"),
                 KeyLine(skill, "compatibility"), 1);
  }
  if (HasKey(skill, "metadata") && !IsStringMap(skill))
    findings->At("skill-metadata", "`metadata` must be a map of strings", KeyLine(skill, "metadata"), 1);
  if (HasKey(skill, "allowed-tools")) {
    const int line = KeyLine(skill, "allowed-tools");
    const std::vector<std::string> lines = absl::StrSplit(skill.front_matter_text, '\n');
    const size_t index = static_cast<size_t>(std::max(line - 2, 0));
    const bool list = index < lines.size() && (absl::EndsWith(absl::StripAsciiWhitespace(lines[index]), ":") ||
                                               absl::StrContains(lines[index], "["));
    if (list)
      findings->At("skill-allowed-tools", "`allowed-tools` must be one string, tools separated by spaces", line, 1);
  }
  const absl::flat_hash_map<std::string, int> key_lines = KeyLines(skill);
  for (const auto& [key, value] : skill.front_matter) {
    bool known = false;
    for (const char* allowed : {"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
      known = known || key == allowed;
    if (!known)
      findings->At("skill-unknown-key", absl::StrCat("the specification knows no key `", key, "`"),
                   key_lines.contains(key) ? key_lines.at(key) : 1, 1);
  }
  const auto lines = skill.body_line + std::count(skill.body.begin(), skill.body.end(), '\n') - 1;
  if (lines >= kMaxLines)
    findings->File("skill-lines",
                   absl::StrCat("the file has ", lines, " lines; less than ", kMaxLines, " are advised"));
  const int tokens = EstimatedTokens(skill);
  if (tokens >= kMaxTokens)
    findings->File("skill-tokens", absl::StrCat("about ", tokens, " tokens; less than ", kMaxTokens, " are advised"));
}

}  // namespace skillrunner::catalog

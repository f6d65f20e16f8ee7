#include "catalog/export.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "catalog/lint.h"
#include "catalog/lint_text.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

// Of the specification; bytes where it says characters, which is never more.
constexpr size_t kMaxDescription = 1024;
constexpr size_t kMaxCompatibility = 500;
constexpr size_t kMaxValue = 1024;
// It advises less than 500 lines and 5000 tokens a file; front matter takes some of both.
constexpr auto kMostLines = 450;
constexpr int kMostTokens = 4500;
constexpr size_t kMostHeadings = 100;
constexpr size_t kIndexDescription = 200;
constexpr char kWholeText[] = "references/skill.md";

// One line, cut between words. Readers split front matter at the first `---`, wherever that stands.
std::string OneLine(absl::string_view text, size_t most) {
  std::string line = absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \t\r\n\v\f"), absl::SkipEmpty()), " ");
  line = absl::StrReplaceAll(line, {{"---", "\xE2\x80\x94"}});
  line.erase(std::remove_if(line.begin(), line.end(), [](char c) { return absl::ascii_iscntrl(c); }), line.end());
  // Control characters beyond ASCII, U+0080 to U+009F: no YAML may have them.
  for (size_t at = line.find('\xC2'); at != std::string::npos; at = line.find('\xC2', at)) {
    if (at + 1 < line.size() && static_cast<unsigned char>(line[at + 1]) < 0xA0) {
      line.erase(at, 2);
    } else {
      ++at;
    }
  }
  if (line.size() <= most) return line;
  std::string cut(CutUtf8(line, most - 3));
  const size_t space = cut.rfind(' ');
  if (space != std::string::npos && space > most / 2) cut.resize(space);
  return cut + "\xE2\x80\xA6";
}

// As a YAML string, whatever is in it.
std::string Quoted(const std::string& line) {
  return absl::StrCat("\"", absl::StrReplaceAll(line, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

// Whether YAML takes an id for a string where it has no quotes: no number, date, boolean or null.
bool IsYamlString(const std::string& id) {
  for (const char* word : {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}) {
    if (id == word) return false;
  }
  return !absl::ascii_isdigit(static_cast<unsigned char>(id[0]));
}

std::string Description(const Skill& skill) {
  std::string text = OneLine(skill.description.empty() ? skill.title : skill.description, kMaxDescription);
  if (!skill.metadata.triggers.empty() && !absl::StrContains(absl::AsciiStrToLower(text), "use when")) {
    const std::string use =
        OneLine(absl::StrCat(" Use when: ", absl::StrJoin(skill.metadata.triggers, "; ")), kMaxDescription);
    if (text.size() + 1 + use.size() <= kMaxDescription) absl::StrAppend(&text, " ", use);
  }
  return text;
}

void AddKey(absl::string_view key, const std::string& value, size_t most, std::string* yaml) {
  const std::string line = OneLine(value, most);
  if (!line.empty()) absl::StrAppend(yaml, key, ": ", Quoted(line), "\n");
}

std::string FrontMatter(const Skill& skill) {
  const Metadata& own = skill.metadata;
  std::string yaml = absl::StrCat("name: ", IsYamlString(skill.id) ? skill.id : Quoted(skill.id), "\n");
  AddKey("description", Description(skill), kMaxDescription, &yaml);
  AddKey("license", own.license, kMaxValue, &yaml);
  AddKey("compatibility", own.compatibility, kMaxCompatibility, &yaml);
  AddKey("allowed-tools", absl::StrReplaceAll(own.allowed_tools, {{", ", " "}}), kMaxValue, &yaml);
  absl::StrAppend(&yaml, "metadata:\n");
  const auto add = [&yaml](absl::string_view key, const std::string& value) {
    AddKey(absl::StrCat("  itzamna-", key), value, kMaxValue, &yaml);
  };
  add("title", skill.title);
  add("domain", skill.domain);
  add("level", own.level);
  add("status", own.status);
  add("version", own.version);
  add("category", own.category);
  add("subcategory", own.subcategory);
  add("language-version", own.language_version);
  add("author", own.author);
  add("created", own.created);
  add("tags", absl::StrJoin(own.tags, ", "));
  add("triggers", absl::StrJoin(own.triggers, ", "));
  add("dependencies", absl::StrJoin(own.dependencies, ", "));
  add("replacement", own.replacement);
  add("format", skill.format);
  add("revision", skill.revision);
  return yaml;
}

// The same skill, as the validator would see it below a directory of its name.
Skill InOwnDirectory(const Skill& skill) {
  Skill placed = skill;
  placed.path = skill.id + "/SKILL.md";
  return placed;
}

bool IsTooLong(absl::string_view text) {
  return std::count(text.begin(), text.end(), '\n') > kMostLines || EstimatedTokens(text) > kMostTokens;
}

// What stands in SKILL.md for a text that is too long for it.
std::string Contents(const Skill& skill) {
  std::string text = absl::StrCat("\n# ", OneLine(skill.title, kMaxValue), "\n\n", Description(skill),
                                  "\n\nThe whole text is in [", kWholeText, "](", kWholeText, "):\n\n");
  size_t headings = 0;
  for (const Section& section : skill.sections) {
    if (section.level > 2 || section.title == skill.title || ++headings > kMostHeadings) continue;
    absl::StrAppend(&text, "- ", OneLine(section.title, kIndexDescription), "\n");
  }
  return text;
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string Html(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#x27;"}});
}

std::string FileOf(const Skill& skill) {
  return skill.root.empty() ? skill.path : absl::StrCat(absl::StripSuffix(skill.root, "/"), "/", skill.path);
}

// A cell of a table: a pipe would be another column, also for those who count them.
std::string Cell(const std::string& text) {
  return absl::StrReplaceAll(OneLine(text, kIndexDescription), {{"|", "&#124;"}});
}

}  // namespace

std::vector<ExportedFile> ExportAgentSkill(const Skill& skill) {
  std::vector<ExportedFile> files;
  const Skill placed = InOwnDirectory(skill);
  const auto findings = Lint(placed, "agent-skills");
  if (findings.has_value() && findings->empty() && skill.metadata.name == skill.id) {
    files.push_back({"SKILL.md", absl::StrCat("---\n", skill.front_matter_text, "---\n", skill.body)});
  } else {
    const bool too_long = IsTooLong(skill.body);
    files.push_back({"SKILL.md", absl::StrCat("---\n", FrontMatter(skill), "---\n",
                                              too_long ? Contents(skill) : absl::StrCat("\n", skill.body))});
    if (too_long) files.push_back({kWholeText, skill.body});
  }
  const std::string directory = DirectoryOf(skill.path);
  const auto add = [&](const auto& file) {
    if (!absl::StartsWith(file.path, directory)) return;
    std::string path = file.path.substr(directory.size());
    if (path == kWholeText && files.size() > 1 && files[1].path == kWholeText) path = "references/skill-part.md";
    const std::string front_matter =
        file.front_matter_text.empty() ? "" : absl::StrCat("---\n", file.front_matter_text, "---\n");
    files.push_back({std::move(path), absl::StrCat(front_matter, file.body)});
  };
  for (const Part& part : skill.parts) add(part);
  for (const Attachment& attachment : skill.attachments) add(attachment);
  return files;
}

std::string ExportAvailableSkills(const std::vector<std::shared_ptr<const Skill>>& skills) {
  std::string text = "<available_skills>\n";
  for (const auto& skill : skills) {
    absl::StrAppend(&text, "<skill>\n<name>\n", Html(skill->id), "\n</name>\n<description>\n",
                    Html(Description(*skill)), "\n</description>\n<location>\n", Html(FileOf(*skill)),
                    "\n</location>\n</skill>\n");
  }
  return absl::StrCat(text, "</available_skills>\n");
}

std::string ExportIndex(const std::vector<std::shared_ptr<const Skill>>& skills) {
  std::string text = "# INDEX\n\n| Nome | Descricao | Level | Arquivo |\n|---|---|---|---|\n";
  for (const auto& skill : skills) {
    const std::string level = skill->metadata.level.empty() ? "-" : skill->metadata.level;
    absl::StrAppend(&text, "| ", Cell(skill->id), " | ",
                    Cell(skill->description.empty() ? skill->title : skill->description), " | ", Cell(level), " | `",
                    Cell(skill->path), "` |\n");
  }
  return absl::StrCat(text, "\n**Total de Skills:** ", skills.size(), "\n");
}

}  // namespace skillrunner::catalog

#include "catalog/descriptor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"
#include "catalog/examples.h"
#include "catalog/front_matter.h"
#include "catalog/hashes.h"
#include "catalog/inline_text.h"
#include "catalog/markdown_blocks.h"
#include "catalog/markdown_mask.h"
#include "catalog/metadata.h"
#include "catalog/section_kinds.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxDiagnostics = 100;
constexpr size_t kMaxReferences = 1000;
constexpr size_t kLabelLines = 40;  // where a sub-file names its parent

std::string WithoutSkillPrefix(const std::string& title) {
  absl::string_view text = title;
  if (absl::StartsWithIgnoreCase(text, "skill:")) text = absl::StripLeadingAsciiWhitespace(text.substr(6));
  return std::string(text);
}

// Reads one file; the methods are called once, in the order of Read().
class Reader {
 public:
  Reader(absl::string_view bytes, const std::string& path) : bytes_(bytes) {
    skill_.path = path;
    skill_.revision = Sha256Hex(bytes);
  }

  ParsedDescriptor Read() {
    if (bytes_.size() > kMaxDescriptorBytes) {
      return Rejected("file-too-large", absl::StrCat("the file is larger than ", kMaxDescriptorBytes, " bytes"));
    }
    if (absl::StartsWith(bytes_, "\xEF\xBB\xBF")) bytes_.remove_prefix(3);
    if (absl::StripAsciiWhitespace(bytes_).empty()) return Rejected("empty-file", "the file is empty");
    lines_ = SplitLines(bytes_, kMaxLines + 1);
    if (lines_.size() > kMaxLines) {
      return Rejected("too-many-lines", absl::StrCat("the file has more than ", kMaxLines, " lines"));
    }
    CheckBytes();
    ReadFrontMatter();
    blocks_ = ParseMarkdown(lines_, first_line_);
    ReadSections();
    Classify();
    ReadCode();
    ReadReferences();
    Identify();
    Describe();
    ReportNesting();
    ParsedDescriptor parsed;
    parsed.skill = std::move(skill_);
    return parsed;
  }

 private:
  ParsedDescriptor Rejected(std::string code, std::string message) {
    ParsedDescriptor parsed;
    parsed.diagnostics.push_back({std::move(code), Severity::kError, std::move(message), {skill_.path, 0, 0}, ""});
    return parsed;
  }

  void Report(std::string code, Severity severity, std::string message, int line, int column = 0) {
    if (skill_.diagnostics.size() + 1 < kMaxDiagnostics) {
      skill_.diagnostics.push_back({std::move(code), severity, std::move(message), {skill_.path, line, column}, ""});
    } else if (skill_.diagnostics.size() < kMaxDiagnostics) {
      skill_.diagnostics.push_back({"more-diagnostics",
                                    Severity::kInfo,
                                    "there are more; only the first ones are kept",
                                    {skill_.path, line, 0},
                                    ""});
    }
  }

  int LineOf(size_t offset) const {
    const char* at = bytes_.data() + offset;
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), at,
                                       [](const char* byte, absl::string_view text) { return byte < text.data(); });
    return static_cast<int>(line - lines_.begin());
  }

  int ColumnOf(size_t offset) const {
    return static_cast<int>(bytes_.data() + offset - lines_[static_cast<size_t>(LineOf(offset)) - 1].data()) + 1;
  }

  void CheckBytes() {
    const size_t valid = ScanUtf8(bytes_).valid_bytes;
    if (valid < bytes_.size()) {
      Report("invalid-utf8", Severity::kWarning,
             "the file is not valid UTF-8 from here on; texts are shown with replacements", LineOf(valid),
             ColumnOf(valid));
    }
    const size_t nul = bytes_.find('\0');
    if (nul != absl::string_view::npos)
      Report("nul-byte", Severity::kWarning, "the file has a NUL byte", LineOf(nul), ColumnOf(nul));
  }

  void ReadFrontMatter() {
    const auto is_rule = [](absl::string_view line) { return absl::StripTrailingAsciiWhitespace(line) == "---"; };
    if (!is_rule(lines_[0])) return;
    const auto close = std::find_if(lines_.begin() + 1, lines_.end(), [&](absl::string_view line) {
      return is_rule(line) || absl::StripTrailingAsciiWhitespace(line) == "...";
    });
    if (close == lines_.end()) {
      Report("front-matter-unclosed", Severity::kWarning,
             "front matter is not closed by a `---` line; read as Markdown", 1);
      return;
    }
    const char* begin = close == lines_.begin() + 1 ? close->data() : lines_[1].data();
    front_matter_ = ParseFrontMatter(absl::string_view(begin, static_cast<size_t>(close->data() - begin)));
    if (front_matter_.result == FrontMatter::Result::kNotAMap && close != lines_.begin() + 1) {
      Report("front-matter-not-a-map", Severity::kInfo,
             "the text between the first two `---` lines is no front matter; read as Markdown", 1);
      return;
    }
    for (const FrontMatterNote& note : front_matter_.notes)
      Report(note.code, Severity::kWarning, note.message, note.line + 1, note.column);
    // Between two thematic breaks there may be Markdown that YAML cannot read: code is not to be lost with it.
    const bool holds_code = std::any_of(lines_.begin() + 1, close, [](absl::string_view line) {
      return absl::StartsWith(line, "```") || absl::StartsWith(line, "~~~");
    });
    if (front_matter_.result == FrontMatter::Result::kRejected && holds_code) return;
    first_line_ = static_cast<size_t>(close - lines_.begin()) + 1;
    skill_.front_matter_text = ReplaceInvalidUtf8(absl::string_view(begin, static_cast<size_t>(close->data() - begin)));
    for (const FrontMatterEntry& entry : front_matter_.entries)
      skill_.front_matter.emplace_back(entry.key, entry.value);
  }

  // What the front matter, and the labels at the top of a sub-file, say the file is.
  void Classify() {
    bool names_parent = false;
    const size_t end = std::min(lines_.size(), first_line_ + kLabelLines);
    for (size_t i = first_line_; i < end; ++i) {
      absl::string_view line = lines_[i];
      if (!absl::ConsumePrefix(&line, ">")) continue;
      line = absl::StripLeadingAsciiWhitespace(line);
      names_parent = names_parent || absl::StartsWith(line, "**Parent skill") || absl::StartsWith(line, "**Load JIT");
    }
    skill_.metadata = ReadMetadata(front_matter_);
    skill_.format = DescriptorFamily(front_matter_, names_parent);
    skill_.size = static_cast<int64_t>(bytes_.size());
    skill_.body_line = static_cast<int>(first_line_) + 1;
    if (first_line_ < lines_.size()) {
      const auto offset = static_cast<size_t>(lines_[first_line_].data() - bytes_.data());
      skill_.body = ReplaceInvalidUtf8(bytes_.substr(offset));
    }
  }

  void ReadSections() {
    for (size_t i = 0; i < blocks_.headings.size(); ++i) {
      const HeadingBlock& heading = blocks_.headings[i];
      Section section;
      section.title = ParseInline(heading.text, kMaxTitleBytes).text;
      section.level = heading.level;
      section.kind = std::string(SectionKind(section.title, heading.level));
      section.position = {skill_.path, heading.line, heading.column};
      const auto begin = static_cast<size_t>(heading.end_line);
      const size_t end =
          i + 1 < blocks_.headings.size() ? static_cast<size_t>(blocks_.headings[i + 1].line) - 1 : lines_.size();
      if (begin < end) {
        const char* from = lines_[begin].data();
        const char* to = end < lines_.size() ? lines_[end].data() : bytes_.data() + bytes_.size();
        section.body = ReplaceInvalidUtf8(absl::string_view(from, static_cast<size_t>(to - from)));
      }
      skill_.sections.push_back(std::move(section));
    }
  }

  void ReadCode() {
    const ReportFunction report = [this](std::string code, Severity severity, std::string message, int line,
                                         int column) {
      Report(std::move(code), severity, std::move(message), line, column);
    };
    skill_.examples = ReadExamples({lines_, blocks_, skill_.sections, skill_.path, skill_.format}, report);
    for (size_t i = 0; i < skill_.examples.size(); ++i)
      skill_.examples[i].id = ExampleId(skill_.examples[i].title, i + 1);
    LinkSessions(&skill_.examples, report);
    if (skill_.examples.empty()) Report("no-examples", Severity::kInfo, "the descriptor has no code block", 0);
  }

  std::string ExampleId(const std::string& title, size_t ordinal) {
    std::string base = Slug(StripNumbering(WithoutSkillPrefix(title)));
    if (base.empty()) base = absl::StrCat("example-", ordinal);
    return example_ids_.Take(base);
  }

  void ReadReferences() {
    for (const FrontMatterEntry& source : front_matter_.sources) AddReference({"", source.value}, source.line + 1);
    size_t heading = 0;
    size_t fence = 0;
    int references_level = 0;  // of the section of references we are in; 0: none
    bool labelled = false;     // below a line such as `**Fontes:**`
    for (size_t i = first_line_; i < lines_.size() && skill_.references.size() < kMaxReferences; ++i) {
      const auto number = static_cast<int>(i) + 1;
      if (heading < skill_.sections.size() && skill_.sections[heading].position.line == number) {
        const Section& section = skill_.sections[heading++];
        labelled = false;
        if (references_level == 0 || section.level <= references_level)
          references_level = section.kind == "references" ? section.level : 0;
        continue;
      }
      while (fence < blocks_.fences.size() && blocks_.fences[fence].line + blocks_.fences[fence].lines + 1 < number)
        ++fence;
      if (fence < blocks_.fences.size() && blocks_.fences[fence].line <= number) continue;
      const absl::string_view line = lines_[i];
      if (absl::StartsWith(line, "**") || absl::StartsWith(line, "---")) labelled = IsSourcesLabel(line);
      if (references_level == 0 && !labelled) continue;
      if (line.find("](") == absl::string_view::npos && line.find("://") == absl::string_view::npos) continue;
      for (const InlineLink& link : ParseInline(line).links) AddReference(link, number);
    }
  }

  static bool IsSourcesLabel(absl::string_view line) {
    const std::string slug = Slug(line.substr(0, line.find(':')));
    return slug == "fontes" || slug == "sources" || slug == "referencias" || slug == "references";
  }

  void AddReference(const InlineLink& link, int line) {
    if (skill_.references.size() < kMaxReferences)
      skill_.references.push_back({link.title, link.url, {skill_.path, line, 0}});
  }

  void Identify() {
    const auto h1 =
        std::find_if(skill_.sections.begin(), skill_.sections.end(), [](const Section& s) { return s.level == 1; });
    if (h1 != skill_.sections.end()) skill_.title = WithoutSkillPrefix(h1->title);
    const std::string name = front_matter_.Get("name");
    if (skill_.title.empty()) skill_.title = front_matter_.Get("title");
    if (skill_.title.empty()) skill_.title = name;
    skill_.title = std::string(CutUtf8(skill_.title, kMaxTitleBytes));

    skill_.id = Slug(name);
    if (!name.empty() && skill_.id != name) {
      Report("name-not-canonical", Severity::kWarning,
             absl::StrCat("`name` is not a lower-case hyphenated name of at most ", kMaxSlugBytes,
                          " characters; the id is `", skill_.id, "`"),
             1);
    }
    if (skill_.id.empty()) skill_.id = Slug(skill_.title);
    if (skill_.id.empty()) skill_.id = Slug(NameFromPath());
    if (skill_.id.empty()) skill_.id = "skill";
    if (skill_.title.empty()) skill_.title = skill_.id;
  }

  // The directory of a SKILL.md, the name without `.md` of any other file.
  std::string NameFromPath() const {
    absl::string_view path = skill_.path;
    size_t slash = path.rfind('/');
    absl::string_view file = slash == absl::string_view::npos ? path : path.substr(slash + 1);
    if (absl::EqualsIgnoreCase(file, "SKILL.md") && slash != absl::string_view::npos) {
      path = path.substr(0, slash);
      slash = path.rfind('/');
      return std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1));
    }
    return std::string(file.substr(0, file.rfind('.')));
  }

  void Describe() {
    skill_.description = front_matter_.Get("description");
    for (const Section& section : skill_.sections) {
      if (skill_.description.empty() && section.kind == "description")
        skill_.description = FirstParagraph(section.body);
      if (skill_.domain.empty() && section.kind == "domain")
        skill_.domain = absl::AsciiStrToLower(FirstParagraph(section.body));
    }
    for (const char* key : {"domain", "category"}) {
      const std::string value = front_matter_.Get(key);
      if (!value.empty()) {
        skill_.domain = absl::AsciiStrToLower(value);
        break;
      }
    }
    if (skill_.description.empty()) skill_.description = QuickReference();
    for (const Section& section : skill_.sections) {
      if (!skill_.description.empty()) return;
      skill_.description = FirstParagraph(section.body);
    }
    if (skill_.sections.empty() && skill_.description.empty() && first_line_ < lines_.size()) {
      skill_.description =
          FirstParagraph(bytes_.substr(static_cast<size_t>(lines_[first_line_].data() - bytes_.data())));
    }
  }

  // The text of a `> **Quick Reference:** ...` line near the top.
  std::string QuickReference() const {
    const size_t end = std::min(lines_.size(), first_line_ + kLabelLines);
    for (size_t i = first_line_; i < end; ++i) {
      absl::string_view line = lines_[i];
      if (!absl::ConsumePrefix(&line, ">")) continue;
      line = absl::StripAsciiWhitespace(line);
      if (absl::ConsumePrefix(&line, "**Quick Reference:**")) return ParseInline(absl::StripAsciiWhitespace(line)).text;
    }
    return "";
  }

  static bool IsProse(absl::string_view line) {
    for (const absl::string_view start : {"#", ">", "|", "<", "```", "~~~", "- ", "* ", "+ ", "---", "***", "___"}) {
      if (absl::StartsWith(line, start)) return false;
    }
    return true;
  }

  // The first paragraph of prose, as plain text; headings, quotes, lists, tables, code and rules are none.
  static std::string FirstParagraph(absl::string_view body) {
    std::string text;
    bool in_fence = false;
    for (absl::string_view line : SplitLines(body.substr(0, 16 << 10), kMaxLines)) {
      line = absl::StripAsciiWhitespace(line);
      if (absl::StartsWith(line, "```") || absl::StartsWith(line, "~~~")) in_fence = !in_fence;
      if (!in_fence && !line.empty() && (!text.empty() || IsProse(line))) {
        absl::StrAppend(&text, text.empty() ? "" : " ", line);
      } else if (!text.empty()) {
        break;
      }
    }
    return ParseInline(text).text;
  }

  void ReportNesting() {
    // Markers inside code are code, not nesting.
    size_t fence = 0;
    for (const int line : blocks_.flattened_lines) {
      while (fence < blocks_.fences.size() && blocks_.fences[fence].line + blocks_.fences[fence].lines < line) ++fence;
      if (fence < blocks_.fences.size() && blocks_.fences[fence].line < line) continue;
      Report("nesting-too-deep", Severity::kWarning,
             absl::StrCat("quotes and lists beyond column ", kMaxNestingColumns, " or beyond ", kMaxMarkers,
                          " markers are read as text"),
             line);
      return;
    }
  }

  absl::string_view bytes_;
  std::vector<absl::string_view> lines_;
  size_t first_line_ = 0;  // index of the first line of Markdown
  FrontMatter front_matter_;
  MarkdownBlocks blocks_;
  UniqueSlugs example_ids_;
  Skill skill_;
};

}  // namespace

ParsedDescriptor ParseDescriptor(absl::string_view bytes, const std::string& path) {
  return Reader(bytes, path).Read();
}

}  // namespace skillrunner::catalog

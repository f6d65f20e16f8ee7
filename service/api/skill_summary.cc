#include "api/skill_summary.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "api/resource_names.h"

namespace skillrunner::api {
namespace {

// Of each text at most this many characters as JSON; the description gets what is left, in the worst case 17.
constexpr size_t kTitle = 60;
constexpr size_t kDomain = 20;
constexpr size_t kLevel = 6;
constexpr size_t kStatus = 12;
constexpr size_t kLanguages = 36;  // all of them, with what stands around each
// {"name":"","title":"","description":"","domain":"","metadata":{"status":"","level":""},"example_count":10000,
// "languages":[]}
constexpr size_t kAround = 124;
constexpr size_t kAroundLanguage = 3;

// Length of the JSON of a character that begins with that byte; 0 for a continuation byte.
size_t JsonLength(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xC0) == 0x80) return 0;
  if (c == '"' || c == '\\') return 2;
  return byte < 0x20 || c == '<' || c == '>' || byte == 0x7F ? 6 : 1;
}

size_t JsonLength(absl::string_view text) {
  size_t length = 0;
  for (const char c : text) length += JsonLength(c);
  return length;
}

// The beginning, in one line, at most `most` characters as JSON, cut between words.
std::string Shortened(const std::string& text, size_t most) {
  std::string line = text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (JsonLength(line) <= most) return line;
  size_t length = 1;  // of the ellipsis
  size_t end = 0;
  while (end < line.size() && length + JsonLength(line[end]) <= most) length += JsonLength(line[end++]);
  const size_t space = line.rfind(' ', end);
  if (space != std::string::npos && space > end / 2) end = space;
  return line.substr(0, end) + "\xE2\x80\xA6";
}

std::set<std::string> Languages(const catalog::Skill& skill) {
  std::set<std::string> languages;
  for (const catalog::Example& example : skill.examples) {
    if (!example.language.empty()) languages.insert(example.language);
  }
  return languages;
}

}  // namespace

void SetSummary(const catalog::Skill& skill, itzamna::skillrunner::v1::Skill* proto) {
  size_t left = kSummaryCharacters - kAround;
  const auto take = [&left](const std::string& text, size_t most) {
    std::string shortened = Shortened(text, most);
    left -= JsonLength(shortened);
    return shortened;
  };
  proto->set_name(SkillName(skill));
  left -= proto->name().size();
  proto->set_title(take(skill.title, kTitle));
  proto->set_domain(take(skill.domain, kDomain));
  if (!skill.metadata.level.empty() || !skill.metadata.status.empty()) {
    proto->mutable_metadata()->set_level(take(skill.metadata.level, kLevel));
    proto->mutable_metadata()->set_status(take(skill.metadata.status, kStatus));
  }
  proto->set_example_count(static_cast<int>(skill.examples.size()));
  size_t languages = 0;
  for (const std::string& language : Languages(skill)) {
    const size_t length = JsonLength(language) + kAroundLanguage;
    if (languages + length > kLanguages) break;
    languages += length;
    proto->add_languages(language);
  }
  proto->set_description(Shortened(skill.description, left - languages));
}

void SetLanguages(const catalog::Skill& skill, itzamna::skillrunner::v1::Skill* proto) {
  proto->clear_languages();
  for (const std::string& language : Languages(skill)) proto->add_languages(language);
}

}  // namespace skillrunner::api

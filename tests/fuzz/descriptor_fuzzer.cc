// Any bytes are a descriptor: the reader must end, within its limits, and keep its promises.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "base/utf8.h"
#include "catalog/descriptor.h"

namespace {

using skillrunner::IsValidUtf8;
using namespace skillrunner::catalog;  // NOLINT: one file, one purpose

void Require(bool promise) {
  if (!promise) std::abort();
}

void CheckId(const std::string& id) {
  Require(!id.empty() && id.size() <= 64 && id.front() != '-' && id.back() != '-');
  for (const char c : id) Require((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
}

void CheckSkill(const Skill& skill) {
  CheckId(skill.id);
  Require(!skill.title.empty() && IsValidUtf8(skill.title) && IsValidUtf8(skill.description) &&
          IsValidUtf8(skill.domain));
  for (const auto& [key, value] : skill.front_matter) Require(IsValidUtf8(key) && IsValidUtf8(value));
  int line = 0;
  for (const Section& section : skill.sections) {
    Require(section.position.line > line && IsValidUtf8(section.title) && IsValidUtf8(section.body));
    line = section.position.line;
  }
  std::set<std::string> ids;
  line = 0;
  for (const Example& example : skill.examples) {
    CheckId(example.id);
    Require(ids.insert(example.id).second && example.position.line > line && example.position.column >= 1);
    Require(IsValidUtf8(example.title) && IsValidUtf8(example.language));
    Require(example.source.empty() || example.source.back() == '\n');
    line = example.position.line;
  }
  for (const Reference& reference : skill.references)
    Require(!reference.url.empty() && IsValidUtf8(reference.url) && IsValidUtf8(reference.title));
  for (const Diagnostic& diagnostic : skill.diagnostics)
    Require(IsValidUtf8(diagnostic.message) && diagnostic.position.line >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ParsedDescriptor parsed =
      ParseDescriptor(absl::string_view(reinterpret_cast<const char*>(data), size), "fuzz/SKILL.md");
  Require(parsed.skill.has_value() == parsed.diagnostics.empty());
  if (parsed.skill.has_value()) CheckSkill(*parsed.skill);
  return 0;
}

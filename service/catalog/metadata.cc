#include "catalog/metadata.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace skillrunner::catalog {
namespace {

const FrontMatterEntry* Find(const FrontMatter& front_matter, absl::string_view key) {
  const auto found = std::find_if(front_matter.entries.begin(), front_matter.entries.end(),
                                  [key](const FrontMatterEntry& entry) { return entry.key == key; });
  return found == front_matter.entries.end() ? nullptr : &*found;
}

void AddItems(const FrontMatter& front_matter, absl::string_view key, std::vector<std::string>* items) {
  const FrontMatterEntry* entry = Find(front_matter, key);
  if (entry == nullptr) return;
  if (entry->is_list) {
    items->insert(items->end(), entry->items.begin(), entry->items.end());
  } else if (!entry->value.empty()) {
    items->push_back(entry->value);
  }
}

bool IsAgentSkillKey(const std::string& key) {
  for (const char* known : {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}) {
    if (key == known) return true;
  }
  return false;
}

}  // namespace

Metadata ReadMetadata(const FrontMatter& front_matter) {
  Metadata metadata;
  const auto get = [&](absl::string_view key) { return front_matter.Get(key); };
  metadata.name = get("name");
  metadata.version = get("version");
  metadata.status = absl::AsciiStrToLower(get("status"));
  metadata.level = absl::AsciiStrToUpper(get("level"));
  metadata.category = get("category");
  metadata.subcategory = get("subcategory");
  metadata.language_version = get("language_version");
  metadata.author = get("author");
  metadata.created = get("created");
  metadata.type = get("type");
  metadata.license = get("license");
  metadata.compatibility = get("compatibility");
  metadata.allowed_tools = get("allowed-tools");
  metadata.replacement = get("replacement");
  AddItems(front_matter, "tags", &metadata.tags);
  AddItems(front_matter, "keywords", &metadata.tags);
  AddItems(front_matter, "triggers", &metadata.triggers);
  AddItems(front_matter, "dependencies", &metadata.dependencies);
  return metadata;
}

std::string DescriptorFamily(const FrontMatter& front_matter, bool names_parent) {
  const auto has = [&](absl::string_view key) { return Find(front_matter, key) != nullptr; };
  if (names_parent || front_matter.Get("type") == "skill-session") return "jit";
  if (front_matter.entries.empty())
    return front_matter.result == FrontMatter::Result::kMap ? "front-matter" : "v1-flat";
  if (has("level") || has("status") || has("triggers")) return "brain";
  if (has("keywords") && has("category")) {
    return has("language_version") || has("sources") ? "baseline" : "adr-001";
  }
  const bool agent_skill = std::all_of(front_matter.entries.begin(), front_matter.entries.end(),
                                       [](const FrontMatterEntry& entry) { return IsAgentSkillKey(entry.key); });
  if (!agent_skill) return "front-matter";
  const FrontMatterEntry* metadata = Find(front_matter, "metadata");
  return metadata != nullptr && !metadata->is_map && absl::EndsWith(metadata->value, ".yaml") ? "hefesto"
                                                                                              : "agent-skill";
}

}  // namespace skillrunner::catalog

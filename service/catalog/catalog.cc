#include "catalog/catalog.h"

#include <algorithm>
#include <string>
#include <utility>

#include "catalog/loader.h"

namespace skillrunner::catalog {

Snapshot::Snapshot(std::vector<std::shared_ptr<const Skill>> skills, std::vector<Document> documents,
                   std::vector<Diagnostic> diagnostics)
    : skills_(std::move(skills)), documents_(std::move(documents)), diagnostics_(std::move(diagnostics)) {
  std::sort(skills_.begin(), skills_.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
}

std::shared_ptr<const Skill> Snapshot::find(absl::string_view id) const {
  const auto skill = std::lower_bound(skills_.begin(), skills_.end(), id,
                                      [](const auto& a, absl::string_view b) { return a->id < b; });
  return skill != skills_.end() && (*skill)->id == id ? *skill : nullptr;
}

const Example* FindExample(const Skill& skill, absl::string_view id) {
  for (const Example& example : skill.examples) {
    if (example.id == id) return &example;
  }
  return nullptr;
}

std::shared_ptr<const Snapshot> LoadSnapshot(const std::vector<Root>& roots) {
  return Loader(roots).Load();
}

}  // namespace skillrunner::catalog

#include "catalog/catalog.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "catalog/descriptor.h"
#include "catalog/slug.h"

namespace skillrunner::catalog {
namespace {

constexpr size_t kMaxCollisionNotes = 20;  // in the skill that keeps the id

class Loader {
 public:
  void Load(const Root& root) {
    ReadDescriptorFiles(
        root, [&](const std::string& path, const std::string& bytes) { Add(root, path, bytes); }, &diagnostics_);
  }

  std::shared_ptr<const Snapshot> Finish() {
    std::vector<std::shared_ptr<const Skill>> skills(skills_.begin(), skills_.end());
    return std::make_shared<const Snapshot>(std::move(skills), std::move(diagnostics_));
  }

 private:
  void Add(const Root& root, const std::string& path, const std::string& bytes) {
    ParsedDescriptor parsed = ParseDescriptor(bytes, ReplaceInvalidUtf8(path));
    for (Diagnostic& diagnostic : parsed.diagnostics) {
      diagnostic.root = root.display_path;
      diagnostics_.push_back(std::move(diagnostic));
    }
    if (!parsed.skill.has_value()) return;
    auto skill = std::make_shared<Skill>(*std::move(parsed.skill));
    skill->root = root.display_path;
    for (Diagnostic& diagnostic : skill->diagnostics) diagnostic.root = root.display_path;

    const std::string wanted = skill->id;
    for (int& uses = uses_[wanted]; by_id_.contains(skill->id); skill->id = NumberedSlug(wanted, uses))
      uses = std::max(uses, 1) + 1;
    if (skill->id != wanted) Collide(*by_id_[wanted], wanted, *skill);
    by_id_[skill->id] = skill.get();
    skills_.push_back(std::move(skill));
  }

  void Collide(Skill& first, const std::string& wanted, Skill& second) {
    const auto warn = [&](Skill& skill, const Skill& other, const std::string& message) {
      const size_t notes =
          static_cast<size_t>(std::count_if(skill.diagnostics.begin(), skill.diagnostics.end(),
                                            [](const Diagnostic& d) { return d.code == "id-collision"; }));
      Diagnostic diagnostic{"id-collision",
                            Severity::kWarning,
                            absl::StrCat(message, " ", other.root, "/", other.path),
                            {skill.path, 0, 0},
                            skill.root};
      if (notes < kMaxCollisionNotes) skill.diagnostics.push_back(diagnostic);
      return diagnostic;
    };
    diagnostics_.push_back(
        warn(second, first, absl::StrCat("the id is `", second.id, "`, because `", wanted, "` is taken by")));
    diagnostics_.push_back(warn(first, second, absl::StrCat("the id `", wanted, "` is also wanted by")));
  }

  std::vector<std::shared_ptr<Skill>> skills_;
  std::vector<Diagnostic> diagnostics_;
  absl::flat_hash_map<std::string, Skill*> by_id_;
  absl::flat_hash_map<std::string, int> uses_;
};

}  // namespace

Snapshot::Snapshot(std::vector<std::shared_ptr<const Skill>> skills, std::vector<Diagnostic> diagnostics)
    : skills_(std::move(skills)), diagnostics_(std::move(diagnostics)) {
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
  Loader loader;
  for (const Root& root : roots) loader.Load(root);
  return loader.Finish();
}

}  // namespace skillrunner::catalog

#include "runner/profile_learner.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "config/profiles.h"

namespace skillrunner {
namespace {

// Programs choose what they import: no more is remembered of them than this.
constexpr size_t kMostCounted = 256;
constexpr size_t kMostRefused = 256;
constexpr size_t kMostModules = 16;
constexpr size_t kLongestText = 512;  // messages between the processes are short

// Modules whose import is all they are for: they print, draw, or open a browser.
bool ActsWhenImported(absl::string_view module) {
  static constexpr const char* kNames[] = {"__main__", "antigravity", "idlelib",    "lib2to3",
                                           "test",     "this",        "turtledemo", "__phello__"};
  const absl::string_view top = module.substr(0, module.find('.'));
  return std::any_of(std::begin(kNames), std::end(kNames), [top](const char* name) { return top == name; });
}

}  // namespace

std::optional<std::string> ProfileLearner::Note(const std::vector<std::string>& chosen,
                                                const std::set<std::string>& imports,
                                                const std::set<std::string>& loaded) {
  if (budget_ == 0) return std::nullopt;
  std::vector<std::string> modules = chosen;
  for (const std::string& module : imports) {
    if (loaded.count(module) == 0 && IsPythonProfile(module) && !ActsWhenImported(module)) modules.push_back(module);
  }
  if (modules.size() == chosen.size() || modules.size() > kMostModules) return std::nullopt;
  const std::string text = absl::StrJoin(modules, "+");
  if (text.size() > kLongestText || learnt_.count(text) != 0 || refused_.count(text) != 0) return std::nullopt;
  if (runs_.size() >= kMostCounted && runs_.count(text) == 0) Forget();
  return ++runs_[text] % kRunsToLearn == 0 ? std::optional(text) : std::nullopt;
}

// Half of each count: what is run often stays.
void ProfileLearner::Forget() {
  for (auto& [text, count] : runs_) count /= 2;
  std::erase_if(runs_, [](const auto& entry) { return entry.second == 0; });
  if (runs_.size() >= kMostCounted) runs_.clear();
}

void ProfileLearner::Add(const std::string& text, int64_t now) {
  learnt_[text] = now;
  runs_.erase(text);
}

void ProfileLearner::Used(const std::string& text, int64_t now) {
  const auto found = learnt_.find(text);
  if (found != learnt_.end()) found->second = now;
}

std::optional<std::string> ProfileLearner::LeastUsed(int64_t now) const {
  const auto least = std::min_element(learnt_.begin(), learnt_.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (least == learnt_.end() || now - least->second < kUnusedNanos) return std::nullopt;
  return least->first;
}

void ProfileLearner::Drop(const std::string& text) {
  learnt_.erase(text);
}

void ProfileLearner::Refuse(const std::string& text) {
  learnt_.erase(text);
  if (refused_.size() < kMostRefused) refused_.insert(text);
}

std::vector<std::string> ProfileLearner::learnt() const {
  std::vector<std::string> texts;
  for (const auto& [text, used] : learnt_) texts.push_back(text);
  return texts;
}

}  // namespace skillrunner

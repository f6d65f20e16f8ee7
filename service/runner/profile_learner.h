// Which modules are worth being imported ahead: those that programs which are often run import, and no warm interpreter
// has yet. Only counts and decides; who calls it has the interpreters made. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skillrunner {

class ProfileLearner {
 public:
  // Runs of programs that would have been warmer in a profile until it is learnt.
  static constexpr int kRunsToLearn = 20;
  // A learnt profile that no program has used for so long makes room for another.
  static constexpr int64_t kUnusedNanos = 600'000'000'000;

  // `budget`: most profiles that are learnt at one time.
  explicit ProfileLearner(size_t budget) : budget_(budget) {}

  // A program that imports `imports` has run in a copy of an interpreter with the profile's modules `chosen`, which
  // finds `loaded` imported. The text of a profile (config/profiles.h) that is to be learnt now, if any.
  std::optional<std::string> Note(const std::vector<std::string>& chosen, const std::set<std::string>& imports,
                                  const std::set<std::string>& loaded);
  // That profile is learnt. There must be Room().
  void Add(const std::string& text, int64_t now);
  void Used(const std::string& text, int64_t now);
  bool HasRoom() const { return learnt_.size() < budget_; }
  // The one that was not used for longest, if that is long enough.
  std::optional<std::string> LeastUsed(int64_t now) const;
  // It makes room for another.
  void Drop(const std::string& text);
  // It cannot be had, and is not tried again.
  void Refuse(const std::string& text);

  // Texts of the learnt ones, sorted.
  std::vector<std::string> learnt() const;

 private:
  void Forget();

  const size_t budget_;
  std::map<std::string, int> runs_;        // by text of a profile that is not learnt
  std::map<std::string, int64_t> learnt_;  // by text: when it was last used
  std::set<std::string> refused_;
};

}  // namespace skillrunner

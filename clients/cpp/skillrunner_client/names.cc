#include "skillrunner_client/names.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "skillrunner_client/text.h"

namespace skillrunner::client {
namespace {

using Parts = std::vector<std::string>;

absl::StatusOr<Parts> Split(absl::string_view typed, absl::string_view what) {
  Parts parts = absl::StrSplit(typed, '/');
  if (std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); })) {
    return absl::InvalidArgumentError(absl::StrCat("'", EscapeForTerminal(typed), "' is not the name of ", what));
  }
  return parts;
}

absl::StatusOr<std::string> NameIn(absl::string_view collection, absl::string_view typed, absl::string_view what) {
  auto parts = Split(typed, what);
  if (!parts.ok()) return parts.status();
  if (parts->size() == 1) return absl::StrCat(collection, "/", parts->front());
  if (parts->size() == 2 && parts->front() == collection) return std::string(typed);
  return absl::InvalidArgumentError(
      absl::StrCat("'", EscapeForTerminal(typed), "' is not the name of ", what, ": give ID or ", collection, "/ID"));
}

}  // namespace

absl::StatusOr<std::string> SkillName(absl::string_view typed) {
  return NameIn("skills", typed, "a skill");
}

absl::StatusOr<std::string> RunName(absl::string_view typed) {
  return NameIn("runs", typed, "a run");
}

absl::StatusOr<std::string> ExampleName(absl::string_view typed) {
  auto split = Split(typed, "an example");
  if (!split.ok()) return split.status();
  const Parts& parts = *split;
  if (parts.size() == 4 && parts[0] == "skills" && parts[2] == "examples") return std::string(typed);
  if (parts.size() == 3 && parts[1] == "examples") return absl::StrCat("skills/", typed);
  const bool whole_skill = parts.size() == 1 || (parts.size() == 2 && parts[0] == "skills");
  if (parts.size() == 2 && !whole_skill) return absl::StrCat("skills/", parts[0], "/examples/", parts[1]);
  if (whole_skill) {
    return absl::InvalidArgumentError(absl::StrCat("'", EscapeForTerminal(typed),
                                                   "' names no example: give SKILL/EXAMPLE; `skillctl show ",
                                                   EscapeForTerminal(parts.back()), "` lists a skill's examples"));
  }
  return absl::InvalidArgumentError(absl::StrCat("'", EscapeForTerminal(typed),
                                                 "' is not the name of an example: give SKILL/EXAMPLE or "
                                                 "skills/SKILL/examples/EXAMPLE"));
}

absl::string_view LastId(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == absl::string_view::npos ? name : name.substr(slash + 1);
}

}  // namespace skillrunner::client

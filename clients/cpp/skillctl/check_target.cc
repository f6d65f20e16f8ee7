#include "skillctl/check_target.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillrunner_client/names.h"

namespace skillrunner::skillctl {
namespace {

namespace fs = std::filesystem;

// Rather than the name of a skill.
bool LooksLikeAPath(const std::string& word) {
  std::error_code ignored;
  return word[0] == '.' || word[0] == '/' || absl::EndsWith(word, "/") || absl::EndsWith(word, ".md") ||
         fs::is_regular_file(word, ignored);
}

}  // namespace

int CheckTarget::Find(const Globals& globals, const std::vector<std::string>& words) {
  globals_ = globals;
  std::error_code ignored;
  if (words.size() == 1 && fs::is_directory(words[0], ignored)) {
    const int code = StartServiceFor(words[0]);
    return code != 0 ? code : AddAll(words[0], "");
  }
  if (words.size() == 1 && absl::EndsWith(words[0], ".md") && fs::is_regular_file(words[0], ignored)) {
    const fs::path file(words[0]);
    const int code = StartServiceFor(file.has_parent_path() ? file.parent_path().string() : ".");
    return code != 0 ? code : AddAll(words[0], file.filename().string());
  }
  return words.empty() ? AddAll("the service", "") : AddNamed(words);
}

int CheckTarget::StartServiceFor(const std::string& directory) {
  interrupts_ = std::make_unique<Interrupts>();
  interrupts_->Handle([this] {
    service_.Stop();
    ::_exit(kExitCancelled);
  });
  if (const absl::Status status = service_.Start(directory); !status.ok()) return ReportLocal(status);
  globals_.address = service_.address();
  return 0;
}

int CheckTarget::AddNamed(const std::vector<std::string>& words) {
  std::vector<std::string> whole;
  for (const std::string& word : words) {
    std::error_code ignored;
    if (fs::is_directory(word, ignored)) {
      return ReportLocal(absl::InvalidArgumentError(absl::StrCat(word, " is a directory: give one alone, or skills")));
    }
    if (LooksLikeAPath(word)) {
      return ReportLocal(absl::InvalidArgumentError(
          absl::StrCat(word,
                       fs::exists(word, ignored) ? " is not a directory of descriptors, and not the only one given"
                                                 : " does not exist",
                       ": give a directory, one Markdown file, or skills of the service")));
    }
    const auto skill = client::SkillName(word);
    if (skill.ok()) {
      whole.push_back(*skill);
      continue;
    }
    const auto example = client::ExampleName(word);
    if (!example.ok()) return ReportLocal(skill.status());
    skills_[example->substr(0, example->find("/examples/"))].push_back(*example);
  }
  for (const std::string& skill : whole) skills_[skill].clear();  // all of its examples
  return 0;
}

int CheckTarget::AddAll(const std::string& what, const std::string& only_path) {
  v1::ListSkillsResponse answer;
  client::Client client = Connect(globals_);
  const grpc::Status status =
      client.ListSkills(v1::SKILL_VIEW_OUTLINE, &answer, {.deadline = Deadline(globals_, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals_, status);
  const auto wanted = [&only_path](const std::string& path) { return only_path.empty() || path == only_path; };
  for (const v1::Skill& skill : answer.skills()) {
    if (wanted(skill.path())) skills_[skill.name()];
  }
  for (const v1::DescriptorDiagnostic& diagnostic : answer.diagnostics()) {
    const bool broken = diagnostic.severity() == v1::SEVERITY_ERROR;
    if (broken && wanted(diagnostic.position().path())) unloadable_.push_back(diagnostic);
  }
  if (!skills_.empty() || !unloadable_.empty()) return 0;
  Complain(absl::StrCat(what, " has no skill to check"));
  return kExitFindings;
}

}  // namespace skillrunner::skillctl

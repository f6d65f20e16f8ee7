#include "verify/verdict.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/utf8.h"
#include "catalog/expectations.h"
#include "catalog/program_names.h"
#include "verify/failure.h"

namespace skillrunner::verify {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using catalog::Example;
using catalog::Purpose;

constexpr size_t kTailBytes = 4096;
constexpr size_t kMostNames = 10;  // in a sentence

std::string Tail(const std::string& text) {
  if (text.size() <= kTailBytes) return ReplaceInvalidUtf8(text);
  const size_t line = text.find('\n', text.size() - kTailBytes);
  return ReplaceInvalidUtf8(text.substr(line == std::string::npos ? text.size() - kTailBytes : line + 1));
}

bool Binds(const Example& example, const std::string& name) {
  const std::vector<std::string> names = catalog::BoundNames(example);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Whether a statement at the left edge of the block binds the name. A name that is bound in a function only, such as a
// parameter, is not there for the rest of it.
bool BindsForItself(const Example& example, const std::string& name) {
  if (!Binds(example, name)) return false;
  for (const absl::string_view line : absl::StrSplit(example.source, '\n')) {
    absl::string_view rest = line;
    for (const char* word : {"async ", "def ", "class ", "for ", "import ", "from "}) absl::ConsumePrefix(&rest, word);
    const bool imports = absl::StartsWith(line, "import ") || absl::StartsWith(line, "from ");
    if (imports && absl::StrContains(line, name)) return true;
    if (!absl::ConsumePrefix(&rest, name) || rest.empty()) continue;
    const bool defines = rest.size() + name.size() < line.size();  // a keyword stood before it
    rest = absl::StripLeadingAsciiWhitespace(rest);
    if (defines || absl::StartsWith(rest, ":") || absl::StartsWith(rest, ",") ||
        (absl::StartsWith(rest, "=") && !absl::StartsWith(rest, "==")))
      return true;
  }
  return false;
}

// The block that gives the example a name it lacks: the last one before it, else the first one behind.
const Example* FindBinder(const catalog::Skill& skill, const Example& example, const std::string& name) {
  const Example* before = nullptr;
  const Example* behind = nullptr;
  bool passed = false;
  for (const Example& other : skill.examples) {
    if (&other == &example) {
      passed = true;
      continue;
    }
    if (other.runtime != example.runtime || other.position.path != example.position.path || !Binds(other, name))
      continue;
    if (!passed) before = &other;
    if (passed && behind == nullptr) behind = &other;
  }
  return before != nullptr ? before : behind;
}

std::string DescribeFragment(const JudgedRun& run, const Failure& failure) {
  std::vector<std::string> others;
  for (const std::string& name : run.example.undefined) {
    if (name != failure.name && others.size() < kMostNames) others.push_back(absl::StrCat("`", name, "`"));
  }
  std::string sentence = absl::StrCat("it uses `", failure.name, "`, which nothing in it defines");
  if (!others.empty()) absl::StrAppend(&sentence, ", and has no ", absl::StrJoin(others, ", "), " either");
  const Example* binder = FindBinder(run.skill, run.example, failure.name);
  if (binder == nullptr) return absl::StrCat(sentence, "; no other block does");
  absl::StrAppend(&sentence, "; ", binder->id, " at line ", binder->position.line, " does");
  const bool before = binder->position.line < run.example.position.line;
  return before ? absl::StrCat(sentence, ": give this block the attribute `continue` if it goes on from there")
                : sentence;
}

// Ended by itself, and not with success.
bool FailedByItself(const v1::RunFinished& finished) {
  return (finished.cause() == v1::TERMINATION_CAUSE_EXITED && finished.exit_code() != 0) ||
         finished.cause() == v1::TERMINATION_CAUSE_SIGNALED;
}

bool KeepsPromises(const JudgedRun& run, std::string* problem) {
  const std::vector<catalog::Expectation>& expectations = run.example.expectations;
  // Blocks before it have printed, too.
  const catalog::MarkedOutput out = catalog::SplitOutput(run.program, run.out);
  if (catalog::KeepsPromises(expectations, out.own, problem)) return true;
  // What is shown as the whole output may be that of all blocks.
  std::string of_all;
  if (expectations.size() == 1 && expectations[0].whole && catalog::KeepsPromises(expectations, out.all, &of_all))
    return true;
  if (run.out_cut) absl::StrAppend(problem, "; only the first ", run.out.size(), " bytes of the output were looked at");
  return false;
}

void Fail(const JudgedRun& run, std::string reason, std::string message, v1::ExampleVerdict* verdict) {
  verdict->set_verdict(v1::ExampleVerdict::VERDICT_FAILED);
  verdict->set_reason(std::move(reason));
  verdict->set_message(ReplaceInvalidUtf8(message));
  verdict->set_stderr_tail(Tail(run.err));
}

void FailFor(const JudgedRun& run, Failure failure, v1::ExampleVerdict* verdict) {
  if (failure.reason == "fragment" && run.example.runtime == "python") {
    // A name that the block does bind, only not in time or not there, is its own mistake.
    if (BindsForItself(run.example, failure.name)) {
      failure.reason = "error";
    } else {
      failure.message = DescribeFragment(run, failure);
    }
  }
  if (failure.line > 0) {
    const catalog::Position at = catalog::DescriptorPosition(run.program, failure.line, failure.column);
    verdict->set_failed_line(at.line);
    if (failure.reason == "syntax" || failure.reason == "top-level-await") {
      failure.message = absl::StrCat("line ", at.line, at.column > 0 ? absl::StrCat(", column ", at.column) : "", ": ",
                                     failure.message);
    }
  }
  Fail(run, failure.reason, failure.message, verdict);
}

}  // namespace

Skip WhyNotRun(const Example& example) {
  if (example.purpose == Purpose::kAntiPattern) return {"anti-pattern", "it shows what not to do"};
  if (example.attributes.no_run) return {"no-run", "its fence says no_run"};
  if (example.purpose == Purpose::kInput) return {"not-a-program", "it is data"};
  if (example.purpose == Purpose::kConfiguration)
    return {"not-a-program", "it is configuration, or installs something"};
  if (example.purpose == Purpose::kOutput) return {"not-a-program", "it is what a program prints"};
  if (!example.runtime.empty()) return {};
  if (example.language.empty()) return {"not-a-program", "its fence names no language"};
  return {"no-runtime", absl::StrCat("there is no runtime for the language ", example.language)};
}

void Judge(const JudgedRun& run, v1::ExampleVerdict* verdict) {
  verdict->set_exit_code(run.finished.exit_code());
  verdict->set_cause(run.finished.cause());
  *verdict->mutable_wall_time() = run.finished.usage().wall_time();
  const bool succeeded = run.finished.state() == v1::Run::STATE_SUCCEEDED;
  if (!succeeded) {
    const Failure failure =
        ExplainFailure({run.example.runtime, run.file, run.program.source, run.err, run.diagnostics, run.finished});
    if (!run.example.attributes.should_fail || !FailedByItself(run.finished) || failure.reason == "module-missing") {
      FailFor(run, failure, verdict);
      return;
    }
  } else if (run.example.attributes.should_fail) {
    Fail(run, "should-fail", "its fence says should_fail, and it ended with exit code 0", verdict);
    return;
  }
  std::string problem;
  if (!KeepsPromises(run, &problem)) {
    Fail(run, "output-differs", problem, verdict);
    verdict->set_stdout_tail(Tail(run.out));
    return;
  }
  verdict->set_verdict(v1::ExampleVerdict::VERDICT_PASSED);
}

}  // namespace skillrunner::verify

#include "skillctl/attack/suite.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <semaphore>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "google/protobuf/util/time_util.h"
#include "skillctl/attack/embedded_guests.h"
#include "skillctl/attack/observe.h"
#include "skillrunner_client/errors.h"

namespace skillrunner::attack {
namespace {

constexpr int kNotInstalledExit = 77;

// What one case is: a guest or a client case, never both.
struct Case {
  std::string id;
  std::string title;
  bool alone = false;
  const Guest* guest = nullptr;
  const ClientCase* client_case = nullptr;
};

void Multiply(int factor, google::protobuf::Duration* duration) {
  using google::protobuf::util::TimeUtil;
  *duration = TimeUtil::NanosecondsToDuration(TimeUtil::DurationToNanoseconds(*duration) * factor);
}

v1::RunSourceRequest RequestOf(const Guest& guest, const std::string& argument, const SuiteOptions& options) {
  v1::RunSourceRequest request;
  request.set_runtime(guest.runtime);
  request.set_source(guest.source);
  if (!argument.empty()) request.add_args(argument);
  *request.mutable_limits() = guest.limits;
  if (guest.limits.has_wall_time()) Multiply(options.slow, request.mutable_limits()->mutable_wall_time());
  if (guest.limits.has_cpu_time()) Multiply(options.slow, request.mutable_limits()->mutable_cpu_time());
  for (const auto& [name, value] : options.environment) (*request.mutable_env())[name] = value;
  (*request.mutable_labels())["attack"] = guest.id;
  return request;
}

class SuiteRun {
 public:
  SuiteRun(client::Client* client, const Suite& suite, const SuiteOptions& options,
           const v1::GetCapabilitiesResponse& capabilities)
      : client_(client), suite_(suite), options_(options), level_(capabilities.isolation()) {
    for (const v1::RuntimeInfo& runtime : capabilities.runtimes()) {
      if (!runtime.available()) missing_runtimes_[runtime.name()] = runtime.hint();
    }
    for (const v1::IsolationMechanism& mechanism : capabilities.mechanisms()) {
      if (!mechanism.active()) missing_mechanisms_[mechanism.name()] = mechanism.detail();
    }
  }

  // All cases of one group (or a single one) at once, then the look at the host.
  void RunBatch(const std::vector<Case>& cases) {
    std::vector<CaseResult> results(cases.size());
    std::atomic<size_t> next = 0;
    {
      std::vector<std::jthread> workers;
      const size_t width = std::clamp<size_t>(options_.parallel, 1, cases.size());
      for (size_t i = 0; i < width; ++i) {
        workers.emplace_back([&] {
          for (size_t index = next++; index < cases.size(); index = next++) results[index] = RunCase(cases[index]);
        });
      }
    }
    const std::string left = options_.host_check ? options_.host_check() : "";
    if (!left.empty()) Blame(cases, left, &results);
    for (CaseResult& result : results) Report(std::move(result));
  }

  void Report(CaseResult result) {
    if (options_.on_result) options_.on_result(result);
    results_.push_back(std::move(result));
  }

  std::vector<CaseResult> TakeResults() { return std::move(results_); }

 private:
  // Finds the case of the batch that leaves something on the host, by running each alone.
  void Blame(const std::vector<Case>& cases, const std::string& left, std::vector<CaseResult>* results) {
    bool found = false;
    for (size_t i = 0; i < cases.size(); ++i) {
      if (cases.size() > 1) (void)RunCase(cases[i]);
      const std::string again = cases.size() == 1 ? left : options_.host_check();
      if (again.empty()) continue;
      found = true;
      Fail(&(*results)[i], absl::StrCat("left on the host: ", again));
    }
    if (!found) Fail(&results->front(), absl::StrCat("this case, or one that ran beside it, left on the host: ", left));
  }

  static void Fail(CaseResult* result, const std::string& why) {
    result->verdict = Verdict::kFailed;
    absl::StrAppend(&result->why, result->why.empty() ? "" : "; ", why);
  }

  CaseResult RunCase(const Case& one) {
    CaseResult result{.id = one.id, .title = one.title, .level = level_};
    const absl::Time start = absl::Now();
    std::string why;
    if (one.guest == nullptr) {
      why = one.client_case->run(client_);
    } else if (const auto reason = one.guest->not_at.find(level_); reason != one.guest->not_at.end()) {
      result.verdict = Verdict::kNotApplicable;
      result.why = reason->second;
      return result;
    } else if (const auto lacking = missing_mechanisms_.find(one.guest->needs); lacking != missing_mechanisms_.end()) {
      result.verdict = Verdict::kNotApplicable;
      result.why = lacking->second;
      return result;
    } else if (const auto missing = missing_runtimes_.find(one.guest->runtime); missing != missing_runtimes_.end()) {
      result.verdict = Verdict::kNotInstalled;
      result.why = absl::StrCat("not installed: runtime ", missing->first, " (", missing->second, ")");
      return result;
    } else {
      why = RunGuest(*one.guest, &result);
    }
    result.took = absl::Now() - start;
    if (result.verdict == Verdict::kNotInstalled) return result;
    if (why.empty()) why = NextRun();
    result.why = why;
    if (!why.empty()) result.verdict = Verdict::kFailed;
    if (one.guest != nullptr) ApplyKnown(*one.guest, &result);
    return result;
  }

  void ApplyKnown(const Guest& guest, CaseResult* result) {
    const auto reason = guest.known.find(level_);
    if (reason == guest.known.end()) return;
    if (result->verdict == Verdict::kPassed) {
      result->why = absl::StrCat("passes, although said to fail: ", reason->second);
    } else {
      result->verdict = Verdict::kKnown;
      result->why = absl::StrCat(reason->second, " [", result->why, "]");
    }
  }

  // The run after: it is served, and sees nothing of the case.
  std::string NextRun() {
    CaseResult ignored;
    const std::string why = RunGuest(suite_.next_run, &ignored);
    return why.empty() ? "" : absl::StrCat("the next run: ", why);
  }

  std::string RunGuest(const Guest& guest, CaseResult* result) {
    for (int i = 0; i < guest.repeat; ++i) {
      for (const Together& together : guest.runs) {
        if (const std::string why = RunTogether(guest, together, result); !why.empty()) return why;
        if (result->verdict == Verdict::kNotInstalled) return "";
      }
    }
    return "";
  }

  // Starts each run when the one before it has written something or has ended.
  std::string RunTogether(const Guest& guest, const Together& together, CaseResult* result) {
    std::vector<Observed> observed(together.size());
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < together.size(); ++i) {
        auto up = std::make_shared<std::binary_semaphore>(0);
        auto told = std::make_shared<std::atomic_flag>();
        const auto tell = [up, told] {
          if (!told->test_and_set()) up->release();
        };
        threads.emplace_back([&, i, tell] {
          observed[i] = RunOne(guest, together[i], tell);
          tell();
        });
        if (i + 1 < together.size()) up->acquire();
      }
    }
    Expectation expectation = guest.expectation;
    if (expectation.within) *expectation.within *= options_.slow;
    for (size_t i = 0; i < together.size(); ++i) {
      result->late = std::max(result->late, observed[i].late());
      if (observed[i].finished.exit_code() == kNotInstalledExit &&
          absl::StartsWith(observed[i].out, "not installed: ")) {
        result->verdict = Verdict::kNotInstalled;
        result->why = std::string(absl::StripAsciiWhitespace(observed[i].out));
        return "";
      }
      if (const std::string why = Judge(expectation, observed[i]); !why.empty()) {
        return together[i].empty() ? why : absl::StrCat("run '", together[i], "': ", why);
      }
    }
    return "";
  }

  Observed RunOne(const Guest& guest, const std::string& argument, const std::function<void()>& on_output) {
    bool cancelled = false;
    return Observe(client_, RequestOf(guest, argument, options_),
                   [&](const v1::RunEvent& event, const Observed& so_far) {
                     if (!event.has_output()) return;
                     on_output();
                     if (guest.cancel_at.empty() || cancelled || !absl::StrContains(so_far.out, guest.cancel_at))
                       return;
                     cancelled = true;
                     v1::Run run;
                     (void)client_->CancelRun(so_far.run, &run);
                   });
  }

  client::Client* const client_;
  const Suite& suite_;
  const SuiteOptions& options_;
  const v1::IsolationLevel level_;
  std::map<std::string, std::string> missing_runtimes_;
  std::map<std::string, std::string> missing_mechanisms_;  // by name: why
  std::vector<CaseResult> results_;
};

// Whether `word` (A, A4, A4.children) names the case.
bool Names(const std::string& word, const std::string& id) {
  if (word.size() == 1) return id[0] == word[0];
  return id == word || absl::StartsWith(id, word + ".");
}

bool Chosen(const SuiteOptions& options, const std::string& id) {
  if (options.only.empty()) return true;
  return std::any_of(options.only.begin(), options.only.end(),
                     [&](const std::string& word) { return Names(word, id); });
}

absl::Status CheckOnly(const SuiteOptions& options, const std::vector<std::string>& ids) {
  for (const std::string& word : options.only) {
    const bool known = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return Names(word, id); });
    if (!known) return absl::InvalidArgumentError(absl::StrCat("the suite has no case '", word, "'"));
  }
  return absl::OkStatus();
}

}  // namespace

bool IdLess(const std::string& a, const std::string& b) {
  const auto key = [](const std::string& id) {
    int number = 0;
    const size_t dot = id.find('.');
    (void)absl::SimpleAtoi(id.substr(1, dot == std::string::npos ? dot : dot - 1), &number);
    return std::make_tuple(id[0], number, id);
  };
  return key(a) < key(b);
}

absl::StatusOr<Suite> LoadSuite() {
  Suite suite;
  for (const EmbeddedGuest& file : EmbeddedGuests()) {
    const std::string name(file.name);
    const std::string text(file.text);
    if (absl::EndsWith(name, ".txt")) {
      ASSIGN_OR_RETURN(suite.elsewhere, ParseElsewhere(text));
      continue;
    }
    ASSIGN_OR_RETURN(Guest guest, ParseGuest(name, text));
    if (absl::StartsWith(name, "next_run")) {
      suite.next_run = std::move(guest);
    } else {
      suite.guests.push_back(std::move(guest));
    }
  }
  std::sort(suite.guests.begin(), suite.guests.end(),
            [](const Guest& a, const Guest& b) { return IdLess(a.id, b.id); });
  return suite;
}

absl::StatusOr<std::vector<CaseResult>> RunSuite(client::Client* client, const Suite& suite,
                                                 const SuiteOptions& options) {
  v1::GetCapabilitiesResponse capabilities;
  const grpc::Status status = client->GetCapabilities(&capabilities, {.deadline = absl::Now() + absl::Seconds(30)});
  if (!status.ok()) return absl::UnavailableError(client::DescribeError(status));

  const std::vector<ClientCase> client_cases = ClientCases();
  std::vector<std::string> ids;
  std::map<char, std::pair<std::vector<Case>, std::vector<Case>>> groups;  // beside each other, alone
  const auto add = [&](Case one) {
    ids.push_back(one.id);
    if (!Chosen(options, one.id)) return;
    auto& [beside, alone] = groups[one.id[0]];
    (one.alone ? alone : beside).push_back(std::move(one));
  };
  for (const Guest& guest : suite.guests) {
    add({.id = guest.id, .title = guest.title, .alone = guest.alone, .guest = &guest, .client_case = nullptr});
  }
  for (const ClientCase& one : client_cases) {
    add({.id = one.id, .title = one.title, .alone = false, .guest = nullptr, .client_case = &one});
  }
  for (const Elsewhere& line : suite.elsewhere) ids.push_back(line.id);
  RETURN_IF_ERROR(CheckOnly(options, ids));

  SuiteRun run(client, suite, options, capabilities);
  for (const auto& [letter, group] : groups) {
    if (!group.first.empty()) run.RunBatch(group.first);
    for (const Case& one : group.second) run.RunBatch({one});
  }
  for (const Elsewhere& line : suite.elsewhere) {
    if (!Chosen(options, line.id)) continue;
    run.Report({.id = line.id,
                .title = line.title,
                .level = capabilities.isolation(),
                .verdict = Verdict::kNotApplicable,
                .why = line.reason});
  }
  std::vector<CaseResult> results = run.TakeResults();
  std::sort(results.begin(), results.end(),
            [](const CaseResult& a, const CaseResult& b) { return IdLess(a.id, b.id); });
  return results;
}

}  // namespace skillrunner::attack

#include "skillctl/attack/observe.h"

#include <regex.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/time_util.h"
#include "skillrunner_client/errors.h"

namespace skillrunner::attack {
namespace {

constexpr absl::Duration kGiveUp = absl::Minutes(2);
constexpr size_t kMostMatched = 64 * 1024;
// A verdict may come this late. Reported; judged only where it is several times that, since machines are busy.
constexpr absl::Duration kPromptly = absl::Milliseconds(250);
constexpr int kBusyFactor = 5;

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string CauseName(v1::TerminationCause cause) {
  return std::string(absl::StripPrefix(v1::TerminationCause_Name(cause).c_str(), "TERMINATION_CAUSE_"));
}

bool Found(const std::string& pattern, const std::string& text) {
  regex_t regex;
  const std::string readable = absl::StrReplaceAll(pattern, {{"\\n", "\n"}});
  if (::regcomp(&regex, readable.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const std::string tail = text.size() <= kMostMatched ? text : text.substr(text.size() - kMostMatched);
  const bool found = ::regexec(&regex, tail.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&regex);
  return found;
}

// Takes one event in; what is wrong with it, else empty.
std::string TakeIn(const v1::RunEvent& event, int64_t expected_sequence, Observed* observed) {
  if (event.sequence() != expected_sequence)
    return absl::StrCat("event ", event.sequence(), " where ", expected_sequence, " was due");
  if (event.has_accepted() != (expected_sequence == 1)) return "`accepted` is not the first event, and only that";
  if (event.has_gap()) return "the journal has a gap";
  if (event.has_accepted()) observed->run = event.accepted().run().name();
  if (event.has_started()) observed->started = event.started();
  if (event.has_finished()) observed->finished = event.finished();
  if (!event.has_output()) return "";
  const v1::OutputChunk& chunk = event.output();
  std::string& stream = chunk.stream() == v1::OutputChunk::STREAM_STDERR ? observed->err : observed->out;
  if (chunk.offset() != static_cast<int64_t>(stream.size()))
    return absl::StrCat("a chunk at ", chunk.offset(), " where ", stream.size(), " was due");
  stream += chunk.has_text() ? chunk.text() : chunk.data();
  return "";
}

template <class Number>
std::string AnyOf(const std::set<Number>& numbers) {
  return absl::StrJoin(numbers, " or ");
}

std::string AnyCauseOf(const std::set<v1::TerminationCause>& causes) {
  return absl::StrJoin(causes, " or ",
                       [](std::string* out, v1::TerminationCause cause) { absl::StrAppend(out, CauseName(cause)); });
}

std::string EvidenceLines(const v1::RunFinished& finished) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : finished.evidence()) lines.push_back(key + "=" + value + "\n");
  std::sort(lines.begin(), lines.end());
  return absl::StrJoin(lines, "");
}

// What a reader wants to see beside a verdict that is not as it must be.
std::string Circumstances(const Observed& observed) {
  const v1::RunFinished& finished = observed.finished;
  std::string text = CauseName(finished.cause());
  if (finished.cause() == v1::TERMINATION_CAUSE_EXITED) absl::StrAppend(&text, " ", finished.exit_code());
  if (finished.signal() != 0) absl::StrAppend(&text, " signal ", finished.signal());
  if (!finished.message().empty()) absl::StrAppend(&text, ", \"", finished.message(), "\"");
  if (!observed.out.empty()) absl::StrAppend(&text, ", stdout: ", Brief(observed.out));
  if (!observed.err.empty()) absl::StrAppend(&text, ", stderr: ", Brief(observed.err));
  return text;
}

// The first thing that is not as expected.
std::string Deviation(const Expectation& expected, const Observed& observed) {
  const v1::RunFinished& finished = observed.finished;
  if (!expected.causes.empty() && expected.causes.count(finished.cause()) == 0)
    return absl::StrCat("expected ", AnyCauseOf(expected.causes));
  if (!expected.exit_codes.empty() && expected.exit_codes.count(finished.exit_code()) == 0)
    return absl::StrCat("expected exit code ", AnyOf(expected.exit_codes));
  if (!expected.signals.empty() && expected.signals.count(finished.signal()) == 0)
    return absl::StrCat("expected signal ", AnyOf(expected.signals));
  if (expected.stdout_pattern && !Found(*expected.stdout_pattern, observed.out))
    return absl::StrCat("expected stdout to match ", *expected.stdout_pattern);
  if (expected.stdout_text && *expected.stdout_text != observed.out)
    return absl::StrCat("expected ", expected.stdout_text->size(), " certain bytes on stdout, got ",
                        observed.out.size(), " that differ");
  if (expected.stderr_pattern && !Found(*expected.stderr_pattern, observed.err))
    return absl::StrCat("expected stderr to match ", *expected.stderr_pattern);
  if (expected.message_pattern && !Found(*expected.message_pattern, finished.message()))
    return absl::StrCat("expected a message like ", *expected.message_pattern);
  if (expected.evidence_pattern && !Found(*expected.evidence_pattern, EvidenceLines(finished)))
    return absl::StrCat("expected evidence like ", *expected.evidence_pattern, " in ", Brief(EvidenceLines(finished)));
  if (expected.output_bytes && *expected.output_bytes != observed.out.size() + observed.err.size())
    return absl::StrCat("expected ", *expected.output_bytes, " bytes of output, got ",
                        observed.out.size() + observed.err.size());
  const absl::Duration wall = FromProto(observed.started.limits().wall_time());
  const absl::Duration most = expected.within.value_or(kBusyFactor * (wall + kPromptly));
  if (wall > absl::ZeroDuration() && observed.took > most)
    return absl::StrCat("took ", absl::FormatDuration(observed.took), ", more than ", absl::FormatDuration(most));
  return "";
}

}  // namespace

absl::Duration Observed::late() const {
  if (finished.cause() != v1::TERMINATION_CAUSE_WALL_TIME_LIMIT) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(),
                  FromProto(finished.usage().wall_time()) - FromProto(started.limits().wall_time()));
}

std::string Brief(const std::string& text) {
  constexpr size_t kMost = 1200;
  const std::string end = text.size() <= kMost ? text : text.substr(text.size() - kMost);
  return absl::StrCat(text.size() <= kMost ? "" : "...", absl::CHexEscape(end));
}

Observed Observe(client::Client* client, const v1::RunSourceRequest& request, const OnEvent& on_event) {
  Observed observed;
  int64_t next = 1;
  const absl::Time start = absl::Now();
  // Not reattached: a stream that breaks is a finding.
  const client::RunOutcome outcome = client->RunSource(request,
                                                       [&](const v1::RunEvent& event) {
                                                         const std::string problem = TakeIn(event, next++, &observed);
                                                         if (observed.problem.empty()) observed.problem = problem;
                                                         if (on_event) on_event(event, observed);
                                                       },
                                                       {.deadline = start + kGiveUp, .max_reattach = 0});
  observed.took = absl::Now() - start;
  if (!outcome.status.ok()) observed.problem = client::DescribeError(outcome.status);
  if (observed.problem.empty() && !outcome.finished) observed.problem = "the stream ended without `finished`";
  return observed;
}

std::string Judge(const Expectation& expected, const Observed& observed) {
  if (!observed.problem.empty()) return observed.problem;
  const std::string deviation = Deviation(expected, observed);
  return deviation.empty() ? "" : absl::StrCat(deviation, "; was ", Circumstances(observed));
}

}  // namespace skillrunner::attack

// Runs and their events in words.
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

using client::EscapeForTerminal;

std::string EnumWords(absl::string_view name, absl::string_view prefix) {
  name.remove_prefix(prefix.size());
  if (name == "UNSPECIFIED") return "-";
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::string RenderOutput(const v1::OutputChunk& output) {
  const bool is_text = output.payload_case() == v1::OutputChunk::kText;
  const size_t size = is_text ? output.text().size() : output.data().size();
  return absl::StrCat("output: ", output.stream() == v1::OutputChunk::STREAM_STDERR ? "stderr" : "stdout", ", ", size,
                      size == 1 ? " byte" : " bytes", is_text ? "" : " (not UTF-8)", " at ", output.offset());
}

std::string RenderStarted(const v1::RunStarted& started) {
  return absl::StrCat("started: ", started.runtime(), " ", started.runtime_version(), ", isolation ",
                      Words(started.isolation()), started.warm() ? ", warm" : ", cold", ", queued for ",
                      RenderDuration(started.queue_time()), "; ", RenderLimits(started.limits()));
}

std::string RenderUsage(const v1::Usage& usage) {
  std::string text = absl::StrCat("wall ", RenderDuration(usage.wall_time()), ", cpu ",
                                  absl::FormatDuration(FromProto(usage.user_cpu()) + FromProto(usage.system_cpu())),
                                  ", memory ", RenderSize(usage.peak_memory_bytes()), ", stdout ",
                                  RenderSize(usage.stdout_bytes()), ", stderr ", RenderSize(usage.stderr_bytes()));
  if (usage.processes_peak() > 0) absl::StrAppend(&text, ", processes ", usage.processes_peak());
  return text;
}

std::string RenderFinished(const v1::RunFinished& finished) {
  std::string text = absl::StrCat("finished: ", Words(finished.state()), ", ", Words(finished.cause()));
  if (finished.cause() == v1::TERMINATION_CAUSE_EXITED) absl::StrAppend(&text, " ", finished.exit_code());
  if (finished.signal() != 0) absl::StrAppend(&text, ", signal ", finished.signal());
  if (finished.has_usage()) absl::StrAppend(&text, "; ", RenderUsage(finished.usage()));
  for (const auto& [name, value] : finished.evidence()) absl::StrAppend(&text, "; ", name, "=", value);
  if (!finished.message().empty()) absl::StrAppend(&text, "; ", finished.message());
  return text;
}

std::string RenderDiagnostic(const v1::RunDiagnostic& diagnostic) {
  std::string text = absl::StrCat("diagnostic ", diagnostic.code(), ": ", diagnostic.message());
  if (diagnostic.line() > 0) absl::StrAppend(&text, " (line ", diagnostic.line(), ")");
  if (diagnostic.descriptor_line() > 0) absl::StrAppend(&text, " (descriptor line ", diagnostic.descriptor_line(), ")");
  return text;
}

std::string RenderWhat(const v1::RunEvent& event) {
  switch (event.event_case()) {
    case v1::RunEvent::kAccepted:
      return absl::StrCat("accepted: ", event.accepted().run().name());
    case v1::RunEvent::kQueued:
      return absl::StrCat("queued: ", event.queued().position(), " ahead");
    case v1::RunEvent::kStarted:
      return RenderStarted(event.started());
    case v1::RunEvent::kOutput:
      return RenderOutput(event.output());
    case v1::RunEvent::kGap:
      return absl::StrCat("gap: the journal goes on with event ", event.gap().earliest_sequence());
    case v1::RunEvent::kTask:
      return absl::StrCat("task ", event.task().task(), ": ",
                          EnumWords(v1::TaskEvent::Kind_Name(event.task().kind()), "KIND_"));
    case v1::RunEvent::kDiagnostic:
      return RenderDiagnostic(event.diagnostic());
    case v1::RunEvent::kNetwork:
      return absl::StrCat("network: ", event.network().method(), " ", event.network().url(), " ",
                          event.network().status());
    case v1::RunEvent::kDenial:
      return absl::StrCat("denial: ", event.denial().subject(), " by ", event.denial().rule());
    case v1::RunEvent::kArtifact:
      return absl::StrCat("artifact: ", event.artifact().path(), ", ", event.artifact().size_bytes(), " bytes");
    case v1::RunEvent::kFinished:
      return RenderFinished(event.finished());
    case v1::RunEvent::EVENT_NOT_SET:
      break;
  }
  return "an event this skillctl does not know";
}

std::string RunTime(const v1::Run& run) {
  if (!run.has_start_time() || !run.has_end_time()) return "-";
  const absl::Duration time = FromProto(run.end_time()) - FromProto(run.start_time());
  return absl::FormatDuration(absl::Trunc(time, absl::Milliseconds(1)));
}

std::string ExitCell(const v1::Run& run) {
  return run.cause() == v1::TERMINATION_CAUSE_EXITED ? absl::StrCat(run.exit_code()) : "-";
}

}  // namespace

// Enum values of a newer service have no name here.
std::string Words(v1::TerminationCause cause) {
  return v1::TerminationCause_IsValid(cause) ? EnumWords(v1::TerminationCause_Name(cause), "TERMINATION_CAUSE_")
                                             : absl::StrCat("cause ", static_cast<int>(cause));
}

std::string Words(v1::Run::State state) {
  return v1::Run::State_IsValid(state) ? EnumWords(v1::Run::State_Name(state), "STATE_")
                                       : absl::StrCat("state ", static_cast<int>(state));
}

std::string Words(v1::IsolationLevel level) {
  return v1::IsolationLevel_IsValid(level) ? EnumWords(v1::IsolationLevel_Name(level), "ISOLATION_LEVEL_")
                                           : absl::StrCat("level ", static_cast<int>(level));
}

std::string Words(v1::Severity severity) {
  return v1::Severity_IsValid(severity) ? EnumWords(v1::Severity_Name(severity), "SEVERITY_")
                                        : absl::StrCat("severity ", static_cast<int>(severity));
}

std::string RenderDuration(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Trunc(FromProto(duration), absl::Microseconds(1)));
}

std::string RenderSize(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double number = static_cast<double>(bytes);
  size_t unit = 0;
  while (number >= 1024 && unit + 1 < sizeof kUnits / sizeof kUnits[0]) {
    number /= 1024;
    ++unit;
  }
  // %.4g: 1.5 KiB and 64 MiB, but all digits of 1023 B.
  return absl::StrFormat("%.4g %s", number, kUnits[unit]);
}

std::string RenderTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", FromProto(time), absl::LocalTimeZone());
}

std::string RenderLimits(const v1::Limits& limits) {
  std::vector<std::string> parts;
  if (limits.has_wall_time()) parts.push_back("wall time " + RenderDuration(limits.wall_time()));
  if (limits.has_cpu_time()) parts.push_back("cpu time " + RenderDuration(limits.cpu_time()));
  if (limits.memory_bytes() > 0) parts.push_back("memory " + RenderSize(limits.memory_bytes()));
  if (limits.processes() > 0) parts.push_back(absl::StrCat("processes ", limits.processes()));
  if (limits.output_bytes() > 0) parts.push_back("output " + RenderSize(limits.output_bytes()));
  if (limits.disk_bytes() > 0) parts.push_back("disk " + RenderSize(limits.disk_bytes()));
  if (limits.open_files() > 0) parts.push_back(absl::StrCat("open files ", limits.open_files()));
  return absl::StrJoin(parts, ", ");
}

std::string RenderEvent(const v1::RunEvent& event, const google::protobuf::Timestamp& first) {
  const absl::Duration since = FromProto(event.event_time()) - FromProto(first);
  return EscapeForTerminal(absl::StrCat("[", event.sequence(),
                                        absl::StrFormat(" +%.3fs] ", absl::ToDoubleSeconds(since)), RenderWhat(event)));
}

std::string RenderFailure(const v1::RunFinished& finished) {
  if (!finished.message().empty()) return EscapeForTerminal(finished.message());
  return absl::StrCat("the run ", Words(finished.state()), ": ", Words(finished.cause()));
}

std::string RenderRunList(const v1::ListRunsResponse& answer, size_t columns) {
  if (answer.runs().empty()) return "no runs\n";
  Table table({"RUN", "STATE", "CAUSE", "EXIT", "CREATED", "TIME", "WHAT"});
  for (const auto& run : answer.runs()) {
    table.Add({run.name(), Words(run.state()), Words(run.cause()), ExitCell(run), RenderTime(run.create_time()),
               RunTime(run), run.example().empty() ? run.runtime() + " source" : run.example()});
  }
  const char* more = answer.next_page_token().empty() ? "" : "and older ones: --limit says how many to list\n";
  return table.Render(columns) + more;
}

std::string RenderRun(const v1::Run& run) {
  std::string text;
  const auto line = [&text](absl::string_view label, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, absl::StrFormat("%-10s", label), EscapeForTerminal(value), "\n");
  };
  line("run", run.name());
  line("state", Words(run.state()));
  if (run.cause() != v1::TERMINATION_CAUSE_UNSPECIFIED) line("cause", Words(run.cause()));
  if (run.cause() == v1::TERMINATION_CAUSE_EXITED) line("exit code", absl::StrCat(run.exit_code()));
  line("example", run.example());
  line("revision", run.skill_revision());
  line("runtime", run.runtime());
  if (run.has_create_time()) line("created", RenderTime(run.create_time()));
  if (run.has_start_time()) line("started", RenderTime(run.start_time()));
  if (run.has_end_time()) line("ended", RenderTime(run.end_time()));
  if (run.has_usage()) line("usage", RenderUsage(run.usage()));
  for (const auto& [key, value] : run.labels()) line("label", absl::StrCat(key, "=", value));
  return text;
}

}  // namespace skillrunner::skillctl

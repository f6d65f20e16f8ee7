#include "skillctl/attack/guest.h"

#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "google/protobuf/util/time_util.h"
#include "skillctl/values.h"

namespace skillrunner::attack {
namespace {

using Field = std::pair<std::string, std::string>;

absl::Status Wrong(absl::string_view what, absl::string_view value) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": '", value, "'"));
}

std::vector<std::string> Words(absl::string_view text, char separator) {
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(text, separator)) {
    words.emplace_back(absl::StripAsciiWhitespace(word));
  }
  return words;
}

absl::Status ReadNumbers(absl::string_view text, std::set<int>* numbers) {
  numbers->clear();
  if (text == "any") return absl::OkStatus();
  for (const std::string& word : Words(text, '|')) {
    int number = 0;
    if (!absl::SimpleAtoi(word, &number)) return Wrong("not a number", word);
    numbers->insert(number);
  }
  return absl::OkStatus();
}

absl::Status ReadCauses(absl::string_view text, std::set<v1::TerminationCause>* causes) {
  causes->clear();
  for (const std::string& word : Words(text, '|')) {
    v1::TerminationCause cause = v1::TERMINATION_CAUSE_UNSPECIFIED;
    if (!v1::TerminationCause_Parse("TERMINATION_CAUSE_" + word, &cause)) return Wrong("not a cause", word);
    causes->insert(cause);
  }
  return absl::OkStatus();
}

// `LEVEL[,LEVEL]: REASON`.
absl::Status ReadLevels(absl::string_view text, std::map<v1::IsolationLevel, std::string>* reasons) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(": ", 1));
  if (parts.size() != 2) return Wrong("not LEVEL: REASON", text);
  for (const std::string& word : Words(parts[0], ',')) {
    if (word == "all") {
      for (const auto level :
           {v1::ISOLATION_LEVEL_RESTRICTED, v1::ISOLATION_LEVEL_NAMESPACED, v1::ISOLATION_LEVEL_FULL}) {
        (*reasons)[level] = parts[1];
      }
      continue;
    }
    const auto level = skillctl::ParseIsolation(word);
    if (!level.ok()) return level.status();
    (*reasons)[*level] = parts[1];
  }
  return absl::OkStatus();
}

absl::Status ReadRepeated(absl::string_view text, std::optional<std::string>* whole) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  int count = 0;
  std::string unit;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &count) || !absl::CUnescape(parts[1], &unit)) {
    return Wrong("not COUNT TEXT", text);
  }
  *whole = "";
  for (int i = 0; i < count; ++i) **whole += unit;
  return absl::OkStatus();
}

absl::Status ReadRuns(absl::string_view text, std::vector<Together>* runs) {
  runs->clear();
  for (const std::string& step : Words(text, ';')) runs->push_back(Words(step, '&'));
  return absl::OkStatus();
}

absl::Status ReadCount(absl::string_view text, int* count) {
  return absl::SimpleAtoi(text, count) && *count > 0 ? absl::OkStatus() : Wrong("not a count", text);
}

absl::Status Apply(const Field& field, Guest* guest) {
  const auto& [key, value] = field;
  Expectation& expected = guest->expectation;
  if (key == "id")
    guest->id = value;
  else if (key == "title")
    guest->title = value;
  else if (key == "limits")
    return ParseLimits(value, &guest->limits);
  else if (key == "cause")
    return ReadCauses(value, &expected.causes);
  else if (key == "exit")
    return ReadNumbers(value, &expected.exit_codes);
  else if (key == "signal")
    return ReadNumbers(value, &expected.signals);
  else if (key == "stdout")
    expected.stdout_pattern = value;
  else if (key == "stdout-repeat")
    return ReadRepeated(value, &expected.stdout_text);
  else if (key == "stderr")
    expected.stderr_pattern = value;
  else if (key == "message")
    expected.message_pattern = value;
  else if (key == "evidence")
    expected.evidence_pattern = value;
  else if (key == "cancel-at")
    guest->cancel_at = value;
  else if (key == "runs")
    return ReadRuns(value, &guest->runs);
  else if (key == "repeat")
    return ReadCount(value, &guest->repeat);
  else if (key == "alone")
    guest->alone = value == "yes";
  else if (key == "needs")
    guest->needs = value;
  else if (key == "not-at")
    return ReadLevels(value, &guest->not_at);
  else if (key == "known")
    return ReadLevels(value, &guest->known);
  else if (key == "output-bytes") {
    int bytes = 0;
    RETURN_IF_ERROR(ReadCount(value, &bytes));
    expected.output_bytes = static_cast<size_t>(bytes);
  } else if (key == "within") {
    const auto within = skillctl::ParseDuration(value);
    if (!within.ok()) return within.status();
    expected.within = *within;
  } else {
    return Wrong("unknown key", key);
  }
  return absl::OkStatus();
}

void ApplyDefaults(const std::set<std::string>& given, Guest* guest) {
  Expectation& expected = guest->expectation;
  if (expected.causes.empty()) expected.causes = {v1::TERMINATION_CAUSE_EXITED};
  const bool exits = expected.causes == std::set<v1::TerminationCause>{v1::TERMINATION_CAUSE_EXITED};
  if (exits && given.count("exit") == 0) expected.exit_codes = {0};
  if (exits && given.count("stdout") == 0 && given.count("stdout-repeat") == 0) expected.stdout_pattern = "^OK\n$";
  if (expected.stdout_pattern == "any") expected.stdout_pattern.reset();
  if (guest->runs.empty()) guest->runs = {{""}};
}

// The `key: value` behind a comment sign; no value: the header ends here.
std::optional<Field> HeaderField(absl::string_view line) {
  const size_t colon = line.find(": ");
  if (colon == absl::string_view::npos || !absl::StartsWith(line, " ")) return std::nullopt;
  const absl::string_view key = absl::StripAsciiWhitespace(line.substr(0, colon));
  for (const char c : key) {
    if (!absl::ascii_islower(c) && c != '-') return std::nullopt;
  }
  return Field(key, absl::StripAsciiWhitespace(line.substr(colon + 2)));
}

}  // namespace

absl::Status ParseLimits(absl::string_view text, v1::Limits* limits) {
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
    const auto& [name, value] = pair;
    if (name == "wall" || name == "cpu") {
      const auto duration = skillctl::ParseDuration(value);
      if (!duration.ok()) return duration.status();
      *(name == "wall" ? limits->mutable_wall_time() : limits->mutable_cpu_time()) =
          google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(*duration));
      continue;
    }
    const auto size = skillctl::ParseSize(value);
    if (!size.ok()) return size.status();
    if (name == "memory")
      limits->set_memory_bytes(*size);
    else if (name == "output")
      limits->set_output_bytes(*size);
    else if (name == "disk")
      limits->set_disk_bytes(*size);
    else if (name == "processes")
      limits->set_processes(static_cast<int32_t>(*size));
    else if (name == "files")
      limits->set_open_files(static_cast<int32_t>(*size));
    else
      return Wrong("unknown limit", name);
  }
  return absl::OkStatus();
}

absl::StatusOr<Guest> ParseGuest(const std::string& file_name, const std::string& text) {
  Guest guest;
  guest.source = text;
  const bool is_python = absl::EndsWith(file_name, ".py");
  const bool is_node = absl::EndsWith(file_name, ".js");
  guest.runtime = is_python ? "python" : is_node ? "node" : "bash";
  const absl::string_view sign = is_node ? "//" : "#";

  std::vector<std::pair<Field, int>> fields;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (!absl::ConsumePrefix(&line, absl::string_view(sign.data(), sign.size()))) break;
    if (absl::StartsWith(line, "   ") && !fields.empty()) {
      absl::StrAppend(&fields.back().first.second, " ", absl::StripAsciiWhitespace(line));
    } else if (auto field = HeaderField(line)) {
      fields.emplace_back(*field, number);
    } else {
      break;
    }
  }
  std::set<std::string> given;
  for (const auto& [field, line] : fields) {
    const absl::Status status = Apply(field, &guest);
    if (!status.ok())
      return absl::InvalidArgumentError(absl::StrCat(file_name, ":", line, ": ", field.first, ": ", status.message()));
    given.insert(field.first);
  }
  if (guest.id.empty() || guest.title.empty() || !absl::ascii_isupper(guest.id[0]))
    return absl::InvalidArgumentError(absl::StrCat(file_name, ":1: a guest needs an id and a title"));
  ApplyDefaults(given, &guest);
  return guest;
}

absl::StatusOr<std::vector<Elsewhere>> ParseElsewhere(const std::string& text) {
  std::vector<Elsewhere> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> parts = Words(line, '|');
    if (parts.size() != 3) return Wrong("not ID | TITLE | REASON", line);
    lines.push_back({parts[0], parts[1], parts[2]});
  }
  return lines;
}

}  // namespace skillrunner::attack

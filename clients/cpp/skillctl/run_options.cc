#include "skillctl/run_options.h"

#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/utf8.h"
#include "google/protobuf/util/time_util.h"
#include "skillctl/values.h"

namespace skillrunner::skillctl {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

absl::Status Naming(absl::string_view option, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(option, ": ", status.message()));
}

// Text fields of a request must be UTF-8: gRPC could not tell the service what is wrong with others.
absl::Status CheckText(absl::string_view option, absl::string_view text) {
  if (IsValidUtf8(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(option, ": the value is not UTF-8"));
}

absl::Status ReadDuration(absl::string_view option, const std::string& text, google::protobuf::Duration* field) {
  const auto duration = ParseDuration(text);
  if (!duration.ok()) return Naming(option, duration.status());
  *field = google::protobuf::util::TimeUtil::NanosecondsToDuration(absl::ToInt64Nanoseconds(*duration));
  return absl::OkStatus();
}

absl::Status ReadMap(absl::string_view option, const std::vector<std::string>& texts,
                     google::protobuf::Map<std::string, std::string>* map) {
  for (const std::string& text : texts) {
    RETURN_IF_ERROR(CheckText(option, text));
    auto pair = ParseKeyValue(text);
    if (!pair.ok()) return Naming(option, pair.status());
    (*map)[pair->first] = pair->second;
  }
  return absl::OkStatus();
}

absl::Status ReadSize(absl::string_view option, const std::string& text, int64_t* bytes) {
  if (text.empty()) return absl::OkStatus();
  const auto size = ParseSize(text);
  if (!size.ok()) return Naming(option, size.status());
  *bytes = *size;
  return absl::OkStatus();
}

}  // namespace

void AddLimitOptions(CLI::App* command, LimitTexts* texts) {
  command->add_option("--wall-time", texts->wall_time, "Limit of the run's time, such as 10s");
  command->add_option("--cpu-time", texts->cpu_time, "Limit of processor time, such as 5s");
  command->add_option("--memory", texts->memory, "Limit of memory, such as 64MiB");
  command->add_option("--processes", texts->processes, "Limit of processes and threads")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()));
  command->add_option("--output-bytes", texts->output_bytes, "Limit of stdout and stderr together, such as 1MiB");
  command->add_option("--disk-bytes", texts->disk_bytes,
                      "Limit of files in each of /work, /tmp and /dev/shm, such as 64MiB");
  command->add_option("--open-files", texts->open_files, "Limit of files that a process has open")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()));
}

absl::Status ReadLimits(const LimitTexts& texts, v1::Limits* limits) {
  if (!texts.wall_time.empty()) {
    RETURN_IF_ERROR(ReadDuration("--wall-time", texts.wall_time, limits->mutable_wall_time()));
  }
  if (!texts.cpu_time.empty()) {
    RETURN_IF_ERROR(ReadDuration("--cpu-time", texts.cpu_time, limits->mutable_cpu_time()));
  }
  int64_t memory = 0;
  int64_t output = 0;
  int64_t disk = 0;
  RETURN_IF_ERROR(ReadSize("--memory", texts.memory, &memory));
  RETURN_IF_ERROR(ReadSize("--output-bytes", texts.output_bytes, &output));
  RETURN_IF_ERROR(ReadSize("--disk-bytes", texts.disk_bytes, &disk));
  limits->set_memory_bytes(memory);
  limits->set_output_bytes(output);
  limits->set_disk_bytes(disk);
  limits->set_processes(texts.processes);
  limits->set_open_files(texts.open_files);
  return absl::OkStatus();
}

void AddRunOptions(CLI::App* command, RunOptionTexts* texts) {
  // One value each time: `--arg a EXAMPLE` must not take the example too.
  const auto repeatable = [command](const char* name, std::vector<std::string>* values, const char* help) {
    command->add_option(name, *values, help)->allow_extra_args(false);
  };
  repeatable("--arg", &texts->args, "Argument for the program; repeatable; or give them all behind `--`");
  repeatable("--env", &texts->env, "KEY=VALUE for the program's environment; repeatable");
  command->add_option("--stdin", texts->stdin_path, "FILE for the program's standard input, - for ours; default: none");
  repeatable("--file", &texts->files, "LOCAL[:REMOTE], a file for the program's work directory; repeatable");
  AddLimitOptions(command, &texts->limits);
  command->add_option("--min-isolation", texts->min_isolation,
                      "Refuse to run with less than: full, namespaced, restricted");
  command->add_flag("--continue", texts->continues,
                    "Let the run go on when this client goes away; an interrupt (Ctrl-C, SIGTERM) cancels it all the "
                    "same");
  command->add_option("--request-id", texts->request_id, "Starting twice with the same id joins the first run");
  repeatable("--label", &texts->labels, "KEY=VALUE to be kept with the run; repeatable");
  command->add_flag("--fresh", texts->fresh, "Start a cold interpreter rather than a copy of a warm one");
  command->add_flag("--validate-only", texts->validate_only, "Check the request, run nothing");
  command->add_flag("--events", texts->events, "Print a line for every event on stderr");
}

template <class Request>
absl::Status ReadRunOptions(const RunOptionTexts& texts, Request* request) {
  for (const std::string& arg : texts.args) {
    RETURN_IF_ERROR(CheckText("--arg", arg));
    request->add_args(arg);
  }
  RETURN_IF_ERROR(ReadMap("--env", texts.env, request->mutable_env()));
  RETURN_IF_ERROR(ReadMap("--label", texts.labels, request->mutable_labels()));
  RETURN_IF_ERROR(ReadLimits(texts.limits, request->mutable_limits()));
  if (!texts.min_isolation.empty()) {
    const auto level = ParseIsolation(texts.min_isolation);
    if (!level.ok()) return Naming("--min-isolation", level.status());
    request->set_min_isolation(*level);
  }
  RETURN_IF_ERROR(CheckText("--request-id", texts.request_id));
  request->set_request_id(texts.request_id);
  request->set_validate_only(texts.validate_only);
  request->set_fresh_interpreter(texts.fresh);
  if (texts.continues) request->set_disconnect_policy(v1::DISCONNECT_POLICY_CONTINUE);
  // Files last: a wrong option should not wait for someone to end standard input.
  for (const std::string& spec : texts.files) {
    RETURN_IF_ERROR(CheckText("--file", spec));
    auto file = ReadInputFile(spec);
    if (!file.ok()) return Naming("--file", file.status());
    *request->add_files() = *std::move(file);
  }
  if (!texts.stdin_path.empty()) {
    auto content = ReadFileOrStdin(texts.stdin_path, kMostStdinBytes);
    if (!content.ok()) return Naming("--stdin", content.status());
    request->set_stdin(*std::move(content));
  }
  return absl::OkStatus();
}

template absl::Status ReadRunOptions(const RunOptionTexts&, v1::RunExampleRequest*);
template absl::Status ReadRunOptions(const RunOptionTexts&, v1::RunSourceRequest*);

}  // namespace skillrunner::skillctl

#include "config/knobs.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "config/profiles.h"
#include "config/values.h"

namespace skillrunner {
namespace {

// Children run with "/" as their directory, so no path may stay relative.
std::string Absolute(absl::string_view path) {
  std::string absolute = std::filesystem::absolute(std::string(path)).lexically_normal().string();
  if (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

absl::Status Outside(absl::string_view text, absl::string_view low, absl::string_view high) {
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is outside ", low, " to ", high));
}

template <typename T>
using Field = T& (*)(Config&);

Knob Duration(std::string flag, std::string default_text, absl::Duration least, absl::Duration most, std::string help,
              Field<absl::Duration> field) {
  Knob knob{std::move(flag), "DURATION", std::move(default_text), "", std::move(help), false, {}, {}};
  knob.set = [field, least, most](Config& config, absl::string_view text) -> absl::Status {
    ASSIGN_OR_RETURN(const absl::Duration value, ParseDurationValue(text));
    if (value < least || value > most) return Outside(text, absl::FormatDuration(least), absl::FormatDuration(most));
    field(config) = value;
    return absl::OkStatus();
  };
  knob.get = [field](Config& config) { return absl::FormatDuration(field(config)); };
  return knob;
}

Knob Size(std::string flag, std::string default_text, int64_t least, int64_t most, std::string help,
          Field<int64_t> field) {
  Knob knob{std::move(flag), "SIZE", std::move(default_text), "", std::move(help), false, {}, {}};
  knob.set = [field, least, most](Config& config, absl::string_view text) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t value, ParseSize(text));
    if (value < least || value > most) return Outside(text, FormatSize(least), FormatSize(most));
    field(config) = value;
    return absl::OkStatus();
  };
  knob.get = [field](Config& config) { return FormatSize(field(config)); };
  return knob;
}

Knob Number(std::string flag, std::string default_text, int64_t least, int64_t most, std::string help,
            Field<int64_t> field) {
  Knob knob{std::move(flag), "N", std::move(default_text), "", std::move(help), false, {}, {}};
  knob.set = [field, least, most](Config& config, absl::string_view text) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t value, ParseInteger(text));
    if (value < least || value > most) return Outside(text, absl::StrCat(least), absl::StrCat(most));
    field(config) = value;
    return absl::OkStatus();
  };
  knob.get = [field](Config& config) { return absl::StrCat(field(config)); };
  return knob;
}

Knob Descriptor(std::string flag, Field<int64_t> field) {
  Knob knob = Number(std::move(flag), "", 3, 1'000'000, "", field);
  knob.hidden = true;
  knob.get = [field](Config& config) { return field(config) < 0 ? "" : absl::StrCat(field(config)); };
  return knob;
}

Knob Path(std::string flag, std::string value_name, std::string default_meaning, std::string help,
          Field<std::string> field) {
  Knob knob{std::move(flag), std::move(value_name), "", std::move(default_meaning), std::move(help), false, {}, {}};
  knob.set = [field](Config& config, absl::string_view text) {
    if (text.empty()) return absl::InvalidArgumentError("the path is empty");
    field(config) = Absolute(text);
    return absl::OkStatus();
  };
  knob.get = [field](Config& config) { return field(config); };
  return knob;
}

Knob Interpreter(std::string flag, std::string default_text, std::string help, Field<std::string> field) {
  Knob knob{std::move(flag), "PATH", std::move(default_text), "", std::move(help), false, {}, {}};
  knob.set = [field](Config& config, absl::string_view text) {
    if (text.empty()) return absl::InvalidArgumentError("the path is empty");
    if (text == "none") {
      field(config).clear();
    } else {
      field(config) = absl::StrContains(text, "/") ? Absolute(text) : std::string(text);
    }
    return absl::OkStatus();
  };
  knob.get = [field](Config& config) { return field(config).empty() ? "none" : field(config); };
  return knob;
}

Knob Listen() {
  Knob knob{"listen", "HOST:PORT", "127.0.0.1:50051", "", "Where to serve; port 0 picks a free one.", false, {}, {}};
  knob.set = [](Config& config, absl::string_view text) -> absl::Status {
    ASSIGN_OR_RETURN(config.listen, ParseListenAddress(text));
    return absl::OkStatus();
  };
  knob.get = [](Config& config) { return config.listen.ToString(); };
  return knob;
}

Knob ListenBeyondLoopback() {
  Knob knob{"listen-beyond-loopback-without-credentials",
            "",
            "false",
            "",
            "Serve other machines too, although anyone who can connect may run code here.",
            false,
            {},
            {}};
  knob.set = [](Config& config, absl::string_view text) -> absl::Status {
    ASSIGN_OR_RETURN(config.listen_beyond_loopback_without_credentials, ParseBool(text));
    return absl::OkStatus();
  };
  knob.get = [](Config& config) -> std::string {
    return config.listen_beyond_loopback_without_credentials ? "true" : "false";
  };
  return knob;
}

Knob Skills() {
  Knob knob{"skills",
            "DIR[,DIR...]",
            "",
            "./skills, where there is one",
            "Directories with the descriptors to serve.",
            false,
            {},
            {}};
  knob.set = [](Config& config, absl::string_view text) {
    config.skills.clear();
    for (const std::string& part : SplitList(text)) config.skills.push_back(Absolute(part));
    return config.skills.empty() ? absl::InvalidArgumentError("no directory is named") : absl::OkStatus();
  };
  knob.get = [](Config& config) { return absl::StrJoin(config.skills, ","); };
  return knob;
}

Knob SkillsDescriptors() {
  Knob knob{"skills-fds", "FD[,FD...]", "", "", "", true, {}, {}};
  knob.set = [](Config& config, absl::string_view text) {
    config.skills_fds.clear();
    for (const std::string& part : SplitList(text)) {
      int fd = -1;
      if (!absl::SimpleAtoi(part, &fd) || fd < 3) {
        return absl::InvalidArgumentError(absl::StrCat("'", part, "' is not a descriptor"));
      }
      config.skills_fds.push_back(fd);
    }
    return absl::OkStatus();
  };
  knob.get = [](Config& config) { return absl::StrJoin(config.skills_fds, ","); };
  return knob;
}

Knob WarmPython() {
  Knob knob{"python-profiles",
            "PROFILE[,PROFILE...]",
            "bare,asyncio,asyncio+aiohttp",
            "",
            "Warm Python interpreters: each with these modules imported ahead, joined by +, for programs that import "
            "them all; bare has none. Or none: every program starts cold.",
            false,
            {},
            {}};
  knob.set = [](Config& config, absl::string_view text) -> absl::Status {
    config.python_profiles.clear();
    if (text == "none") return absl::OkStatus();
    for (const std::string& part : SplitList(text)) {
      if (!IsPythonProfile(part)) {
        return absl::InvalidArgumentError(absl::StrCat("'", part, "' is not bare or modules joined by +"));
      }
      config.python_profiles.push_back(part);
    }
    return config.python_profiles.empty() ? absl::InvalidArgumentError("no profile is named") : absl::OkStatus();
  };
  knob.get = [](Config& config) {
    return config.python_profiles.empty() ? std::string("none") : absl::StrJoin(config.python_profiles, ",");
  };
  return knob;
}

Knob PythonPackages() {
  Knob knob{
      "python-packages",
      "DIR[,DIR...]",
      "none",
      "",
      "Directories of packages, or virtual environments, that every Python program can import from, in this order "
      "and ahead of the system's (PYTHONPATH). Read-only in sandboxes.",
      false,
      {},
      {}};
  knob.set = [](Config& config, absl::string_view text) -> absl::Status {
    config.python_packages.clear();
    if (text == "none") return absl::OkStatus();
    for (const std::string& part : SplitList(text)) {
      if (absl::StrContains(part, ":")) {
        return absl::InvalidArgumentError(absl::StrCat("'", part, "' has a colon, which PYTHONPATH cannot hold"));
      }
      config.python_packages.push_back(Absolute(part));
    }
    return config.python_packages.empty() ? absl::InvalidArgumentError("no directory is named") : absl::OkStatus();
  };
  knob.get = [](Config& config) {
    return config.python_packages.empty() ? std::string("none") : absl::StrJoin(config.python_packages, ",");
  };
  return knob;
}

Knob LogLevel() {
  static constexpr const char* kNames[] = {"debug", "info", "warning", "error", "off"};  // in the order of log::Level
  Knob knob{"log-level",
            "LEVEL",
            "info",
            "",
            "Least level that is logged: debug, info, warning, error or off. One JSON object a line on stderr.",
            false,
            {},
            {}};
  knob.set = [](Config& config, absl::string_view text) {
    if (log::ParseLevel(text, &config.log_level)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not debug, info, warning, error or off"));
  };
  knob.get = [](Config& config) -> std::string { return kNames[static_cast<int>(config.log_level)]; };
  return knob;
}

Knob Isolation() {
  Knob knob{
      "isolation",
      "LEVEL",
      "auto",
      "",
      "Strongest isolation level to use: full, namespaced, restricted, or auto for what the host gives. A ceiling: "
      "the host may give less, which a run refuses by its min_isolation.",
      false,
      {},
      {}};
  knob.set = [](Config& config, absl::string_view text) {
    for (const char* level : {"auto", "full", "namespaced", "restricted"}) {
      if (text == level) {
        config.isolation = level;
        return absl::OkStatus();
      }
    }
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not auto, full, namespaced or restricted"));
  };
  knob.get = [](Config& config) { return config.isolation; };
  return knob;
}

constexpr int64_t kKiB = int64_t{1} << 10;
constexpr int64_t kTiB = int64_t{1} << 40;
constexpr int64_t kLargestId = std::numeric_limits<uint32_t>::max() - 1;  // the last one means "no change"

void AddLimits(std::vector<Knob>& knobs) {
  const absl::Duration least = absl::Milliseconds(1);
  const absl::Duration most = absl::Hours(24 * 30);
  knobs.push_back(Duration(
      "default-wall-time", "30s", least, most, "Time from start to end of a run.",
      [](Config & c) -> auto& { return c.default_limits.wall_time; }));
  knobs.push_back(Duration(
      "max-wall-time", "10m", least, most, "Most wall time a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.wall_time; }));
  knobs.push_back(Duration(
      "default-cpu-time", "10s", least, most, "Processor time of a run's process tree.",
      [](Config & c) -> auto& { return c.default_limits.cpu_time; }));
  knobs.push_back(Duration(
      "max-cpu-time", "10m", least, most, "Most processor time a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.cpu_time; }));
  knobs.push_back(Size(
      "default-memory", "512MiB", kLeastMemory, kTiB, "Memory of a run's process tree.",
      [](Config & c) -> auto& { return c.default_limits.memory_bytes; }));
  knobs.push_back(Size(
      "max-memory", "4GiB", kLeastMemory, kTiB, "Most memory a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.memory_bytes; }));
  knobs.push_back(Number(
      "default-processes", "128", 1, 1'000'000, "Processes and threads of a run at one time.",
      [](Config & c) -> auto& { return c.default_limits.processes; }));
  knobs.push_back(Number(
      "max-processes", "1024", 1, 1'000'000, "Most processes a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.processes; }));
  knobs.push_back(Size(
      "default-output", "8MiB", 1, kTiB, "Bytes of a run's stdout and stderr together.",
      [](Config & c) -> auto& { return c.default_limits.output_bytes; }));
  knobs.push_back(Size(
      "max-output", "64MiB", 1, kTiB, "Most output a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.output_bytes; }));
  knobs.push_back(Size(
      "default-disk", "64MiB", kLeastDisk, kTiB, "Bytes of files in each of /work, /tmp and /dev/shm of a run.",
      [](Config & c) -> auto& { return c.default_limits.disk_bytes; }));
  knobs.push_back(Size(
      "max-disk", "1GiB", kLeastDisk, kTiB, "Most disk space a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.disk_bytes; }));
  knobs.push_back(Number(
      "default-open-files", "1024", kLeastOpenFiles, 1'000'000, "Open files of each process of a run.",
      [](Config & c) -> auto& { return c.default_limits.open_files; }));
  knobs.push_back(Number(
      "max-open-files", "4096", kLeastOpenFiles, 1'000'000, "Most open files a request may ask for.",
      [](Config & c) -> auto& { return c.max_limits.open_files; }));
}

}  // namespace

std::vector<Knob> AllKnobs() {
  std::vector<Knob> knobs;
  knobs.push_back(Listen());
  knobs.push_back(ListenBeyondLoopback());
  knobs.push_back(Skills());
  knobs.push_back(Path(
      "state-dir", "DIR", "$XDG_STATE_HOME/skill-runner or ~/.local/state/skill-runner",
      "Where the service keeps its state; created where it does not exist.",
      [](Config & c) -> auto& { return c.state_dir; }));
  knobs.push_back(Path(
      "port-file", "FILE", "none", "Gets the port written once the service serves; removed at the end.",
      [](Config & c) -> auto& { return c.port_file; }));
  knobs.push_back(LogLevel());
  knobs.push_back(Path(
      "libexec-dir", "DIR", "where skill-runner itself is", "Directory of skill-server and the zygotes.",
      [](Config & c) -> auto& { return c.libexec_dir; }));
  knobs.push_back(Interpreter(
      "python", "python3", "Python interpreter: a path, or a name looked up in /usr/local/bin:/usr/bin:/bin.",
      [](Config & c) -> auto& { return c.python; }));
  knobs.push_back(PythonPackages());
  knobs.push_back(WarmPython());
  knobs.push_back(Number(
      "learnt-python-profiles", "2", 0, 16,
      "Most profiles that are added to these while the service runs, for examples that are often run and import more.",
      [](Config & c) -> auto& { return c.learnt_python_profiles; }));
  knobs.push_back(Interpreter(
      "node", "node", "Node.js interpreter, or none; without one, its examples are refused.",
      [](Config & c) -> auto& { return c.node; }));
  knobs.push_back(Interpreter(
      "bash", "bash", "Bash interpreter, or none; without one, its examples are refused.",
      [](Config & c) -> auto& { return c.bash; }));
  knobs.push_back(Isolation());
  AddLimits(knobs);
  knobs.push_back(Number(
      "max-running", "256", 1, 100'000, "Runs that execute at one time; further ones queue.",
      [](Config & c) -> auto& { return c.max_running; }));
  knobs.push_back(Number(
      "max-queued", "10000", 0, 10'000'000, "Runs that wait at one time; further ones are refused.",
      [](Config & c) -> auto& { return c.max_queued; }));
  knobs.push_back(Number(
      "retained-runs", "1000", 0, 10'000'000, "Ended runs that can still be read.",
      [](Config & c) -> auto& { return c.retained_runs; }));
  knobs.push_back(Size(
      "retained-output-bytes", "256MiB", 0, kTiB, "Memory for the events of ended runs.",
      [](Config & c) -> auto& { return c.retained_output_bytes; }));
  knobs.push_back(Number(
      "ready-sandboxes", "4", 0, 10'000,
      "Sandboxes that are kept ready for the next runs, of each profile. 0: none, each is made when it is asked for.",
      [](Config & c) -> auto& { return c.ready_sandboxes; }));
  knobs.push_back(Number(
      "max-ready-sandboxes", "32", 0, 10'000,
      "Most sandboxes of a profile that are kept ready while runs come faster than they can be made, 3 MiB each.",
      [](Config & c) -> auto& { return c.max_ready_sandboxes; }));
  Knob threads = Number(
      "rpc-threads", "", 1, 1024,
      "Threads that serve calls, one completion queue each. One does 60,000 small calls a second; a second one needs "
      "processors that runs do not use.",
      [](Config & c) -> auto& { return c.rpc_threads; });
  threads.default_meaning = "half the number of CPUs";
  knobs.push_back(std::move(threads));
  knobs.push_back(Duration(
      "shutdown-grace", "0s", absl::ZeroDuration(), absl::Hours(24),
      "How long running runs may go on after SIGTERM; 0s ends them at once as SERVER_SHUTDOWN.",
      [](Config & c) -> auto& { return c.shutdown_grace; }));
  knobs.push_back(Number(
      "server-uid", "61400", 1, kLargestId,
      "User and group id of the server; used only where the service is started as root.",
      [](Config & c) -> auto& { return c.server_uid; }));
  knobs.push_back(Number(
      "sandbox-uid", "61401", 1, kLargestId,
      "User and group id of zygotes and runs; used only where the service is started as root.",
      [](Config & c) -> auto& { return c.sandbox_uid; }));
  knobs.push_back(Number(
      "sandbox-uids", "4096", 0, 1'000'000,
      "How many ids after --sandbox-uid belong to runs, one each; used only where the service is started as root. 0: "
      "all runs share --sandbox-uid.",
      [](Config & c) -> auto& { return c.sandbox_uids; }));
  knobs.push_back(Descriptor(
      "control-fd", [](Config & c) -> auto& { return c.control_fd; }));
  knobs.push_back(Descriptor(
      "state-fd", [](Config & c) -> auto& { return c.state_fd; }));
  knobs.push_back(SkillsDescriptors());
  return knobs;
}

std::string EnvironmentVariable(absl::string_view flag) {
  return absl::StrCat("SKILL_RUNNER_", absl::AsciiStrToUpper(absl::StrReplaceAll(flag, {{"-", "_"}})));
}

}  // namespace skillrunner

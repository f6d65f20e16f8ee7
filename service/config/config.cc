#include "config/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <set>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/near_names.h"
#include "base/status_macros.h"
#include "config/knobs.h"

namespace skillrunner {
namespace {

absl::Status Refuse(absl::string_view sentence) {
  return absl::InvalidArgumentError(sentence);
}

// Variables that belong to the project but to no flag of the service.
bool IsForeignVariable(absl::string_view name) {
  return name == "SKILL_RUNNER_ADDRESS" || name == "SKILL_RUNNER_SHARED_DIR" || name == "SKILL_RUNNER_REQUIRE_SHARED" ||
         name == "SKILL_RUNNER_TEST_LIBEXEC_DIR";
}

std::string HelpOf(const Knob& knob) {
  const std::string& shown = knob.default_text.empty() ? knob.default_meaning : knob.default_text;
  return absl::StrCat(knob.help, "\nDefault: ", shown, ". Environment: ", EnvironmentVariable(knob.flag));
}

absl::Status UnknownArgument(const std::string& argument, const std::vector<Knob>& knobs) {
  if (!absl::StartsWith(argument, "-"))
    return Refuse(absl::StrCat("'", argument, "' is not a flag: only flags are taken"));
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> flags;
  for (const Knob& knob : knobs) {
    if (!knob.hidden) flags.push_back(absl::StrCat("--", knob.flag));
  }
  const std::vector<std::string> near = NearNames(name, flags, 1);
  return Refuse(absl::StrCat("there is no flag ", name,
                             near.empty() ? "; --help lists them" : absl::StrCat("; did you mean ", near[0], "?")));
}

std::vector<std::string> UnknownVariables(const std::vector<Knob>& knobs) {
  std::set<std::string> known;
  for (const Knob& knob : knobs) {
    if (!knob.hidden) known.insert(EnvironmentVariable(knob.flag));
  }
  std::vector<std::string> warnings;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (absl::StartsWith(name, "SKILL_RUNNER_") && known.count(name) == 0 && !IsForeignVariable(name)) {
      warnings.push_back(absl::StrCat("the environment variable ", name, " belongs to no flag and is ignored"));
    }
  }
  return warnings;
}

absl::Status FindDefaults(Config& config) {
  if (config.skills.empty()) {
    struct stat info {};
    if (::stat("skills", &info) != 0 || !S_ISDIR(info.st_mode)) {
      return Refuse("--skills=DIR[,DIR...] must be given: there is no directory ./skills to take instead");
    }
    config.skills.push_back(std::filesystem::absolute("skills").string());
  }
  if (config.state_dir.empty()) {
    const char* xdg = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    if (xdg != nullptr && xdg[0] == '/') {  // the specification says to ignore a relative one
      config.state_dir = absl::StrCat(xdg, "/skill-runner");
    } else if (home != nullptr && home[0] == '/') {
      config.state_dir = absl::StrCat(home, "/.local/state/skill-runner");
    } else {
      return Refuse("--state-dir=DIR must be given: neither XDG_STATE_HOME nor HOME names a directory");
    }
  }
  if (config.libexec_dir.empty()) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return Refuse("--libexec-dir=DIR must be given: /proc/self/exe cannot be read");
    config.libexec_dir = self.parent_path().string();
  }
  if (config.rpc_threads == 0) config.rpc_threads = std::max(1u, std::thread::hardware_concurrency() / 2);
  return absl::OkStatus();
}

absl::Status CheckTogether(Config& config, const std::vector<Knob>& knobs) {
  if (!config.listen.IsLoopback() && !config.listen_beyond_loopback_without_credentials) {
    return Refuse(absl::StrCat("--listen=", config.listen.ToString(),
                               " is refused: other machines could connect and run code without credentials; listen on "
                               "127.0.0.1 or pass --listen-beyond-loopback-without-credentials"));
  }
  if (config.server_uid == config.sandbox_uid) {
    return Refuse(absl::StrCat("--server-uid and --sandbox-uid are both ", config.server_uid,
                               ": runs must not share the server's user"));
  }
  const int64_t last = config.sandbox_uid + config.sandbox_uids;
  if (config.server_uid > config.sandbox_uid && config.server_uid <= last) {
    return Refuse(absl::StrCat("--server-uid=", config.server_uid, " is one of the users of runs, --sandbox-uid=",
                               config.sandbox_uid, " and the ", config.sandbox_uids, " of --sandbox-uids after it"));
  }
  if (last >= std::numeric_limits<uint32_t>::max()) {
    return Refuse(absl::StrCat("--sandbox-uids=", config.sandbox_uids, " go beyond the largest user id"));
  }
  const RunLimits& given = config.default_limits;
  const RunLimits& most = config.max_limits;
  const std::pair<const char*, bool> kinds[] = {
      {"wall-time", given.wall_time > most.wall_time},    {"cpu-time", given.cpu_time > most.cpu_time},
      {"memory", given.memory_bytes > most.memory_bytes}, {"processes", given.processes > most.processes},
      {"output", given.output_bytes > most.output_bytes}, {"disk", given.disk_bytes > most.disk_bytes},
      {"open-files", given.open_files > most.open_files},
  };
  for (const auto& [name, above] : kinds) {
    if (!above) continue;
    std::string values[2];
    for (const Knob& knob : knobs) {
      if (knob.flag == absl::StrCat("default-", name)) values[0] = knob.get(config);
      if (knob.flag == absl::StrCat("max-", name)) values[1] = knob.get(config);
    }
    return Refuse(absl::StrCat("--default-", name, "=", values[0], " is above --max-", name, "=", values[1]));
  }
  if (config.ready_sandboxes > config.max_ready_sandboxes) {
    return Refuse(absl::StrCat("--ready-sandboxes=", config.ready_sandboxes,
                               " is above --max-ready-sandboxes=", config.max_ready_sandboxes));
  }
  if (!config.skills_fds.empty() && config.skills_fds.size() != config.skills.size()) {
    return Refuse("--skills-fds must have one descriptor for each directory of --skills");
  }
  return absl::OkStatus();
}

// What argv gives: for each knob its text, where the flag is there.
struct Arguments {
  std::vector<std::optional<std::string>> values;
  std::optional<std::string> print;
};

absl::StatusOr<Arguments> ReadArguments(int argc, const char* const* argv, const std::vector<Knob>& knobs) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "skill-runner";
  CLI::App app(
      "Runs the code examples of skills as sandboxed tasks, over gRPC.\nEvery flag can also be given as an "
      "environment variable; the flag wins.",
      program);
  app.get_formatter()->column_width(36);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", absl::StrCat(program, " ", std::string(Version())), "Print the version and exit");
  app.allow_extras();
  std::vector<std::string> texts(knobs.size());
  std::vector<CLI::Option*> options;
  for (size_t i = 0; i < knobs.size(); ++i) {
    CLI::Option* option = app.add_option(absl::StrCat("--", knobs[i].flag), texts[i], HelpOf(knobs[i]));
    option->type_name(knobs[i].value_name);
    if (knobs[i].value_name.empty()) option->expected(0, 1);
    if (knobs[i].hidden) option->group("");
    options.push_back(option);
  }
  Arguments arguments;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    arguments.print = app.help();
    return arguments;
  } catch (const CLI::CallForVersion& version) {
    arguments.print = absl::StrCat(version.what(), "\n");
    return arguments;
  } catch (const CLI::ArgumentMismatch& mismatch) {  // "--flag: what is wrong with the number of values"
    const std::string what = mismatch.what();
    return Refuse(absl::StrCat(what.substr(0, what.find(':')), " must be given once, with one value"));
  } catch (const CLI::Error& error) {
    return Refuse(error.what());
  }
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty()) return UnknownArgument(unknown.front(), knobs);
  for (size_t i = 0; i < knobs.size(); ++i) {
    const bool given = options[i]->count() > 0;
    if (given && absl::StartsWith(texts[i], "--")) {  // CLI11 takes the next flag for the value that is missing
      return Refuse(absl::StrCat("--", knobs[i].flag, " must be given once, with one value"));
    }
    if (given && texts[i].empty() && knobs[i].value_name.empty()) texts[i] = "true";
    arguments.values.push_back(given ? std::optional<std::string>(texts[i]) : std::nullopt);
  }
  return arguments;
}

}  // namespace

absl::StatusOr<ParseResult> ParseCommandLine(int argc, const char* const* argv) {
  const std::vector<Knob> knobs = AllKnobs();
  ASSIGN_OR_RETURN(Arguments arguments, ReadArguments(argc, argv, knobs));
  ParseResult result;
  if (arguments.print.has_value()) {
    result.print = std::move(arguments.print);
    return result;
  }
  for (size_t i = 0; i < knobs.size(); ++i) {
    const Knob& knob = knobs[i];
    std::string source = absl::StrCat("--", knob.flag);
    std::string text = knob.default_text;
    if (arguments.values[i].has_value()) {
      text = *arguments.values[i];
    } else if (const std::string variable = EnvironmentVariable(knob.flag); !knob.hidden) {
      const char* value = std::getenv(variable.c_str());
      if (value != nullptr && value[0] != '\0') {
        text = value;
        source = variable;
      }
    }
    if (text.empty() && !arguments.values[i].has_value()) continue;  // FindDefaults sees to it
    const absl::Status status = knob.set(result.config, text);
    if (!status.ok()) return Refuse(absl::StrCat(source, ": ", status.message()));
  }
  RETURN_IF_ERROR(FindDefaults(result.config));
  RETURN_IF_ERROR(CheckTogether(result.config, knobs));
  result.warnings = UnknownVariables(knobs);
  return result;
}

std::vector<std::string> ToFlags(Config config) {
  std::vector<std::string> flags;
  for (const Knob& knob : AllKnobs()) {
    const std::string value = knob.get(config);
    if (!value.empty()) flags.push_back(absl::StrCat("--", knob.flag, "=", value));
  }
  return flags;
}

absl::string_view Version() {
  return SKILL_RUNNER_VERSION;
}

}  // namespace skillrunner

// skillctl: the command line of the Skill Runner.
#include <signal.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/near_names.h"
#include "base/standard_streams.h"
#include "skillctl/commands.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillctl/values.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

std::string DidYouMean(absl::string_view word, const std::vector<std::string>& names) {
  const std::vector<std::string> near = NearNames(word, names);
  return near.empty() ? "" : absl::StrCat("; did you mean ", absl::StrJoin(near, " or "), "?");
}

std::vector<std::string> LongOptions(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// The sentence for a wrong command line, and where to read more.
std::string Explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string help =
      chosen.empty() ? "; see skillctl --help" : absl::StrCat("; see skillctl ", command.get_name(), " --help");
  const std::vector<std::string> words = app.remaining(/*recurse=*/true);
  const auto option =
      std::find_if(words.begin(), words.end(), [](const std::string& text) { return text.rfind("--", 0) == 0; });
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && option != words.end()) {
    std::vector<std::string> known = LongOptions(app);
    if (!chosen.empty()) {
      const std::vector<std::string> own = LongOptions(command);
      known.insert(known.end(), own.begin(), own.end());
    }
    const std::string name = option->substr(0, option->find('='));
    return absl::StrCat("there is no option ", name, DidYouMean(name, known), help);
  }
  const auto word =
      std::find_if(words.begin(), words.end(), [](const std::string& text) { return text.rfind('-', 0) != 0; });
  if (word == words.end()) return absl::StrCat(error.what(), help);
  if (!chosen.empty()) return absl::StrCat("'", *word, "' is one word too many", help);
  std::vector<std::string> commands;
  for (const CLI::App* known : app.get_subcommands(nullptr)) commands.push_back(known->get_name());
  return absl::StrCat("there is no command '", *word, "'", DidYouMean(*word, commands), help);
}

// `--arg=` as `--arg` and an empty word: the option parser would take the next word for the value.
std::vector<std::string> SplitEmptyValues(std::vector<std::string>::const_iterator begin,
                                          std::vector<std::string>::const_iterator end) {
  std::vector<std::string> words;
  for (auto word = begin; word != end; ++word) {
    const bool empty_value = word->rfind("--", 0) == 0 && word->find('=') == word->size() - 1;
    words.push_back(empty_value ? word->substr(0, word->size() - 1) : *word);
    if (empty_value) words.emplace_back();
  }
  return words;
}

int Main(int argc, char** argv) {
  // What follows `--` is the program's, whatever it looks like: the option parser never sees it.
  const std::vector<std::string> all(argv + 1, argv + argc);
  const auto dashes = std::find(all.begin(), all.end(), "--");
  const std::vector<std::string> words = SplitEmptyValues(all.begin(), dashes);
  const std::vector<std::string> program_args(dashes == all.end() ? dashes : dashes + 1, all.end());

  Globals globals;
  Command chosen;
  CLI::App app("Runs and looks at the examples of PromptOS skills on a Skill Runner service.", "skillctl");
  app.set_version_flag("--version", "skillctl " SKILLCTL_VERSION);
  app.add_option("--address", globals.address, "HOST:PORT of the service; default: 127.0.0.1:50051")
      ->envname("SKILL_RUNNER_ADDRESS");
  app.add_flag("--json", globals.json,
               "Print events and answers as JSON, one object a line; fields that are 0, false or empty are left out");
  app.add_option(
      "--timeout", globals.timeout_text,
      "Deadline of each call, such as 10s; default: none for runs, 2m for lint, 1h for verify, 30s for the rest");
  app.footer(kExitCodesHelp);
  app.fallthrough();
  app.require_subcommand(1);
  AddCatalogCommands(&app, &globals, &chosen);
  AddCheckCommands(&app, &globals, &chosen);
  AddRunCommands(&app, &globals, &program_args, &chosen);
  AddRunStateCommands(&app, &globals, &chosen);
  AddDoctorCommand(&app, &globals, &chosen);
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    const bool follows = command->get_footer() != app.get_footer() && !command->get_footer().empty();
    command->footer(absl::StrCat(follows ? command->get_footer() + "\n" : "",
                                 "--address, --json and --timeout are options of every command: see skillctl --help"));
  }

  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    app.exit(success, text, text);
    return PrintAnswer(text.str());
  } catch (const CLI::ParseError& error) {
    Complain(client::EscapeForTerminal(Explain(app, error)));
    return kExitUsage;
  }

  const std::string& command = app.get_subcommands().front()->get_name();
  if (!program_args.empty() && command != "run" && command != "run-source") {
    Complain(absl::StrCat(command, " runs no program that could take arguments behind --"));
    return kExitUsage;
  }
  if (!globals.timeout_text.empty()) {
    const auto timeout = ParseDuration(globals.timeout_text);
    if (!timeout.ok()) return ReportLocal(timeout.status(), "--timeout");
    globals.timeout = *timeout;
  }
  if (const absl::Status status = CheckAddress(globals.address); !status.ok()) {
    return ReportLocal(status, "--address");
  }
  return chosen();
}

}  // namespace
}  // namespace skillrunner::skillctl

int main(int argc, char** argv) {
  skillrunner::EnsureStandardStreams(skillrunner::ClosedOutput::kFails);
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an EPIPE we can clean up after
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  return skillrunner::skillctl::Main(argc, argv);
}

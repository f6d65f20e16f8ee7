// run, run-source, watch.
#include <limits>
#include <memory>
#include <utility>

#include "skillctl/commands.h"
#include "skillctl/exit_code.h"
#include "skillctl/follow_run.h"
#include "skillctl/output.h"
#include "skillctl/run_options.h"
#include "skillctl/values.h"
#include "skillrunner_client/names.h"

namespace skillrunner::skillctl {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

struct RunCommand {
  std::string example;
  RunOptionTexts options;
};

struct RunSourceCommand {
  std::string path;
  std::string runtime;
  std::string skill;
  RunOptionTexts options;
};

struct WatchCommand {
  std::string run;
  int64_t after = 0;
  bool events = false;
};

int Run(const Globals& globals, const RunCommand& command) {
  const auto name = client::ExampleName(command.example);
  if (!name.ok()) return ReportLocal(name.status());
  v1::RunExampleRequest request;
  if (const absl::Status status = ReadRunOptions(command.options, &request); !status.ok()) return ReportLocal(status);
  request.set_example(*name);
  return FollowRun(globals, SettingsOf(command.options),
                   [&](client::Client* client, const client::EventCallback& on_event,
                       const client::RunOptions& options) { return client->RunExample(request, on_event, options); });
}

int RunSource(const Globals& globals, const RunSourceCommand& command) {
  if (command.path == "-" && command.options.stdin_path == "-") {
    Complain("source and --stdin cannot both be standard input");
    return kExitUsage;
  }
  v1::RunSourceRequest request;
  request.set_runtime(command.runtime);
  if (!command.skill.empty()) {
    const auto skill = client::SkillName(command.skill);
    if (!skill.ok()) return ReportLocal(skill.status(), "--skill");
    request.set_skill(*skill);
  }
  if (const absl::Status status = ReadRunOptions(command.options, &request); !status.ok()) return ReportLocal(status);
  auto source = ReadFileOrStdin(command.path, kMostSourceBytes);
  if (!source.ok()) return ReportLocal(source.status());
  request.set_source(*std::move(source));
  return FollowRun(globals, SettingsOf(command.options),
                   [&](client::Client* client, const client::EventCallback& on_event,
                       const client::RunOptions& options) { return client->RunSource(request, on_event, options); });
}

int Watch(const Globals& globals, const WatchCommand& command) {
  const auto name = client::RunName(command.run);
  if (!name.ok()) return ReportLocal(name.status());
  v1::WatchRunRequest request;
  request.set_name(*name);
  request.set_after_sequence(command.after);
  return FollowRun(globals, {.cancels = false, .continues = true, .events = command.events, .validate_only = false},
                   [&](client::Client* client, const client::EventCallback& on_event,
                       const client::RunOptions& options) { return client->WatchRun(request, on_event, options); });
}

}  // namespace

void AddRunCommands(CLI::App* app, const Globals* globals, const std::vector<std::string>* program_args,
                    Command* chosen) {
  const auto append_args = [=](RunOptionTexts* options) {
    options->args.insert(options->args.end(), program_args->begin(), program_args->end());
  };
  const auto run = std::make_shared<RunCommand>();
  CLI::App* run_app =
      app->add_subcommand("run", "Run an example; its output comes byte for byte as it is written; Ctrl-C cancels it");
  run_app->add_option("EXAMPLE", run->example, "SKILL/EXAMPLE or skills/SKILL/examples/EXAMPLE")->required();
  AddRunOptions(run_app, &run->options);
  run_app->footer(kExitCodesHelp);
  run_app->callback([=] {
    append_args(&run->options);
    *chosen = [=] { return Run(*globals, *run); };
  });

  const auto source = std::make_shared<RunSourceCommand>();
  CLI::App* source_app = app->add_subcommand("run-source", "Run source code from a file; otherwise as run");
  source_app->add_option("FILE", source->path, "The source, - for standard input")->required();
  source_app->add_option("--runtime", source->runtime, "What runs it, such as python; `skillctl doctor` lists them")
      ->required();
  source_app->add_option("--skill", source->skill, "Skill the source belongs to, for the record");
  AddRunOptions(source_app, &source->options);
  source_app->footer(kExitCodesHelp);
  source_app->callback([=] {
    append_args(&source->options);
    *chosen = [=] { return RunSource(*globals, *source); };
  });

  const auto watch = std::make_shared<WatchCommand>();
  CLI::App* watch_app = app->add_subcommand(
      "watch", "Follow a run from its beginning and exit as it did; Ctrl-C stops following, the run goes on");
  watch_app->add_option("RUN", watch->run, "The run")->required();
  watch_app->add_option("--after", watch->after, "Only events after this sequence")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max()));
  watch_app->add_flag("--events", watch->events, "Print a line for every event on stderr");
  watch_app->footer(kExitCodesHelp);
  watch_app->callback([=] { *chosen = [=] { return Watch(*globals, *watch); }; });
}

}  // namespace skillrunner::skillctl

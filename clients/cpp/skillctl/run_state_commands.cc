// runs, cancel.
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "skillctl/commands.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/names.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

int List(const Globals& globals, int most) {
  v1::ListRunsResponse answer;
  client::Client client = Connect(globals);
  const grpc::Status status = client.ListRuns(most, &answer, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(answer) : RenderRunList(answer, TerminalColumns()));
}

int ShowRun(const Globals& globals, const std::string& typed) {
  const auto name = client::RunName(typed);
  if (!name.ok()) return ReportLocal(name.status());
  v1::Run run;
  client::Client client = Connect(globals);
  const grpc::Status status = client.GetRun(*name, &run, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  return PrintAnswer(globals.json ? JsonLine(run) : RenderRun(run));
}

int Cancel(const Globals& globals, const std::string& typed) {
  const auto name = client::RunName(typed);
  if (!name.ok()) return ReportLocal(name.status());
  v1::Run run;
  client::Client client = Connect(globals);
  const grpc::Status status = client.CancelRun(*name, &run, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);
  if (globals.json) return PrintAnswer(JsonLine(run));
  return PrintAnswer(
      absl::StrCat(client::EscapeForTerminal(run.name()), ": ", Words(run.state()), ", ", Words(run.cause()), "\n"));
}

}  // namespace

void AddRunStateCommands(CLI::App* app, const Globals* globals, Command* chosen) {
  struct RunsOptions {
    std::string name;
    int most = 50;
  };
  const auto runs_options = std::make_shared<RunsOptions>();
  CLI::App* runs = app->add_subcommand("runs", "List the runs the service remembers, newest first, or show one");
  CLI::Option* run = runs->add_option("RUN", runs_options->name, "Show this run");
  runs->add_option("--limit", runs_options->most, "List at most this many; default: 50")
      ->check(CLI::Range(1, std::numeric_limits<int>::max()))
      ->excludes(run);
  runs->callback([=] {
    *chosen = [=] {
      return runs_options->name.empty() ? List(*globals, runs_options->most) : ShowRun(*globals, runs_options->name);
    };
  });

  const auto cancelled = std::make_shared<std::string>();
  CLI::App* cancel = app->add_subcommand("cancel", "Cancel a run and wait until it is over");
  cancel->add_option("RUN", *cancelled, "The run")->required();
  cancel->callback([=] { *chosen = [=] { return Cancel(*globals, *cancelled); }; });
}

}  // namespace skillrunner::skillctl

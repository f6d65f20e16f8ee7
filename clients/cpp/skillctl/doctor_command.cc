// doctor.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "skillctl/attack/report.h"
#include "skillctl/attack/suite.h"
#include "skillctl/commands.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillctl/render.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

using grpc::health::v1::HealthCheckResponse;

// Container engines ask often: one cheap call, and no words.
int CheckQuietly(client::Client* client, const client::CallOptions& options) {
  HealthCheckResponse health;
  const grpc::Status status = client->CheckHealth("", &health, options);
  if (!status.ok()) return ExitCodeFor(status);
  return health.status() == HealthCheckResponse::SERVING ? 0 : kExitNotServing;
}

int Doctor(const Globals& globals, bool quiet) {
  client::Client client = Connect(globals);
  const client::CallOptions options{.deadline = Deadline(globals, absl::Seconds(5))};
  if (quiet) return CheckQuietly(&client, options);

  HealthCheckResponse health;
  grpc::Status status = client.CheckHealth("", &health, options);
  if (!status.ok()) return ReportCall(globals, status);
  // The first time, the service asks every runtime for its version: a JVM takes seconds.
  v1::GetCapabilitiesResponse capabilities;
  status = client.GetCapabilities(&capabilities, {.deadline = Deadline(globals, kUnaryTimeout)});
  if (!status.ok()) return ReportCall(globals, status);

  const bool serving = health.status() == HealthCheckResponse::SERVING;
  const std::string word = HealthCheckResponse::ServingStatus_Name(health.status());
  const int printed = PrintAnswer(globals.json ? JsonLine(health) + JsonLine(capabilities)
                                               : absl::StrCat("health          ", word, "\naddress         ",
                                                              client::EscapeForTerminal(globals.address), "\n",
                                                              RenderCapabilities(capabilities)));
  if (printed != 0 || serving) return printed;
  Complain(absl::StrCat("the service at ", client::EscapeForTerminal(globals.address), " answers but says ", word,
                        ": it is starting or shutting down; try again, or look at its log"));
  return kExitNotServing;
}

struct AttackCommand {
  bool attack = false;
  std::string cases;
  int parallel = 4;
  int slow = 1;
};

int Attack(const Globals& globals, const AttackCommand& command) {
  const auto suite = attack::LoadSuite();
  if (!suite.ok()) return ReportLocal(suite.status());
  attack::SuiteOptions options{.only = absl::StrSplit(command.cases, ',', absl::SkipEmpty()),
                               .parallel = command.parallel,
                               .slow = command.slow};
  options.environment["ATTACK_SERVICE_ADDRESS"] = globals.address;
  // On a terminal, something to look at meanwhile.
  if (TerminalColumns() > 0) {
    options.on_result = [](const attack::CaseResult& result) {
      Complain(absl::StrCat(result.id, " ", attack::Words(result.verdict)));
    };
  }
  client::Client client = Connect(globals);
  HealthCheckResponse health;
  const grpc::Status status = client.CheckHealth("", &health, {.deadline = Deadline(globals, absl::Seconds(5))});
  if (!status.ok()) return ReportCall(globals, status);
  const auto results = attack::RunSuite(&client, *suite, options);
  if (!results.ok()) return ReportLocal(results.status(), "--cases");
  const int printed =
      PrintAnswer(globals.json ? attack::JsonResults(*results) : attack::RenderResults(*results, TerminalColumns()));
  if (printed != 0) return printed;
  return attack::AnyFailed(*results) ? kExitAttackSucceeded : 0;
}

}  // namespace

void AddDoctorCommand(CLI::App* app, const Globals* globals, Command* chosen) {
  const auto quiet = std::make_shared<bool>(false);
  CLI::App* doctor = app->add_subcommand(
      "doctor", "Tell whether the service serves, what isolation it enforces and which runtimes it has");
  CLI::Option* silent = doctor->add_flag("--quiet,-q", *quiet,
                                         "Print nothing, only exit: 0 where the service serves (for health checks)");
  const auto attack = std::make_shared<AttackCommand>();
  CLI::Option* flag = doctor->add_flag(
      "--attack", attack->attack,
      "Attack the service with hostile programs and print how each case ended; see docs/attack-suite.md");
  flag->excludes(silent);
  doctor->add_option("--cases", attack->cases, "Only these cases or groups of --attack, such as A1,A4,D")->needs(flag);
  doctor->add_option("--parallel", attack->parallel, "Cases of --attack at one time; default: 4")
      ->check(CLI::Range(1, 64))
      ->needs(flag);
  doctor
      ->add_option("--slow", attack->slow,
                   "Multiply the time limits of --attack's cases with this, on a slow machine; default: 1")
      ->check(CLI::Range(1, 20))
      ->needs(flag);
  doctor->callback(
      [=] { *chosen = [=] { return attack->attack ? Attack(*globals, *attack) : Doctor(*globals, *quiet); }; });
}

}  // namespace skillrunner::skillctl

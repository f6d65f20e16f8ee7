// doctor.
#include <memory>

#include "absl/strings/str_cat.h"
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
  v1::GetCapabilitiesResponse capabilities;
  status = client.GetCapabilities(&capabilities, options);
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

}  // namespace

void AddDoctorCommand(CLI::App* app, const Globals* globals, Command* chosen) {
  const auto quiet = std::make_shared<bool>(false);
  CLI::App* doctor = app->add_subcommand(
      "doctor", "Tell whether the service serves, what isolation it enforces and which runtimes it has");
  doctor->add_flag("--quiet,-q", *quiet, "Print nothing, only exit: 0 where the service serves (for health checks)");
  doctor->callback([=] { *chosen = [=] { return Doctor(*globals, *quiet); }; });
}

}  // namespace skillrunner::skillctl

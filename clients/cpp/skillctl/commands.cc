#include "skillctl/commands.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "skillctl/exit_code.h"
#include "skillctl/output.h"
#include "skillrunner_client/errors.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {

client::Client Connect(const Globals& globals) {
  return client::Client(client::MakeChannel(globals.address, "skillctl/" SKILLCTL_VERSION));
}

absl::Time Deadline(const Globals& globals, absl::Duration otherwise) {
  return absl::Now() + globals.timeout.value_or(otherwise);
}

int ReportLocal(const absl::Status& status, const std::string& option) {
  Complain(client::EscapeForTerminal(absl::StrCat(option, option.empty() ? "" : ": ", status.message())));
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitTrouble;
}

int ReportCall(const Globals& globals, const grpc::Status& status) {
  if (client::IsUnreachable(status)) {
    Complain(absl::StrCat("no service answers at ", client::EscapeForTerminal(globals.address),
                          ": is skill-runner running? (--address or SKILL_RUNNER_ADDRESS says where to look)"));
  } else if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    Complain(absl::StrCat("DEADLINE_EXCEEDED: ", client::EscapeForTerminal(globals.address),
                          " has not answered in time: --timeout gives it longer"));
  } else {
    Complain(client::DescribeError(status));
  }
  return ExitCodeFor(status);
}

}  // namespace skillrunner::skillctl

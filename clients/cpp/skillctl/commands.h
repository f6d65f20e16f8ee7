// The commands of skillctl. Each Add… function declares its subcommands; when one is given, it sets `chosen` to what
// main runs after parsing. The result of a command is the exit code.
#pragma once

#include <grpcpp/support/status.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "skillrunner_client/client.h"

namespace skillrunner::skillctl {

struct Globals {
  std::string address = "127.0.0.1:50051";
  bool json = false;
  std::string timeout_text;
  std::optional<absl::Duration> timeout;  // of timeout_text, set before a command runs
};

using Command = std::function<int()>;

// `globals` and `chosen` must outlive the app; a command reads `globals` when it runs.
void AddCatalogCommands(CLI::App* app, const Globals* globals, Command* chosen);  // list, show, search, export
void AddCheckCommands(CLI::App* app, const Globals* globals, Command* chosen);    // lint, verify
// run, run-source, watch. `program_args` is what stood behind `--` and must outlive the app, too.
void AddRunCommands(CLI::App* app, const Globals* globals, const std::vector<std::string>* program_args,
                    Command* chosen);
void AddRunStateCommands(CLI::App* app, const Globals* globals, Command* chosen);  // runs, cancel
void AddDoctorCommand(CLI::App* app, const Globals* globals, Command* chosen);

// What commands share.

// gRPC starts here and not before, so that --help is quick and signals can be blocked in time.
client::Client Connect(const Globals& globals);

// --timeout counted from now, else `otherwise` (which may be infinite).
absl::Time Deadline(const Globals& globals, absl::Duration otherwise);

// Limit of calls that answer at once.
inline constexpr absl::Duration kUnaryTimeout = absl::Seconds(30);

// Says what is wrong on stderr. Exit code: kExitUsage for INVALID_ARGUMENT, else kExitTrouble.
int ReportLocal(const absl::Status& status, const std::string& option = "");
// Says what is wrong on stderr, one sentence where no service answers. Exit code: 64 + gRPC code.
int ReportCall(const Globals& globals, const grpc::Status& status);

}  // namespace skillrunner::skillctl

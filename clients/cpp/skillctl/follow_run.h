// Following a run on the terminal: what run, run-source and watch share.
#pragma once

#include <functional>

#include "skillctl/commands.h"
#include "skillrunner_client/client.h"

namespace skillrunner::skillctl {

struct FollowSettings {
  // Cancel the run on Ctrl-C and when nobody reads our output; else only stop following.
  bool cancels = true;
  // The run survives this client (DISCONNECT_POLICY_CONTINUE), so leaving the stream does not cancel it.
  bool continues = false;
  // Print a line for each event on stderr.
  bool events = false;
  // Nothing is started: say that the request is valid.
  bool validate_only = false;
};

// Starts or watches the run. Called once, in the thread of FollowRun.
using RunStarter =
    std::function<client::RunOutcome(client::Client*, const client::EventCallback&, const client::RunOptions&)>;

// Copies the run's output to ours, byte for byte as it comes (or with --json, one event a line to stdout), until the
// run is over. Returns the exit code of kExitCodesHelp, having said on stderr why it is not 0. Must be called before
// the process has threads: see Interrupts.
int FollowRun(const Globals& globals, const FollowSettings& settings, const RunStarter& start);

}  // namespace skillrunner::skillctl

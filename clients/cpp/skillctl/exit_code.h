// What skillctl exits with.
#pragma once

#include <grpcpp/support/status.h>

#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner::skillctl {

inline constexpr int kExitNotServing = 1;       // doctor: the service answers but does not serve
inline constexpr int kExitAttackSucceeded = 1;  // doctor --attack: a case did not end as it must
inline constexpr int kExitFindings = 1;         // lint, verify: something is not as it should be
inline constexpr int kExitUsage = 2;            // wrong command line
inline constexpr int kExitOtherLimit = 123;     // process or output limit
inline constexpr int kExitTimeLimit = 124;      // wall or CPU time limit, deadline; as timeout(1)
inline constexpr int kExitTrouble = 125;        // skillctl or the sandbox failed, not the program; as env(1)
inline constexpr int kExitNotStarted = 126;     // the program could not be started; as a shell
inline constexpr int kExitCancelled = 130;      // Ctrl-C, CancelRun; 128 + SIGINT
inline constexpr int kExitMemoryLimit = 137;    // 128 + SIGKILL, what the kernel does for memory
inline constexpr int kExitOutputClosed = 141;   // the reader of our output went away; 128 + SIGPIPE
inline constexpr int kExitCallFailed = 64;      // plus the gRPC code: 69 NOT_FOUND, 78 UNAVAILABLE, ...

// The program's own exit code where it has one, 128+n where signal n ended it, else one of the above.
int ExitCodeFor(const itzamna::skillrunner::v1::RunFinished& finished);

// 0 for OK.
int ExitCodeFor(const grpc::Status& status);

// The table for --help.
inline constexpr char kExitCodesHelp[] =
    "Exit status of run, run-source and watch:\n"
    "  N      the program's own exit code; 128+N where signal N ended it\n"
    "  2      wrong command line\n"
    "  64+N   the call failed with gRPC code N (67 bad field, 68 deadline, 69 not found,\n"
    "         72 queue full, 73 precondition, 76 not implemented, 78 unavailable)\n"
    "  123    process or output limit\n"
    "  124    wall or CPU time limit, or deadline\n"
    "  125    skillctl failed, or the sandbox was lost or shut down\n"
    "  126    the program could not be started\n"
    "  130    cancelled (Ctrl-C, CancelRun, client gone)\n"
    "  137    memory limit\n"
    "  141    nobody reads our output any more\n"
    "Other commands: 0, 2, 64+N, 125 or 141; doctor: 1 where the service does not serve,\n"
    "or a case of --attack failed; lint, verify: 1 where something is not as it should be.";

}  // namespace skillrunner::skillctl

// The process in which the program of a sandbox will run: a child of the sandbox's init, forked ahead of any job. It
// prepares itself, says Ready to the server, waits for the job, and becomes the program.
#pragma once

#include "sandbox/init.h"

namespace skillrunner::sandbox {

// In a fresh child of the init, which has set the sandbox up and given up all privileges.
[[noreturn]] void RunProgramProcess(const InitPlan& plan, UniqueFd broker);

}  // namespace skillrunner::sandbox

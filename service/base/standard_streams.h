// Standard input, output and error are open.
#pragma once

namespace skillrunner {

enum class ClosedOutput { kIgnored, kFails };

// Opens /dev/null for those that are closed: the next file opened would take their place and become somebody's output.
// What is then written is ignored, or fails with EBADF. Call it before anything else is opened.
void EnsureStandardStreams(ClosedOutput output);

}  // namespace skillrunner

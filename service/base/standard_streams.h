// Standard input, output and error are open.
#pragma once

namespace skillrunner {

// Opens /dev/null for those that are closed: the next file opened would take their place and become somebody's output.
// Call it before anything else is opened.
void EnsureStandardStreams();

}  // namespace skillrunner

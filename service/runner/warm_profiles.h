// Which warm interpreter a Python program can be run in, if in any: one that has imported nothing the program does not
// import, and whose surroundings are the program's.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "config/profiles.h"
#include "sandbox/init_protocol.h"

namespace skillrunner {

// Modules, by full name, that import statements of the source name: `import a.b` gives a and a.b. Found by reading
// lines, not by running them; text that only looks like an import, in a string of one line, may be among them.
std::set<std::string> ImportedModules(absl::string_view source);

// Names of the profiles in which the program, whose own file is the first of its files, runs as in a cold interpreter;
// the warmest first. None: only a cold interpreter will do, because the program's environment or files change how an
// interpreter starts.
std::vector<std::string> SuitableProfiles(const std::vector<PythonProfile>& profiles, const sandbox::Program& program);

}  // namespace skillrunner

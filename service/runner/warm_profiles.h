// Which warm interpreter a Python program can be run in, if in any: one that has imported nothing the program does not
// import, and whose surroundings are the program's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "config/profiles.h"
#include "sandbox/init_protocol.h"

namespace skillrunner {

// Modules, by full name, that import statements of the source name: `import a.b` gives a and a.b. Found by reading
// lines, not by running them; text that only looks like an import, in a string of one line, may be among them.
std::set<std::string> ImportedModules(absl::string_view source);

// Modules that an interpreter may have imported ahead for the program, whose own file is the first of its files, and be
// to it as a cold one; perhaps no module at all. None: only a cold interpreter will do, because the program's
// environment or files change how an interpreter starts. `environment`: that of the warm interpreters, beside what
// every program gets.
std::optional<std::set<std::string>> ModulesToHave(const std::map<std::string, std::string>& environment,
                                                   const sandbox::Program& program);

// Whether a program that may have these modules imported can run in a copy of an interpreter with the profile's.
bool Suits(const PythonProfile& profile, const std::set<std::string>& modules);

}  // namespace skillrunner

// Which runtime runs the language of a fence.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// `python` for python, py, python3, and so on by the one table there is; empty where nothing runs it. `info` is the
// info string of a fence: its first word counts, in any case, up to a `,`, `:`, `;` or
// `{`.
std::string LanguageToRuntime(absl::string_view info);

// The languages of fences that a runtime runs, lower case.
std::vector<std::string> LanguagesOf(absl::string_view runtime);

}  // namespace skillrunner::catalog

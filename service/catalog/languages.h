// Which runtime runs the language of a fence.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace skillrunner::catalog {

// `python` for python, py, python3; `node` for javascript, js, node, mjs, cjs; `bash` for bash, sh, shell; empty for
// anything else. `info` is the info string of a fence: its first word counts, in any case, up to a `,`, `:`, `;` or
// `{`.
std::string LanguageToRuntime(absl::string_view info);

}  // namespace skillrunner::catalog

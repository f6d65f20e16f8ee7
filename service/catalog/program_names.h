// What a block of code needs and gives, as far as its text tells, for the languages we know.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "catalog/skill.h"

namespace skillrunner::catalog {

// Sets imports, undefined, top_level_await and completeness from the source. Python: by its names (python_names.h).
// JavaScript and TypeScript: imports. Go, Java, Kotlin, C, C++, Rust: imports, and complete if there is an entry point.
// Others, and
// blocks of more than 128 KiB: nothing is known, completeness is kUnknown. `language` in lower case. Linear time.
void DescribeProgram(absl::string_view language, Example* example);

// The names the block binds at any level; only Python is looked at.
std::vector<std::string> BoundNames(const Example& example);

}  // namespace skillrunner::catalog

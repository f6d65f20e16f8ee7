// Resource names as people type them: with or without the collection in front. Only the shape is looked at; whether an
// id is well-formed and exists is the service's to say. INVALID_ARGUMENT with a sentence where the shape is wrong.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace skillrunner::client {

// `async` and `skills/async` → `skills/async`.
absl::StatusOr<std::string> SkillName(absl::string_view typed);

// `async/basic`, `async/examples/basic` and `skills/async/examples/basic` → `skills/async/examples/basic`.
absl::StatusOr<std::string> ExampleName(absl::string_view typed);

// `01h…` and `runs/01h…` → `runs/01h…`.
absl::StatusOr<std::string> RunName(absl::string_view typed);

// The id behind the last slash: `basic` of `skills/async/examples/basic`.
absl::string_view LastId(absl::string_view name);

}  // namespace skillrunner::client

// Structured logs: one JSON object a line on stderr, with time, level, process, message and the fields given.
//
//   log::Info("run finished", {{"run", name}, {"cause", cause}});
//
// Thread-safe. Values are text; invalid UTF-8 is replaced. Never log sources, output, environment values or tokens.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace skillrunner::log {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };
using Field = std::pair<absl::string_view, std::string>;
using Fields = std::initializer_list<Field>;

// Call once, before threads: names this process in every line and sets the least level that is written.
void Configure(absl::string_view process, Level least);

// Parses `debug`, `info`, `warning`, `error`, `off`; false for anything else.
bool ParseLevel(absl::string_view text, Level* level);

void Debug(absl::string_view message, Fields fields = {});
void Info(absl::string_view message, Fields fields = {});
void Warning(absl::string_view message, Fields fields = {});
void Error(absl::string_view message, Fields fields = {});

}  // namespace skillrunner::log

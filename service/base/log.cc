#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace skillrunner::log {
namespace {

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

void Write(Level level, const char* level_name, absl::string_view message, Fields fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(ToSpdlog(level))) return;
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["level"] = level_name;
  line["process"] = logger->name();
  line["message"] = std::string(message);
  for (const auto& [key, value] : fields) line[std::string(key)] = value;
  logger->log(ToSpdlog(level), "{}", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void Configure(absl::string_view process, Level least) {
  auto logger =
      std::make_shared<spdlog::logger>(std::string(process), std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(ToSpdlog(least));
  spdlog::set_default_logger(std::move(logger));
}

bool ParseLevel(absl::string_view text, Level* level) {
  static constexpr std::pair<const char*, Level> kLevels[] = {{"debug", Level::kDebug},
                                                              {"info", Level::kInfo},
                                                              {"warning", Level::kWarning},
                                                              {"error", Level::kError},
                                                              {"off", Level::kOff}};
  for (const auto& [name, value] : kLevels) {
    if (text == name) {
      *level = value;
      return true;
    }
  }
  return false;
}

void Debug(absl::string_view message, Fields fields) {
  Write(Level::kDebug, "debug", message, fields);
}
void Info(absl::string_view message, Fields fields) {
  Write(Level::kInfo, "info", message, fields);
}
void Warning(absl::string_view message, Fields fields) {
  Write(Level::kWarning, "warning", message, fields);
}
void Error(absl::string_view message, Fields fields) {
  Write(Level::kError, "error", message, fields);
}

}  // namespace skillrunner::log

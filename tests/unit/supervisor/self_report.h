// What a test process finds itself to be: identity, environment, descriptors, signals. For supervisor tests.
#pragma once

#include <nlohmann/json.hpp>

namespace skillrunner {

// {"pid":..,"argv":[..],"environment":[..],"fds":[..],"status":{"CapEff":"..", "Uid":"..", ...},"directory":"/", ...}
nlohmann::json SelfReport(int argc, char** argv);

}  // namespace skillrunner

// Which modules programs can load where this service runs them: sandboxes have the interpreters of the host.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "runner/runtimes.h"

namespace skillrunner::api {

// Filled before it is shared, read by any thread after. Of a runtime that was not asked nothing is missing.
class InstalledModules {
 public:
  // Asks python and node, by running them: call before threads are started. Takes some 100 ms.
  void AskRuntimes(const std::vector<Runtime>& runtimes);

  // The answer of a runtime, one module a line.
  void Set(const std::string& runtime, absl::string_view lines) {
    std::set<std::string> modules;
    while (!lines.empty()) {
      const size_t end = std::min(lines.find('\n'), lines.size());
      if (end > 0) modules.emplace(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    modules_[runtime] = std::move(modules);
  }

  // Those of `imports` that are not there. Relative paths and URLs are none of our business.
  std::vector<std::string> Missing(const std::string& runtime, const std::vector<std::string>& imports) const {
    std::vector<std::string> missing;
    const auto known = modules_.find(runtime);
    if (known == modules_.end() || known->second.empty()) return missing;
    for (const std::string& module : imports) {
      if (module[0] != '.' && module[0] != '/' && module.find("://") == std::string::npos &&
          known->second.count(module) == 0)
        missing.push_back(module);
    }
    return missing;
  }

 private:
  std::map<std::string, std::set<std::string>> modules_;
};

}  // namespace skillrunner::api

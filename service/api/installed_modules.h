// Which modules programs can load where this service runs them: sandboxes have the interpreters of the host.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "async/background.h"
#include "runner/runtimes.h"

namespace skillrunner::api {

// Asks python and node, by running them on threads of their own, when it is first wanted. Thread-safe. Of other
// runtimes, and of one that does not answer, nothing is missing.
class InstalledModules {
 public:
  // `python_path`: PYTHONPATH of programs.
  InstalledModules(const Runtimes& runtimes, const std::string& python_path);

  // Waits until Missing() knows: some 50 ms the first time. On an executor's thread.
  Task<void> Know();

  // Those of `imports` that are not there; none while it is not known. Relative paths and URLs are none of our
  // business.
  std::vector<std::string> Missing(const std::string& runtime, const std::vector<std::string>& imports) const;

 private:
  std::map<std::string, std::unique_ptr<Background<std::set<std::string>>>> modules_;
};

}  // namespace skillrunner::api

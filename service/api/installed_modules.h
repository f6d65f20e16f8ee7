// Which modules programs can load where this service runs them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace skillrunner::api {

// Thread-safe. Empty until the runtimes have been asked: nothing is missing then.
class InstalledModules {
 public:
  // The answer of a runtime: `lines`, one module a line.
  void Set(const std::string& runtime, absl::string_view lines) {
    std::set<std::string> modules;
    while (!lines.empty()) {
      const size_t end = std::min(lines.find('\n'), lines.size());
      if (end > 0) modules.emplace(lines.substr(0, end));
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    absl::MutexLock lock(&mutex_);
    modules_[runtime] = std::move(modules);
  }

  // Whether the runtime has answered.
  bool Knows(const std::string& runtime) const {
    absl::MutexLock lock(&mutex_);
    const auto known = modules_.find(runtime);
    return known != modules_.end() && !known->second.empty();
  }

  // Those of `imports` that are not there. Relative paths and URLs are none of our business.
  std::vector<std::string> Missing(const std::string& runtime, const std::vector<std::string>& imports) const {
    std::vector<std::string> missing;
    absl::MutexLock lock(&mutex_);
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
  mutable absl::Mutex mutex_;
  std::map<std::string, std::set<std::string>> modules_ ABSL_GUARDED_BY(mutex_);
};

// The program that prints them; empty for runtimes that have none.
inline absl::string_view ModuleListProgram(absl::string_view runtime) {
  if (runtime == "python") {
    return "import pkgutil, sys\n"
           "names = set(sys.stdlib_module_names) | {m.name for m in pkgutil.iter_modules()}\n"
           "print('\\n'.join(sorted(names)))\n";
  }
  if (runtime == "node") {
    return "const fs = require('fs'), path = require('path'), module = require('module');\n"
           "const names = new Set(module.builtinModules);\n"
           "for (const dir of [...module.globalPaths, '/usr/share/nodejs', '/usr/lib/nodejs']) {\n"
           "  try {\n"
           "    for (const name of fs.readdirSync(dir)) {\n"
           "      if (!name.startsWith('@')) { names.add(name); continue; }\n"
           "      for (const inner of fs.readdirSync(path.join(dir, name))) names.add(name + '/' + inner);\n"
           "    }\n"
           "  } catch {}\n"
           "}\n"
           "console.log([...names].sort().join('\\n'));\n";
  }
  return "";
}

}  // namespace skillrunner::api

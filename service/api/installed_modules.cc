#include "api/installed_modules.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/command_output.h"
#include "sandbox/environment.h"

namespace skillrunner::api {
namespace {

constexpr char kPythonList[] =
    "import os, pkgutil, sys\n"
    // Which -I makes it pass over: their names are listed, and nothing in them is imported here.
    "own = list(filter(None, os.environ.get('PYTHONPATH', '').split(':')))\n"
    "names = set(sys.stdlib_module_names) | {m.name for m in pkgutil.iter_modules(own + sys.path)}\n"
    "print('\\n'.join(sorted(names)))\n";
constexpr char kNodeList[] =
    "const fs = require('fs'), path = require('path'), module = require('module');\n"
    "const names = new Set(module.builtinModules);\n"
    "for (const dir of [...module.globalPaths, '/usr/share/nodejs', '/usr/lib/nodejs', '/usr/local/lib/node_modules']) "
    "{\n"
    "  try {\n"
    "    for (const name of fs.readdirSync(dir)) {\n"
    "      if (!name.startsWith('@')) { names.add(name); continue; }\n"
    "      for (const inner of fs.readdirSync(path.join(dir, name))) names.add(name + '/' + inner);\n"
    "    }\n"
    "  } catch {}\n"
    "}\n"
    "console.log([...names].sort().join('\\n'));\n";

std::set<std::string> Ask(const std::string& executable, const char* flag, const char* program,
                          const std::string& python_path) {
  const auto text =
      CommandOutput({executable, flag, program},
                    {.environment = {absl::StrCat("PATH=", sandbox::kPath), absl::StrCat("PYTHONPATH=", python_path)}});
  if (!text.has_value()) return {};
  return absl::StrSplit(*text, '\n', absl::SkipEmpty());
}

}  // namespace

InstalledModules::InstalledModules(const Runtimes& runtimes, const std::string& python_path) {
  const auto add = [&](const char* runtime, const char* flag, const char* program) {
    const std::string executable = runtimes.Executable(runtime);
    if (executable.empty()) return;
    modules_[runtime] = std::make_unique<Background<std::set<std::string>>>(
        [executable, flag, program, python_path] { return Ask(executable, flag, program, python_path); });
  };
  add("python", "-Ic", kPythonList);
  add("node", "-e", kNodeList);
}

Task<void> InstalledModules::Know() {
  for (const auto& [runtime, modules] : modules_) modules->Begin();
  for (const auto& [runtime, modules] : modules_) co_await modules->Get();
}

std::vector<std::string> InstalledModules::Missing(const std::string& runtime,
                                                   const std::vector<std::string>& imports) const {
  std::vector<std::string> missing;
  const auto entry = modules_.find(runtime);
  if (entry == modules_.end()) return missing;
  const std::set<std::string>* known = entry->second->Peek();
  if (known == nullptr || known->empty()) return missing;
  for (const std::string& module : imports) {
    if (module[0] != '.' && module[0] != '/' && module.find("://") == std::string::npos && known->count(module) == 0)
      missing.push_back(module);
  }
  return missing;
}

}  // namespace skillrunner::api

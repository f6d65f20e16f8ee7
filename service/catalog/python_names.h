// Which names a block of Python binds, uses and lacks. An approximation that asks for no interpreter: a name counts as
// bound wherever the block binds it in any scope, so what is reported as undefined is so almost certainly.
#pragma once

#include <string>
#include <vector>

#include "catalog/python_lexer.h"

namespace skillrunner::catalog {

struct PythonNames {
  std::vector<std::string> bound;      // at any level, sorted
  std::vector<std::string> undefined;  // used, not bound, no builtin; sorted; empty after a star import
  std::vector<std::string> imports;    // top-level modules, sorted; relative imports are left out
  bool top_level_await = false;
};

PythonNames ReadPythonNames(const PythonSource& source);

// Whether `name` is in the builtins of Python 3.11, or one of the names every module has.
bool IsPythonBuiltin(const std::string& name);

// Whether `module` is in the standard library of Python 3.11.
bool IsPythonStandardModule(const std::string& module);

}  // namespace skillrunner::catalog

// A file of Python run as the module __main__.
#pragma once

#include <stdio.h>

#include <string>

namespace skillrunner::python {

struct Ending {
  int code = 0;
  bool interrupted = false;  // by a KeyboardInterrupt that nobody caught
};

// As `python3 FILE` does, but for the end of the interpreter: runs `file`, which this closes, and prints the exception
// that ends it, if one does. `path` is its __file__.
Ending RunAsMain(FILE* file, const std::string& path);

}  // namespace skillrunner::python

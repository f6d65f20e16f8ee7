// The end of an interpreter that is a copy of a warm one. Py_FinalizeEx() takes all modules apart, which in a copy
// means to copy most of its memory first. Only what the program brought needs to be taken apart, as long as the rest is
// as it was: its modules, its objects, its threads.
#pragma once

#include <Python.h>

#include <utility>
#include <vector>

namespace skillrunner::python {

class Finalization {
 public:
  // Remembers the modules that are there before the program starts.
  Finalization();

  // In a copy: takes what it finds changed by now as what was there before the program starts.
  void Refresh();

  // Does what the end of `python3` does that a program or its reader can see: joins threads, runs atexit functions,
  // collects garbage, clears the program's modules, flushes. Falls back to Py_FinalizeEx() where the program has
  // changed what it did not bring. False: output could not be flushed.
  bool Run() const;

 private:
  struct Module {
    PyObject* object;
    uint64_t version;    // of its dictionary
    PyObject* snapshot;  // a copy of the dictionary
  };

  bool MustFinalizeAll() const;
  void ClearProgramModules() const;

  std::vector<Module> modules_;
};

}  // namespace skillrunner::python

#include "zygote/python/main_module.h"

#include <Python.h>

namespace skillrunner::python {
namespace {

// As CPython's add_main_module(). Not the module that the zygote has: the garbage collector takes no part in the life
// of what was there when it was told to leave that alone, and would keep alive what the program refers to from there.
PyObject* NewMainModule() {
  PyObject* module = PyModule_New("__main__");
  if (module == nullptr) return nullptr;
  PyObject* dict = PyModule_GetDict(module);
  PyObject* annotations = PyDict_New();
  PyObject* builtins = PyImport_ImportModule("builtins");
  const bool done = annotations != nullptr && builtins != nullptr &&
                    PyDict_SetItemString(dict, "__annotations__", annotations) == 0 &&
                    PyDict_SetItemString(dict, "__builtins__", builtins) == 0 &&
                    PyDict_SetItemString(PyImport_GetModuleDict(), "__main__", module) == 0;
  Py_XDECREF(builtins);
  Py_XDECREF(annotations);
  Py_DECREF(module);  // sys.modules holds it
  return done ? dict : nullptr;
}

// As CPython's set_main_loader(), with what is set beside it.
bool FurnishMain(PyObject* dict, const std::string& path) {
  PyObject* name = PyUnicode_DecodeFSDefault(path.c_str());
  PyObject* machinery = PyImport_ImportModule("importlib.machinery");
  PyObject* loader_type = machinery == nullptr ? nullptr : PyObject_GetAttrString(machinery, "SourceFileLoader");
  PyObject* loader = loader_type == nullptr ? nullptr : PyObject_CallFunction(loader_type, "sO", "__main__", name);
  const bool done = loader != nullptr && PyDict_SetItemString(dict, "__file__", name) == 0 &&
                    PyDict_SetItemString(dict, "__cached__", Py_None) == 0 &&
                    PyDict_SetItemString(dict, "__loader__", loader) == 0;
  Py_XDECREF(loader);
  Py_XDECREF(loader_type);
  Py_XDECREF(machinery);
  Py_XDECREF(name);
  return done;
}

// The exit code of the SystemExit that is set, which this clears; prints what is no code. As CPython's
// _Py_HandleSystemExit().
int TakeSystemExit() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  ::fflush(stdout);
  int code = 0;
  if (value != nullptr && PyExceptionInstance_Check(value)) {
    if (PyObject* inner = PyObject_GetAttrString(value, "code")) {
      Py_DECREF(value);
      value = inner;
    }
  }
  if (value != nullptr && PyLong_Check(value)) {
    code = static_cast<int>(PyLong_AsLong(value));
  } else if (value != nullptr && value != Py_None) {
    PyErr_Clear();
    PyObject* sys_stderr = PySys_GetObject("stderr");
    if (sys_stderr != nullptr && sys_stderr != Py_None) {
      PyFile_WriteObject(value, sys_stderr, Py_PRINT_RAW);
    } else {
      PyObject_Print(value, stderr, Py_PRINT_RAW);
      ::fflush(stderr);
    }
    PySys_WriteStderr("\n");
    code = 1;
  }
  PyErr_Clear();
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return code;
}

void FlushAfterRun() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  for (const char* name : {"stderr", "stdout"}) {
    PyObject* file = PySys_GetObject(name);
    PyObject* result = file == nullptr ? nullptr : PyObject_CallMethod(file, "flush", nullptr);
    if (result == nullptr) PyErr_Clear();
    Py_XDECREF(result);
  }
  PyErr_Restore(type, value, traceback);
}

}  // namespace

// As CPython's pymain_run_file() and _PyRun_SimpleFile().
Ending RunAsMain(FILE* file, const std::string& path) {
  PyObject* dict = NewMainModule();
  if (dict == nullptr || !FurnishMain(dict, path)) {
    PyErr_Print();
    return {.code = 1};
  }
  PyCompilerFlags flags = _PyCompilerFlags_INIT;
  PyObject* result = PyRun_FileExFlags(file, path.c_str(), Py_file_input, dict, dict, /*closeit=*/1, &flags);
  FlushAfterRun();
  Ending ending;
  if (result == nullptr) {
    if (PyErr_ExceptionMatches(PyExc_SystemExit)) return {.code = TakeSystemExit()};
    ending = {.code = 1, .interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0};
    PyErr_Print();
  }
  Py_XDECREF(result);
  for (const char* name : {"__file__", "__cached__"}) {
    if (PyDict_DelItemString(dict, name) < 0) PyErr_Clear();
  }
  return ending;
}

}  // namespace skillrunner::python

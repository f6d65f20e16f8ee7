#include "zygote/python/finalization.h"

#include <string.h>

#include <algorithm>
#include <string>

namespace skillrunner::python {
namespace {

uint64_t Version(PyObject* dict) {
  return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
}

// Whether the end of such an object can have no effect that anybody sees.
bool IsInert(PyObject* object) {
  return object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
         PyUnicode_CheckExact(object) || PyBytes_CheckExact(object);
}

// asyncio.run() leaves a default policy behind, which holds no loop any more.
bool IsPolicyWithoutLoop(PyObject* object) {
  if (strcmp(Py_TYPE(object)->tp_name, "_UnixDefaultEventLoopPolicy") != 0) return false;
  PyObject* watcher = PyObject_GetAttrString(object, "_watcher");
  PyObject* local = PyObject_GetAttrString(object, "_local");
  PyObject* loop = local == nullptr ? nullptr : PyObject_GetAttrString(local, "_loop");
  const bool without = watcher == Py_None && loop == Py_None;
  Py_XDECREF(loop);
  Py_XDECREF(local);
  Py_XDECREF(watcher);
  PyErr_Clear();
  return without;
}

bool IsHarmlessChange(PyObject* name, PyObject* value) {
  if (IsInert(value) || IsPolicyWithoutLoop(value)) return true;
  return PyUnicode_CompareWithASCIIString(name, "__warningregistry__") == 0;
}

bool ChangedHarmlessly(PyObject* dict, PyObject* snapshot) {
  PyObject *name, *value;
  for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &name, &value);) {
    if (PyDict_GetItem(snapshot, name) != value && !IsHarmlessChange(name, value)) return false;
  }
  return true;
}

// What the program put in the place of the interpreter's own streams and hooks has an end of its own.
bool SystemHooksReplaced() {
  for (const char* name : {"stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook"}) {
    const std::string original = std::string("__") + name + "__";
    if (PySys_GetObject(name) != PySys_GetObject(original.c_str())) return true;
  }
  return false;
}

bool HasOtherThreads() {
  PyThreadState* state = PyThreadState_Get();
  PyInterpreterState* interpreter = PyThreadState_GetInterpreter(state);
  if (PyInterpreterState_Next(PyInterpreterState_Head()) != nullptr) return true;
  PyThreadState* first = PyInterpreterState_ThreadHead(interpreter);
  return first != state || PyThreadState_Next(first) != nullptr;
}

// As CPython's wait_for_thread_shutdown().
void JoinThreads() {
  PyObject* name = PyUnicode_FromString("threading");
  PyObject* threading = name == nullptr ? nullptr : PyImport_GetModule(name);
  Py_XDECREF(name);
  if (threading == nullptr) {
    PyErr_Clear();
    return;
  }
  PyObject* result = PyObject_CallMethod(threading, "_shutdown", nullptr);
  if (result == nullptr) PyErr_WriteUnraisable(threading);
  Py_XDECREF(result);
  Py_DECREF(threading);
}

void RunAtexitFunctions() {
  PyObject* atexit = PyImport_ImportModule("atexit");
  PyObject* result = atexit == nullptr ? nullptr : PyObject_CallMethod(atexit, "_run_exitfuncs", nullptr);
  if (result == nullptr) PyErr_Clear();  // it has been printed
  Py_XDECREF(result);
  Py_XDECREF(atexit);
}

bool IsClosed(PyObject* file) {
  PyObject* closed = PyObject_GetAttrString(file, "closed");
  const int truth = closed == nullptr ? 0 : PyObject_IsTrue(closed);
  PyErr_Clear();
  Py_XDECREF(closed);
  return truth > 0;
}

// As CPython's flush_std_files().
bool FlushStandardFiles() {
  bool flushed = true;
  for (const char* name : {"stdout", "stderr"}) {
    PyObject* file = PySys_GetObject(name);
    if (file == nullptr || file == Py_None || IsClosed(file)) continue;
    PyObject* result = PyObject_CallMethod(file, "flush", nullptr);
    if (result == nullptr) {
      if (strcmp(name, "stdout") == 0) {
        PyErr_WriteUnraisable(file);
      } else {
        PyErr_Clear();
      }
      flushed = false;
    }
    Py_XDECREF(result);
  }
  return flushed;
}

// As CPython's finalize_modules_delete_special().
void DropSystemReferences() {
  for (const char* name : {"path", "argv", "ps1", "ps2", "last_type", "last_value", "last_traceback", "path_hooks",
                           "path_importer_cache", "meta_path", "__interactivehook__"}) {
    PySys_SetObject(name, Py_None);
  }
  // CPython takes this one away with all others: the printer of tracebacks then shows no source lines.
  PyDict_SetItemString(PyImport_GetModuleDict(), "io", Py_None);
}

}  // namespace

Finalization::Finalization() {
  PyObject *name, *module;
  for (Py_ssize_t at = 0; PyDict_Next(PyImport_GetModuleDict(), &at, &name, &module);) {
    if (!PyModule_Check(module)) continue;
    const char* text = PyUnicode_AsUTF8(name);
    if (text == nullptr || strcmp(text, "__main__") == 0) continue;
    PyObject* dict = PyModule_GetDict(module);
    // sys is looked at by its parts.
    const bool followed = strcmp(text, "sys") != 0;
    modules_.push_back({module, followed ? Version(dict) : 0, followed ? PyDict_Copy(dict) : nullptr});
  }
  std::sort(modules_.begin(), modules_.end(), [](const Module& a, const Module& b) { return a.object < b.object; });
}

void Finalization::Refresh() {
  for (Module& module : modules_) {
    if (module.snapshot == nullptr) continue;
    PyObject* dict = PyModule_GetDict(module.object);
    if (Version(dict) == module.version) continue;
    Py_SETREF(module.snapshot, PyDict_Copy(dict));
    module.version = Version(dict);
  }
}

bool Finalization::MustFinalizeAll() const {
  if (HasOtherThreads() || SystemHooksReplaced()) return true;
  return std::any_of(modules_.begin(), modules_.end(), [](const Module& module) {
    if (module.snapshot == nullptr) return false;
    PyObject* dict = PyModule_GetDict(module.object);
    return Version(dict) != module.version && !ChangedHarmlessly(dict, module.snapshot);
  });
}

// As CPython's finalize_modules(), for the modules that were not there before the program.
void Finalization::ClearProgramModules() const {
  PyObject* modules = PyImport_GetModuleDict();
  std::vector<std::pair<PyObject*, PyObject*>> theirs;  // name and module
  PyObject *name, *module;
  for (Py_ssize_t at = 0; PyDict_Next(modules, &at, &name, &module);) {
    const auto known = std::lower_bound(modules_.begin(), modules_.end(), module,
                                        [](const Module& a, PyObject* object) { return a.object < object; });
    if (known != modules_.end() && known->object == module) continue;
    Py_INCREF(name);
    theirs.emplace_back(name, PyModule_Check(module) ? PyWeakref_NewRef(module, nullptr) : nullptr);
  }
  for (const auto& [key, ignored] : theirs) {
    if (PyObject_SetItem(modules, key, Py_None) < 0) PyErr_WriteUnraisable(nullptr);
  }
  PyGC_Collect();
  for (auto at = theirs.rbegin(); at != theirs.rend(); ++at) {
    if (at->second == nullptr) continue;
    PyObject* alive = PyWeakref_GET_OBJECT(at->second);
    if (alive == Py_None) continue;
    Py_INCREF(alive);
    _PyModule_Clear(alive);
    Py_DECREF(alive);
  }
  PyGC_Collect();
}

bool Finalization::Run() const {
  JoinThreads();
  Py_MakePendingCalls();
  RunAtexitFunctions();
  if (MustFinalizeAll()) return Py_FinalizeEx() == 0;
  bool flushed = FlushStandardFiles();
  PyGC_Collect();
  DropSystemReferences();
  ClearProgramModules();
  return FlushStandardFiles() && flushed;
}

}  // namespace skillrunner::python

#include "zygote/python/interpreter.h"

#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/files.h"
#include "preload/shared_objects.h"
#include "zygote/python/finalization.h"
#include "zygote/python/hot_pages.h"
#include "zygote/python/main_module.h"
#include "zygote/python/rehearsal.h"

namespace skillrunner::python {
namespace {

constexpr int kUnflushedExit = 120;  // as python3's
constexpr int kRehearsals = 20;

PyObject* rehearse = nullptr;
PyObject* renew_secrets = nullptr;
std::unique_ptr<Finalization> finalization;
HotPages hot_pages;
std::vector<std::string> process_environment;

// The exception that is set, as one line; clears it.
std::string TakeError() {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  PyErr_NormalizeException(&type, &value, &traceback);
  PyObject* text = value == nullptr ? nullptr : PyObject_Repr(value);
  const char* utf8 = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
  std::string line = utf8 == nullptr ? "unknown error" : utf8;
  Py_XDECREF(text);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  PyErr_Clear();
  return line;
}

void SetEnvironment(const std::vector<std::string>& environment) {
  ::clearenv();
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    if (equals != std::string::npos) {
      ::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1);
    }
  }
  process_environment = environment;
}

// Descriptors 1 and 2 as they will be in a sandbox: what the interpreter's streams find out about theirs when they are
// made must be true there.
class StreamsAsInSandbox {
 public:
  StreamsAsInSandbox() : stdin_(::dup(STDIN_FILENO)), stdout_(::dup(STDOUT_FILENO)), stderr_(::dup(STDERR_FILENO)) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      written_.reset(ends[0]);
      ::close(ends[1]);
    }
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
  }
  ~StreamsAsInSandbox() {
    ::dup2(stdin_.get(), STDIN_FILENO);
    ::dup2(stdout_.get(), STDOUT_FILENO);
    ::dup2(stderr_.get(), STDERR_FILENO);
  }
  // Whether anything was written to them.
  bool Written() const {
    int bytes = 0;
    return ::ioctl(written_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
  }
  StreamsAsInSandbox(const StreamsAsInSandbox&) = delete;
  StreamsAsInSandbox& operator=(const StreamsAsInSandbox&) = delete;

 private:
  UniqueFd stdin_, stdout_, stderr_;
  UniqueFd written_;
};

absl::Status Initialise() {
  PyPreConfig preconfig;
  PyPreConfig_InitPythonConfig(&preconfig);
  PyStatus status = Py_PreInitialize(&preconfig);
  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  // The command line of a cold one; the file is another for each program.
  char arguments[][8] = {"python3", "-u", "file.py"};
  char* argv[] = {arguments[0], arguments[1], arguments[2]};
  if (!PyStatus_Exception(status)) status = PyConfig_SetBytesArgv(&config, 3, argv);
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (!PyStatus_Exception(status)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("Python cannot be initialised: ", status.err_msg == nullptr ? "?" : status.err_msg));
}

absl::Status Import(const std::string& module) {
  // As a program does it: some warnings are for programs alone.
  PyObject* space = PyDict_New();
  PyObject* name = PyUnicode_FromString("__main__");
  PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
  PyDict_SetItemString(space, "__name__", name);
  PyObject* imported = PyRun_String(absl::StrCat("import ", module).c_str(), Py_file_input, space, space);
  absl::Status status;
  if (imported == nullptr) {
    status = absl::FailedPreconditionError(absl::StrCat("the module ", module, " cannot be imported: ", TakeError()));
  }
  Py_XDECREF(imported);
  Py_DECREF(name);
  Py_DECREF(space);
  return status;
}

// 0 where there is no such directory, as in a container that masks its /proc.
size_t EntriesOf(const char* directory) {
  std::error_code error;
  const auto entries = std::filesystem::directory_iterator(directory, error);
  return error ? 0 : static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

// What an import, or the start, has done that a copy would not have, or not do.
absl::Status CheckForkable(absl::string_view what, size_t files_before, const StreamsAsInSandbox& streams) {
  const char* does = nullptr;
  if (streams.Written()) does = "writes to the standard streams";
  if (EntriesOf("/proc/self/task") > 1) does = "starts threads";
  if (EntriesOf("/proc/self/fd") > files_before) does = "leaves files open";
  if (::waitpid(-1, nullptr, WNOHANG) != -1) does = "starts processes";
  if (does == nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(what, " ", does, ", which a copy would not do again"));
}

absl::Status DefineRehearsal() {
  PyObject* space = PyDict_New();
  PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
  PyObject* result = PyRun_String(kRehearsal, Py_file_input, space, space);
  if (result == nullptr) return absl::InternalError(absl::StrCat("rehearsal: ", TakeError()));
  Py_DECREF(result);
  rehearse = PyDict_GetItemString(space, "rehearse");
  renew_secrets = PyDict_GetItemString(space, "renew_secrets");
  return absl::OkStatus();
}

absl::Status Call(PyObject* function) {
  PyObject* result = PyObject_CallNoArgs(function);
  if (result == nullptr) return absl::InternalError(absl::StrCat("rehearsal: ", TakeError()));
  Py_DECREF(result);
  return absl::OkStatus();
}

// What is there now belongs to all sandboxes: no collection touches it any more.
absl::Status FreezeObjects() {
  PyGC_Collect();
  PyObject* gc = PyImport_ImportModule("gc");
  PyObject* result = gc == nullptr ? nullptr : PyObject_CallMethod(gc, "freeze", nullptr);
  Py_XDECREF(gc);
  if (result == nullptr) return absl::InternalError(absl::StrCat("gc.freeze: ", TakeError()));
  Py_DECREF(result);
  return absl::OkStatus();
}

// For steps that are not system calls: what goes wrong in the interpreter has no errno of its own.
int Invalid() {
  errno = EINVAL;
  return -1;
}

PyObject* DecodedList(const std::vector<std::string>& strings, size_t from) {
  PyObject* list = PyList_New(0);
  for (size_t i = from; list != nullptr && i < strings.size(); ++i) {
    PyObject* item = PyUnicode_DecodeFSDefault(strings[i].c_str());
    if (item == nullptr || PyList_Append(list, item) < 0) Py_CLEAR(list);
    Py_XDECREF(item);
  }
  return list;
}

bool SetSystemList(const char* name, PyObject* list) {
  const bool set = list != nullptr && PySys_SetObject(name, list) == 0;
  Py_XDECREF(list);
  return set;
}

// posix.environ is the dictionary behind os.environ.
bool ReplaceEnvironment(const std::vector<std::string>& environment) {
  if (environment == process_environment) return true;
  SetEnvironment(environment);
  PyObject* posix = PyImport_ImportModule("posix");
  PyObject* dict = posix == nullptr ? nullptr : PyObject_GetAttrString(posix, "environ");
  Py_XDECREF(posix);
  if (dict == nullptr) return false;
  PyDict_Clear(dict);
  bool replaced = true;
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    PyObject* name = PyBytes_FromStringAndSize(variable.data(), static_cast<Py_ssize_t>(equals));
    PyObject* value = PyBytes_FromString(variable.c_str() + equals + 1);
    replaced = replaced && name != nullptr && value != nullptr && PyDict_SetItem(dict, name, value) == 0;
    Py_XDECREF(name);
    Py_XDECREF(value);
  }
  Py_DECREF(dict);
  return replaced;
}

bool PrependDirectory(const std::string& work_directory) {
  PyObject* path = PySys_GetObject("path");
  PyObject* directory = PyUnicode_FromString(work_directory.c_str());
  const bool done =
      path != nullptr && PyList_Check(path) && directory != nullptr && PyList_Insert(path, 0, directory) == 0;
  Py_XDECREF(directory);
  return done;
}

// A program's way through this file, without its end.
void RehearseProgram() {
  PyObject* main = PyDict_GetItemString(PyImport_GetModuleDict(), "__main__");
  Py_XINCREF(main);
  FILE* file = ::fmemopen(const_cast<char*>(kRehearsedProgram), sizeof(kRehearsedProgram) - 1, "r");
  if (file != nullptr) (void)RunAsMain(file, "main.py");
  if (main != nullptr) PyDict_SetItemString(PyImport_GetModuleDict(), "__main__", main);
  Py_XDECREF(main);
}

// It succeeded in the zygote, and without it a program is only slower.
void Rehearse() {
  (void)Call(rehearse);
  RehearseProgram();
  finalization->Refresh();
  (void)FreezeObjects();
}

[[noreturn]] void End(const Ending& ending) {
  const bool flushed = finalization->Run();
  ::fflush(nullptr);
  if (!flushed) ::_exit(kUnflushedExit);
  if (ending.interrupted) {
    ::signal(SIGINT, SIG_DFL);
    ::kill(::getpid(), SIGINT);
    ::_exit(128 + SIGINT);
  }
  ::_exit(ending.code);
}

}  // namespace

absl::Status StartInterpreter(const std::vector<std::string>& environment, const std::vector<std::string>& preload) {
  SetEnvironment(environment);
  const StreamsAsInSandbox streams;
  const size_t files = EntriesOf("/proc/self/fd");
  if (absl::Status status = Initialise(); !status.ok()) return status;
  if (absl::Status status = CheckForkable("the interpreter's start", files, streams); !status.ok()) return status;
  for (const std::string& module : preload) {
    if (absl::Status status = Import(module); !status.ok()) return status;
    const std::string what = absl::StrCat("the import of ", module);
    if (absl::Status status = CheckForkable(what, files, streams); !status.ok()) return status;
  }
  if (absl::Status status = DefineRehearsal(); !status.ok()) return status;
  // So that OpenSSL's generator is there, and a copy only has to seed it: making it takes longer than a program.
  if (absl::Status status = Call(renew_secrets); !status.ok()) return status;
  // Often enough for the interpreter to have adapted the code it runs through, which copies would do each for itself.
  for (int i = 0; i < kRehearsals; ++i) {
    if (absl::Status status = Call(rehearse); !status.ok()) return status;
    RehearseProgram();
  }
  finalization = std::make_unique<Finalization>();
  if (absl::Status status = FreezeObjects(); !status.ok()) return status;
  hot_pages = HotPages::Learn([] {
    PyOS_AfterFork_Child();
    (void)Call(renew_secrets);
    Rehearse();
    (void)finalization->Run();
  });
  return absl::OkStatus();
}

std::vector<std::string> ModulesOfInterpreter() {
  std::vector<std::string> names;
  PyObject *name, *module;
  Py_ssize_t position = 0;
  while (PyDict_Next(PyImport_GetModuleDict(), &position, &name, &module) != 0) {
    const char* text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : nullptr;
    if (text == nullptr) {
      PyErr_Clear();
    } else if (module != Py_None) {
      names.emplace_back(text);
    }
  }
  return names;
}

sandbox::StepResult PrepareFork() {
  sigset_t none;
  ::sigemptyset(&none);
  SKILLRUNNER_STEP(::sigprocmask(SIG_SETMASK, &none, nullptr), "sigprocmask");
  const bool ready = hot_pages.known() && hot_pages.Populate();
  PyOS_AfterFork_Child();
  SKILLRUNNER_STEP(Call(renew_secrets).ok() ? 0 : Invalid(), "renew the secrets of the warm interpreter");
  if (!ready) Rehearse();
  finalization->Refresh();
  (void)FreezeObjects();
  return std::nullopt;
}

sandbox::StepResult RunFile(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  if (arguments.size() < 3) return sandbox::StepFailed("arguments of the warm interpreter", EINVAL);
  std::error_code error;
  const std::string directory = std::filesystem::current_path(error);
  if (error) return sandbox::StepFailed("getcwd", error.value());
  const std::string path = absl::StrCat(directory, "/", arguments[2]);
  FILE* file = ::fopen(path.c_str(), "rbe");
  SKILLRUNNER_STEP(file == nullptr ? -1 : 0, absl::StrCat("open ", path));
  const bool told = ReplaceEnvironment(environment) && SetSystemList("argv", DecodedList(arguments, 2)) &&
                    SetSystemList("orig_argv", DecodedList(arguments, 0)) && PrependDirectory(directory);
  SKILLRUNNER_STEP(told ? 0 : Invalid(), "tell the warm interpreter of its program");
  skill_runner_read_shared_directory();
  ::prctl(PR_SET_NAME, "python3");
  // The file is 3, as in a cold interpreter; what is above is ours, the way to the server among it.
  if (const int descriptor = ::fileno(file); descriptor != 3) {
    SKILLRUNNER_STEP(::dup3(descriptor, 3, O_CLOEXEC), "dup3 of the file");
    FILE* third = ::fdopen(3, "rb");
    SKILLRUNNER_STEP(third == nullptr ? -1 : 0, "fdopen of the file");
    ::fclose(file);
    file = third;
  }
  SKILLRUNNER_STEP(::close_range(4, ~0U, 0), "close_range");
  End(RunAsMain(file, path));
}

}  // namespace skillrunner::python

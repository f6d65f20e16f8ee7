// Named semaphores, shared memory and terminals for programs that have no /dev of their own (level RESTRICTED, where
// $SHARED_OBJECTS_DIR is set): functions of libc that know no other directory than /dev/shm and /dev/pts,
// replaced. No part of the sandbox: a program that goes around them is refused what they avoid.
//
// A library that programs are started with (LD_PRELOAD), whatever libc they have, and part of the warm interpreter. So
// nothing of C++ that needs a runtime.
#include "preload/shared_objects.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pty.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utmp.h>

#include "sandbox/terminal_call.h"

namespace {

char directory[PATH_MAX];  // empty: nothing is replaced

bool Replaces() {
  if (directory[0] == '\0') skill_runner_read_shared_directory();
  return directory[0] != '\0';
}

// What libc itself has.
template <class Function>
Function* Real(Function* /*type*/, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool FileOf(const char* kind, const char* name, char (&path)[PATH_MAX]) {
  while (*name == '/') ++name;
  if (*name == '\0' || ::strchr(name, '/') != nullptr) {
    errno = EINVAL;
    return false;
  }
  const int length = ::snprintf(path, sizeof(path), "%s/.%s.%s", directory, kind, name);
  if (length < 0 || length >= PATH_MAX || ::strlen(name) + ::strlen(kind) + 2 > NAME_MAX) {
    errno = ENAMETOOLONG;
    return false;
  }
  return true;
}

sem_t* Map(int file) {
  void* memory = ::mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int error = errno;
  ::close(file);
  errno = error;
  return memory == MAP_FAILED ? SEM_FAILED : static_cast<sem_t*>(memory);
}

// A new semaphore appears under its name when it is complete.
sem_t* Create(const char* path, mode_t mode, unsigned value) {
  char draft[PATH_MAX];
  const int length = ::snprintf(draft, sizeof(draft), "%s~%ld", path, ::syscall(SYS_gettid));
  sem_t semaphore;
  if (length < 0 || length >= PATH_MAX || ::sem_init(&semaphore, 1, value) != 0) return SEM_FAILED;
  const int file = ::open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file == -1) return SEM_FAILED;
  const bool complete = ::write(file, &semaphore, sizeof(semaphore)) == sizeof(semaphore) && ::link(draft, path) == 0;
  const int error = errno;
  ::unlink(draft);
  errno = error;
  if (complete) return Map(file);
  ::close(file);
  errno = error;
  return SEM_FAILED;
}

int EndOfTerminal(int end) {
  return static_cast<int>(
      ::syscall(SYS_socket, skillrunner::sandbox::kTerminalFamily, skillrunner::sandbox::kTerminalType, end));
}

// Both ends of a new terminal, from the init.
bool NewTerminal(int* controller, int* terminal) {
  *controller = EndOfTerminal(skillrunner::sandbox::kTerminalController);
  if (*controller == -1) return false;
  *terminal = EndOfTerminal(skillrunner::sandbox::kTerminalTerminal);
  if (*terminal != -1) return true;
  const int error = errno;
  ::close(*controller);
  errno = error;
  return false;
}

// There is none to be had.
bool IsHostsMemory(const char* path) {
  return Replaces() && ::strcmp(path, "/dev/shm") == 0;
}

}  // namespace

extern "C" {

// NOLINTBEGIN(readability-identifier-naming)

// Programs may change their environment later.
__attribute__((constructor)) void skill_runner_read_shared_directory() {
  const char* value = ::getenv("SHARED_OBJECTS_DIR");
  if (value != nullptr && ::strlen(value) < sizeof(directory)) ::strcpy(directory, value);
}

sem_t* sem_open(const char* name, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const bool creates = (flags & O_CREAT) != 0;
  const mode_t mode = creates ? va_arg(more, mode_t) : 0;
  const unsigned value = creates ? va_arg(more, unsigned) : 0;
  va_end(more);
  if (!Replaces()) return Real(sem_open, "sem_open")(name, flags, mode, value);
  char path[PATH_MAX];
  if (!FileOf("sem", name, path)) return SEM_FAILED;
  while (true) {
    if (!creates || (flags & O_EXCL) == 0) {
      const int file = ::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
      if (file != -1) return Map(file);
      if (errno != ENOENT || !creates) return SEM_FAILED;
    }
    sem_t* created = Create(path, mode, value);
    if (created != SEM_FAILED || errno != EEXIST || (flags & O_EXCL) != 0) return created;
  }
}

int sem_close(sem_t* semaphore) {
  if (!Replaces()) return Real(sem_close, "sem_close")(semaphore);
  return ::munmap(semaphore, sizeof(*semaphore));
}

int sem_unlink(const char* name) {
  if (!Replaces()) return Real(sem_unlink, "sem_unlink")(name);
  char path[PATH_MAX];
  return FileOf("sem", name, path) ? ::unlink(path) : -1;
}

int shm_open(const char* name, int flags, mode_t mode) {
  if (!Replaces()) return Real(shm_open, "shm_open")(name, flags, mode);
  char path[PATH_MAX];
  return FileOf("shm", name, path) ? ::open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode) : -1;
}

int shm_unlink(const char* name) {
  if (!Replaces()) return Real(shm_unlink, "shm_unlink")(name);
  char path[PATH_MAX];
  return FileOf("shm", name, path) ? ::unlink(path) : -1;
}

int openpty(int* controller, int* terminal, char* name, const struct termios* settings, const struct winsize* size) {
  if (!Replaces()) return Real(openpty, "openpty")(controller, terminal, name, settings, size);
  if (!NewTerminal(controller, terminal)) return -1;
  if (settings != nullptr) ::tcsetattr(*terminal, TCSAFLUSH, settings);
  if (size != nullptr) ::ioctl(*terminal, TIOCSWINSZ, size);
  return name == nullptr || ::ttyname_r(*terminal, name, PATH_MAX) == 0 ? 0 : -1;
}

pid_t forkpty(int* controller, char* name, const struct termios* settings, const struct winsize* size) {
  if (!Replaces()) return Real(forkpty, "forkpty")(controller, name, settings, size);
  int terminal = -1;
  if (::openpty(controller, &terminal, name, settings, size) == -1) return -1;
  const pid_t child = ::fork();
  if (child != 0) {
    ::close(terminal);
    if (child == -1) ::close(*controller);
    return child;
  }
  ::close(*controller);
  if (::login_tty(terminal) != 0) ::_exit(1);
  return 0;
}

// multiprocessing looks here for the room it needs, and takes its temporary directory where there is none.
int statvfs(const char* path, struct statvfs* status) {
  const int result = Real(statvfs, "statvfs")(path, status);
  if (result == 0 && IsHostsMemory(path)) status->f_bfree = status->f_bavail = 0;
  return result;
}

int statvfs64(const char* path, struct statvfs64* status) {
  const int result = Real(statvfs64, "statvfs64")(path, status);
  if (result == 0 && IsHostsMemory(path)) status->f_bfree = status->f_bavail = 0;
  return result;
}

// There is no IPv6: programs that take the first address must find one that they can use.
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints, struct addrinfo** result) {
  auto* const real = Real(getaddrinfo, "getaddrinfo");
  if (!Replaces() || (hints != nullptr && hints->ai_family != AF_UNSPEC)) return real(node, service, hints, result);
  struct addrinfo narrow = {};
  if (hints != nullptr) {
    narrow = *hints;
  } else {
    narrow.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG;  // what none means
  }
  narrow.ai_family = AF_INET;
  return real(node, service, &narrow, result) == 0 ? 0 : real(node, service, hints, result);
}

// NOLINTEND(readability-identifier-naming)

}  // extern "C"

// System calls that a seccomp filter hands to another process to be made in the program's place (seccomp_unotify(2)).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"

namespace skillrunner::sandbox {

// A call whose thread waits for its answer.
struct HeldCall {
  uint64_t id = 0;
  pid_t thread = 0;
  int number = 0;
  uint64_t arguments[6] = {};

  int Int(size_t argument) const { return static_cast<int>(arguments[argument]); }
};

// The end of a filter at which its calls arrive. Never lets a call go on by itself: the program's other threads could
// have changed what it points to. The memory and files of a thread that is gone are another's: what was read of them
// holds only if the call is held afterwards.
class SeccompListener {
 public:
  explicit SeccompListener(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  // After poll(2) said that there is one; none: its thread is gone again.
  std::optional<HeldCall> Receive() const;
  bool Holds(const HeldCall& call) const;

  // The call fails with this errno; 0: it returns 0.
  void Answer(const HeldCall& call, int error) const;
  // The call returns a new descriptor of the program's for the file. False: it fails, or is gone.
  bool AnswerWithFile(const HeldCall& call, int fd, bool close_on_exec) const;

  // Copies from the memory of the thread. An errno; 0: all of it.
  int Read(const HeldCall& call, uint64_t address, void* to, size_t size) const;
  // Text that ends in NUL, of less than PATH_MAX bytes.
  int ReadPath(const HeldCall& call, uint64_t address, std::string* path) const;

 private:
  UniqueFd fd_;
};

}  // namespace skillrunner::sandbox

// Files that a program names in calls Landlock does not see: modes, times, sockets. Looked up in the program's place,
// and let through where they lie in its own directories.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "sandbox/seccomp_listener.h"

namespace skillrunner::sandbox {

// The functions give an errno; 0: done.
class BrokerFiles {
 public:
  // `own`: the program's directories, which exist.
  BrokerFiles(const SeccompListener& listener, const std::vector<std::string>& own);

  // The file that `path` is to the call's thread, as O_PATH; EPERM where it is not the program's own. `directory`: a
  // descriptor of the thread's, or AT_FDCWD. An empty path: the directory itself.
  int OpenOwn(const HeldCall& call, int directory, const std::string& path, bool follow, UniqueFd* file) const;

  // The thread's current directory, as O_PATH.
  int OpenCurrent(const HeldCall& call, UniqueFd* directory) const;

  // chmod and utime in all their forms.
  int ChangeMode(const HeldCall& call, int directory, uint64_t path, uint64_t mode, int flags) const;
  int ChangeTimes(const HeldCall& call) const;

 private:
  bool IsOwn(int file) const;
  int OpenArgument(const HeldCall& call, int directory, uint64_t path, int flags, UniqueFd* file) const;

  const SeccompListener& listener_;
  std::vector<std::string> own_;
};

// The name under which this process reaches one of its descriptors.
std::string PathOf(int fd);

}  // namespace skillrunner::sandbox

// Landlock: what a program may open, on top of what its mounts show; where there are no namespaces, instead of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/step.h"

namespace skillrunner::sandbox {

// The version of Landlock this kernel has; 0: none, or it is switched off (see the kernel parameter `lsm=`).
int LandlockVersion();

enum class FileAccess {
  kList,    // list
  kRead,    // read, list, execute
  kDevice,  // read and write what is there, device controls; make and remove nothing
  kOwn,     // everything but making device nodes
};

struct FileRule {
  std::string path;  // a directory stands for all below it
  FileAccess access = FileAccess::kRead;
};

struct LandlockPolicy {
  int version = 0;  // as LandlockVersion() gave it
  std::vector<FileRule> files;
  bool deny_tcp = false;  // version 4
};

// Restricts the calling thread and all that comes from it, for good: files to those of the policy; signals and abstract
// sockets to those under the same restriction (version 6). Needs no_new_privs. Paths that do not exist are passed over.
StepResult RestrictByLandlock(const LandlockPolicy& policy);

}  // namespace skillrunner::sandbox

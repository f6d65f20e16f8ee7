// Where the zygotes of this build are; $FAULTY_LIBEXEC_DIR names others (tests/mutations).
#pragma once

#include <stdlib.h>

#include <string>

namespace skillrunner::testing {

inline std::string FaultyLibexecDirectory() {
  const char* given = ::getenv("FAULTY_LIBEXEC_DIR");
  return given != nullptr ? given : FAULTY_LIBEXEC_DIR;
}

}  // namespace skillrunner::testing

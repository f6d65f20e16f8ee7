#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace skillrunner {

void EnsureStandardStreams(ClosedOutput output) {
  int fd;
  do {
    fd = ::open("/dev/null", output == ClosedOutput::kFails ? O_RDONLY : O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

}  // namespace skillrunner

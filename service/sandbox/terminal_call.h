// How a program at level RESTRICTED asks its init for a terminal, having no way to /dev/pts of its own: by sockets
// that Linux does not have.
#pragma once

#include <sys/socket.h>

namespace skillrunner::sandbox {

// socket(family, type, end) gives one end of a terminal: the controller of a new one; and then, to the same thread, the
// terminal. EAGAIN: another thread asked meanwhile, or there were 128 of them.
inline constexpr int kTerminalFamily = AF_UNIX;
inline constexpr int kTerminalType = SOCK_RDM;
inline constexpr int kTerminalController = 0;
inline constexpr int kTerminalTerminal = 1;

}  // namespace skillrunner::sandbox

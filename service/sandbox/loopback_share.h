// A sandbox's share of the host's loopback network, for a program that has no network namespace: an address of its own
// (127.x.y.z), kept by holding a port of it.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <set>

#include "base/unique_fd.h"

namespace skillrunner::sandbox {

// The functions give an errno; 0: done.
class LoopbackShare {
 public:
  // Claims the addresses, once. No other sandbox of any service on this host has them then.
  int Ensure();

  in_addr own() const { return own_.address; }

  // Makes a TCP socket one of this address and of the loopback device, without a port. It must have none.
  int Tie(int socket) const;

  // Gives a tied socket this port of the address; 0: some port. EADDRNOTAVAIL: there were too many already.
  int Bind(int socket, in_port_t port);
  // Gives it some port, if it has none.
  int EnsurePort(int socket);
  // EINVAL: it is not tied, or is no TCP socket.
  int CheckTied(int socket) const;

  // Whether somebody serves this port on all addresses of the host, the own one among them. Also where this process may
  // not have the port, for then the program may not either.
  bool IsServedOnAllAddresses(in_port_t port) const;

 private:
  struct Claim {
    in_addr address{};
    UniqueFd socket;
  };
  static int Make(Claim* claim);
  int TieAddress(int socket) const;
  int TryPort(int socket, in_port_t port) const;
  int TakeChosenPort(uint16_t port);
  void ReadPortRange();

  Claim own_;
  Claim unused_;  // no program gets a socket there
  // Ports are the whole host's, and one that somebody has on any address is none that the kernel chooses for others. So
  // what is chosen here lies beyond its range, and of those in it the program may name a few.
  uint16_t kernel_first_ = 0;
  uint16_t kernel_last_ = 0;
  uint16_t first_ = 0;
  uint16_t last_ = 0;
  uint16_t next_ = 0;
  std::set<uint16_t> named_;  // ever
  size_t named_in_range_ = 0;
};

// Every address that can mean this host in the calls of a program.
bool IsLoopback(in_addr address);

sockaddr_in InetAddress(in_addr address, in_port_t port);

}  // namespace skillrunner::sandbox

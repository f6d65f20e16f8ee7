// A sandbox's share of the host's loopback network, for a program that has no network namespace: an address of its own
// (127.x.y.z), kept by holding a port of it.
#pragma once

#include <netinet/in.h>

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
  // One that was tied, and from which the kernel has taken the address with the port that it did not get.
  int TieAgain(int socket) const;

  // Whether somebody serves this port on all addresses of the host, the own one among them. Also where this process may
  // not have the port, for then the program may not either.
  bool IsServedOnAllAddresses(in_port_t port) const;

 private:
  struct Claim {
    in_addr address{};
    UniqueFd socket;
  };
  static int Make(Claim* claim);

  Claim own_;
  Claim unused_;  // no program gets a socket there
};

// Every address that can mean this host in the calls of a program.
bool IsLoopback(in_addr address);

sockaddr_in InetAddress(in_addr address, in_port_t port);

}  // namespace skillrunner::sandbox

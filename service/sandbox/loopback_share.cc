#include "sandbox/loopback_share.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cstdint>
#include <utility>

namespace skillrunner::sandbox {
namespace {

// No program gets this port of its address.
constexpr uint16_t kClaimPort = 65535;
constexpr int kClaimAttempts = 16;
constexpr uint32_t kLoopback = 0x7f000000;
constexpr uint32_t kLoopbackMask = 0xff000000;
constexpr char kLoopbackDevice[] = "lo";

int SetOption(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof(value)) == 0 ? 0 : errno;
}

int BindTo(int socket, const sockaddr_in& address) {
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

UniqueFd NewSocket() {
  return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

}  // namespace

bool IsLoopback(in_addr address) {
  return address.s_addr == INADDR_ANY || (::ntohl(address.s_addr) & kLoopbackMask) == kLoopback;
}

sockaddr_in InetAddress(in_addr address, in_port_t port) {
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_addr = address;
  inet.sin_port = port;
  return inet;
}

int LoopbackShare::Make(Claim* claim) {
  for (int attempt = 0; attempt < kClaimAttempts; ++attempt) {
    uint32_t random = 0;
    if (::getrandom(&random, sizeof(random), 0) != sizeof(random)) return EADDRNOTAVAIL;
    // Neither of the host's usual ones (127.0.0.x, 127.0.1.1), nor 127.255.255.255.
    const uint32_t host = (random & ~kLoopbackMask) % 0xfd0000 + 0x010001;
    const in_addr address{::htonl(kLoopback | host)};
    UniqueFd socket = NewSocket();
    if (!socket.valid()) return errno;
    const int error = BindTo(socket.get(), InetAddress(address, ::htons(kClaimPort)));
    if (error == EADDRINUSE) continue;
    if (error != 0) return error;
    *claim = {.address = address, .socket = std::move(socket)};
    return 0;
  }
  return EADDRINUSE;
}

int LoopbackShare::Ensure() {
  for (Claim* claim : {&own_, &unused_}) {
    if (claim->socket.valid()) continue;
    if (const int error = Make(claim); error != 0) return error;
  }
  return 0;
}

int LoopbackShare::Tie(int socket) const {
  // Without CAP_NET_RAW nobody can take this back.
  if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, kLoopbackDevice, sizeof(kLoopbackDevice)) != 0) return errno;
  return TieAgain(socket);
}

int LoopbackShare::TieAgain(int socket) const {
  int error = SetOption(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (error == 0) error = BindTo(socket, InetAddress(own(), 0));
  return error != 0 ? error : SetOption(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0);
}

// The kernel lets a socket have a port of an address that nobody uses unless somebody listens to it on all addresses.
bool LoopbackShare::IsServedOnAllAddresses(in_port_t port) const {
  const UniqueFd socket = NewSocket();
  if (!socket.valid()) return true;
  // So that nobody who begins to listen meanwhile is kept from it.
  if (SetOption(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1) != 0) return true;
  return BindTo(socket.get(), InetAddress(unused_.address, port)) != 0;
}

}  // namespace skillrunner::sandbox

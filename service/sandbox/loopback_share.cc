#include "sandbox/loopback_share.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/files.h"

namespace skillrunner::sandbox {
namespace {

// No program gets this port of its address.
constexpr uint16_t kClaimPort = 65535;
constexpr int kClaimAttempts = 16;
constexpr uint32_t kLoopback = 0x7f000000;
constexpr uint32_t kLoopbackMask = 0xff000000;
constexpr char kLoopbackDevice[] = "lo";
// Of the ports that are chosen here; and how many are looked at before there is none.
constexpr uint16_t kFewestPorts = 1024;
constexpr int kPortAttempts = 256;
// Ports that a program names: in all, and of those that the kernel chooses from for others.
constexpr size_t kMostNamed = 256;
constexpr size_t kMostNamedInRange = 16;
// Bytes, half of what the kernel makes of it. Nobody counts them.
constexpr int kBuffer = 128 << 10;

int SetOption(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof(value)) == 0 ? 0 : errno;
}

int BindTo(int socket, const sockaddr_in& address) {
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

int AddressOf(int socket, sockaddr_in* address) {
  socklen_t size = sizeof(*address);
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(address), &size) == 0 ? 0 : errno;
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
  if (last_ == 0) ReadPortRange();
  return 0;
}

void LoopbackShare::ReadPortRange() {
  const std::string text = ReadFileAt(AT_FDCWD, "/proc/sys/net/ipv4/ip_local_port_range").value_or("");
  const std::vector<absl::string_view> words = absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
  int first = 0;
  int last = 0;
  if (words.size() != 2 || !absl::SimpleAtoi(words[0], &first) || !absl::SimpleAtoi(words[1], &last)) {
    first = 32768;  // as Linux has it by default
    last = 60999;
  }
  kernel_first_ = static_cast<uint16_t>(first);
  kernel_last_ = static_cast<uint16_t>(last);
  // Above it if there is room, or below; where there is neither, its last ones.
  constexpr uint16_t kLast = kClaimPort - 1;
  if (kernel_last_ + kFewestPorts <= kLast) {
    first_ = static_cast<uint16_t>(kernel_last_ + 1);
    last_ = kLast;
  } else if (kernel_first_ >= 2 * kFewestPorts) {
    first_ = kFewestPorts;
    last_ = static_cast<uint16_t>(kernel_first_ - 1);
  } else {
    first_ = kLast - kFewestPorts;
    last_ = kLast;
  }
  next_ = first_;
}

int LoopbackShare::Tie(int socket) const {
  // Without CAP_NET_RAW nobody can take this back.
  if (::setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, kLoopbackDevice, sizeof(kLoopbackDevice)) != 0) return errno;
  int error = SetOption(socket, SOL_SOCKET, SO_SNDBUF, kBuffer);
  if (error == 0) error = SetOption(socket, SOL_SOCKET, SO_RCVBUF, kBuffer);
  return error != 0 ? error : TieAddress(socket);
}

int LoopbackShare::TieAddress(int socket) const {
  int error = SetOption(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (error == 0) error = BindTo(socket, InetAddress(own(), 0));
  return error != 0 ? error : SetOption(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0);
}

int LoopbackShare::CheckTied(int socket) const {
  sockaddr_in address{};
  if (const int error = AddressOf(socket, &address); error != 0) return error;
  return address.sin_family == AF_INET && address.sin_addr.s_addr == own().s_addr ? 0 : EINVAL;
}

int LoopbackShare::TryPort(int socket, in_port_t port) const {
  const int error = BindTo(socket, InetAddress(own(), port));
  // The kernel takes the address from a socket that does not get the port.
  if (error != 0 && CheckTied(socket) != 0) (void)TieAddress(socket);
  return error;
}

int LoopbackShare::TakeChosenPort(uint16_t port) {
  const bool in_range = kernel_first_ <= port && port <= kernel_last_;
  const bool as_chosen_here = !in_range && first_ <= port && port <= last_;
  if (as_chosen_here || named_.contains(port)) return 0;
  if (named_.size() >= kMostNamed || (in_range && named_in_range_ >= kMostNamedInRange)) return EADDRNOTAVAIL;
  named_.insert(port);
  if (in_range) ++named_in_range_;
  return 0;
}

int LoopbackShare::Bind(int socket, in_port_t port) {
  if (port != 0) {
    const int error = TakeChosenPort(::ntohs(port));
    return error != 0 ? error : TryPort(socket, port);
  }
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    const uint16_t chosen = next_;
    next_ = next_ == last_ ? first_ : static_cast<uint16_t>(next_ + 1);
    const int error = TryPort(socket, ::htons(chosen));
    if (error != EADDRINUSE) return error;
  }
  return EADDRINUSE;
}

int LoopbackShare::EnsurePort(int socket) {
  sockaddr_in address{};
  if (const int error = AddressOf(socket, &address); error != 0) return error;
  return address.sin_port != 0 ? 0 : Bind(socket, 0);
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

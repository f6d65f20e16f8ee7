#include "rpc/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/log.h"

namespace skillrunner::rpc {
namespace {

constexpr int kRetryMillis = 100;  // after an error that will not be gone at once
constexpr int64_t kTellEveryNanos = 10'000'000'000;

absl::Status CannotListen(const std::string& address, absl::string_view why, absl::StatusCode code) {
  return absl::Status(code, absl::StrCat("cannot listen on ", address, ": ", why));
}

// A socket that is bound to the address, `port` (0: any) instead of its own; none: errno says why.
UniqueFd Bind(const addrinfo& target, int port) {
  UniqueFd fd(::socket(target.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fd;
  // Connections of an earlier server that linger in TIME_WAIT are no hindrance, a listening one is.
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  sockaddr_storage address{};
  ::memcpy(&address, target.ai_addr, target.ai_addrlen);
  if (target.ai_family == AF_INET6) {
    const auto v6 = reinterpret_cast<sockaddr_in6*>(&address);
    const int only = IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr) ? 0 : 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    v6->sin6_port = htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(static_cast<uint16_t>(port));
  }
  const bool bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), target.ai_addrlen) == 0 &&
                     ::listen(fd.get(), SOMAXCONN) == 0;
  if (!bound) fd.reset();
  return fd;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

UniqueFd Spare() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// Descriptors are given out from below: one that is higher than this is among the last.
int HighestForConnections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return INT32_MAX;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur / 4 * 3, INT32_MAX));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
  auto listener = TryToOpen(address);
  // A free port of one address of a name may be in use at another.
  for (int i = 0; i < 4 && absl::IsAlreadyExists(listener.status()) && absl::EndsWith(address, ":0"); ++i) {
    listener = TryToOpen(address);
  }
  return listener;
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::TryToOpen(const std::string& address) {
  const size_t colon = address.rfind(':');
  absl::string_view host = absl::string_view(address).substr(0, colon == std::string::npos ? 0 : colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  int port = -1;
  if (host.empty() || (!bracketed && host.find(':') != absl::string_view::npos) ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return CannotListen(address, "an address is HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535",
                        absl::StatusCode::kInvalidArgument);
  }

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const auto resolve = [&](const std::string& name, addrinfo** found) {
    return ::getaddrinfo(name.c_str(), "0", &hints, found);
  };
  addrinfo* found = nullptr;
  if (const int error = resolve(std::string(host), &found); error != 0) {
    return CannotListen(address, ::gai_strerror(error), absl::StatusCode::kInvalidArgument);
  }
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> targets(found, &::freeaddrinfo);
  std::vector<UniqueFd> sockets;
  // Every address, of either family where the kernel has both.
  if (host == "0.0.0.0" && resolve("::", &found) == 0) {
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> any(found, &::freeaddrinfo);
    if (UniqueFd socket = Bind(*any, port); socket.valid()) {
      sockets.push_back(std::move(socket));
      targets.reset();
    }
  }
  // A name may have several addresses; any of them will do. One that is in use is refused all the same: half of the
  // clients would reach the other server.
  int last_error = 0;
  for (const addrinfo* target = targets.get(); target != nullptr; target = target->ai_next) {
    UniqueFd socket = Bind(*target, port);
    if (!socket.valid() && errno == EADDRINUSE) {
      return CannotListen(address, "address already in use (is another skill-runner running?)",
                          absl::StatusCode::kAlreadyExists);
    }
    if (!socket.valid()) {
      last_error = errno;
      continue;
    }
    port = PortOf(socket.get());
    sockets.push_back(std::move(socket));
  }
  if (sockets.empty()) {
    const bool denied = last_error == EACCES || last_error == EPERM;
    return CannotListen(address, ::strerror(last_error),
                        denied ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnavailable);
  }
  port = PortOf(sockets[0].get());
  return std::unique_ptr<Listener>(new Listener(std::move(sockets), port));
}

Listener::~Listener() {
  Stop();
}

void Listener::Start(std::function<void(UniqueFd connection)> take) {
  take_ = std::move(take);
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
  spare_ = Spare();
  thread_ = std::thread(&Listener::Accept, this);
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof(one));
  thread_.join();
  sockets_.clear();
}

void Listener::Accept() {
  ::pthread_setname_np(::pthread_self(), "rpc-accept");
  std::vector<pollfd> polled;
  for (const UniqueFd& socket : sockets_) polled.push_back({socket.get(), POLLIN, 0});
  polled.push_back({stop_.get(), POLLIN, 0});
  while (true) {
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;  // EINTR
    if (polled.back().revents != 0) return;
    for (const UniqueFd& socket : sockets_) TakeFrom(socket.get());
  }
}

void Listener::TakeFrom(int socket) {
  UniqueFd connection(::accept4(socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (connection.valid() && connection.get() < HighestForConnections()) {
    const int one = 1;
    ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return take_(std::move(connection));
  }
  if (connection.valid()) return Refuse(-1, "descriptors that are left are for other things");
  if (errno == EMFILE || errno == ENFILE) return Refuse(socket, ::strerror(errno));
  // Else it was an error of that connection, or there is none; memory may come back.
  if (errno == ENOBUFS || errno == ENOMEM) Pause();
}

// Lets go of a connection that waits at `socket`, which would otherwise wait for ever.
void Listener::Refuse(int socket, const char* why) {
  const int64_t now = MonotonicNanos();
  if (told_at_ == 0 || now - told_at_ > kTellEveryNanos) {
    told_at_ = now;
    log::Error("connections are refused", {{"cause", why}});
  }
  if (socket < 0) return;
  spare_.reset();
  UniqueFd connection(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
  const bool helped = connection.valid();
  connection.reset();
  spare_ = Spare();
  if (!helped) Pause();
}

void Listener::Pause() {
  pollfd stopped = {stop_.get(), POLLIN, 0};
  ::poll(&stopped, 1, kRetryMillis);
}

}  // namespace skillrunner::rpc

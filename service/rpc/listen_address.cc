#include "rpc/listen_address.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/unique_fd.h"

namespace skillrunner::rpc {
namespace {

// 0, or the error number.
int TryBind(const addrinfo& target) {
  const UniqueFd fd(::socket(target.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return errno;
  // As gRPC does: connections of an earlier server that linger in TIME_WAIT are no hindrance, a listening one is.
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  return ::bind(fd.get(), target.ai_addr, target.ai_addrlen) == 0 ? 0 : errno;
}

absl::Status CannotListen(const std::string& address, absl::string_view why, absl::StatusCode code) {
  return absl::Status(code, absl::StrCat("cannot listen on ", address, ": ", why));
}

}  // namespace

absl::Status CheckListenAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  absl::string_view host = absl::string_view(address).substr(0, colon == std::string::npos ? 0 : colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  int number = -1;
  if (host.empty() || (!bracketed && host.find(':') != absl::string_view::npos) || !absl::SimpleAtoi(port, &number) ||
      number < 0 || number > 65535) {
    return CannotListen(address, "an address is HOST:PORT or [IPV6]:PORT, with a port from 0 to 65535",
                        absl::StatusCode::kInvalidArgument);
  }

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(std::string(host).c_str(), port.c_str(), &hints, &found); error != 0) {
    return CannotListen(address, ::gai_strerror(error), absl::StatusCode::kInvalidArgument);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> targets(found, &::freeaddrinfo);

  // A name may have several addresses; gRPC is content with any of them. One that is in use is refused all the same:
  // half of the clients would reach the other server.
  bool any = false;
  int last_error = 0;
  for (const addrinfo* target = targets.get(); target != nullptr; target = target->ai_next) {
    const int error = TryBind(*target);
    if (error == EADDRINUSE) {
      return CannotListen(address, "address already in use (is another skill-runner running?)",
                          absl::StatusCode::kAlreadyExists);
    }
    any = any || error == 0;
    if (error != 0) last_error = error;
  }
  if (any) return absl::OkStatus();
  const bool denied = last_error == EACCES || last_error == EPERM;
  return CannotListen(address, ::strerror(last_error),
                      denied ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnavailable);
}

}  // namespace skillrunner::rpc

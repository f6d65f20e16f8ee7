#include "supervisor/server_link.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/seqpacket.h"

namespace skillrunner {

Task<void> ServerLink::Follow(Reactor& reactor, std::function<void(const std::string&, UniqueFd)> adopt) {
  FdWatch watch(reactor, control_.get(), EPOLLIN);
  if (watch.error() != 0) {
    log::Error("the supervisor's socket cannot be watched", {{"cause", ::strerror(watch.error())}});
    co_return;
  }
  while (true) {
    co_await watch.ready().Wait();
    watch.ready().Reset();
    while (true) {
      auto message = ReceiveMessage(control_.get(), /*dont_wait=*/true);
      if (message.status().code() == absl::StatusCode::kUnavailable) break;
      // A descriptor was lost: that closes the zygote's socket, it ends, and the next one is sent.
      if (message.status().code() == absl::StatusCode::kDataLoss) continue;
      if (!message.ok()) co_return;
      const auto json = nlohmann::json::parse(message->bytes, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.value("type", "") == "zygote" && message->fds.size() == 1) {
        adopt(json.value("profile", ""), std::move(message->fds[0]));
      } else {
        log::Error("a message of the supervisor was not understood");
      }
    }
  }
}

void ServerLink::Close() {
  ::shutdown(control_.get(), SHUT_RD);
}

void ServerLink::ReportServing(int port) {
  (void)SendMessage(control_.get(), nlohmann::json{{"type", "serving"}, {"port", port}}.dump());
}

void ServerLink::ReportLearnt(const std::vector<std::string>& profiles) {
  (void)SendMessage(control_.get(), nlohmann::json{{"type", "learnt"}, {"profiles", profiles}}.dump());
}

void ServerLink::ReportHung(const std::string& profile) {
  (void)SendMessage(control_.get(), nlohmann::json{{"type", "hung"}, {"profile", profile}}.dump());
}

void ServerLink::ReportFatal(const std::string& message) {
  (void)SendMessage(control_.get(), nlohmann::json{{"type", "fatal"}, {"message", message}}.dump());
}

}  // namespace skillrunner

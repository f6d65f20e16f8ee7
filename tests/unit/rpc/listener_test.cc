#include "rpc/listener.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"

namespace skillrunner::rpc {
namespace {

using ::testing::HasSubstr;

TEST(Listener, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "127.0.0.1", ":50051", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                              "::1:50051", "[::1:50051", "[]:1"}) {
    const absl::Status status = Listener::Open(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot listen on"));
  }
}

TEST(Listener, TakesFreePorts) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0", "localhost:0"}) {
    const auto listener = Listener::Open(address);
    ASSERT_TRUE(listener.ok()) << listener.status();
    EXPECT_GT((*listener)->port(), 0);
  }
}

TEST(Listener, SaysThatAnAddressIsNotOurs) {
  const absl::Status status = Listener::Open("192.0.2.1:0").status();  // TEST-NET-1: no interface has it
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Cannot assign requested address"));
}

TEST(Listener, SaysThatAPortIsInUse) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  EXPECT_EQ(Listener::Open("127.0.0.1:" + port).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Listener::Open("0.0.0.0:" + port).status().code(), absl::StatusCode::kAlreadyExists);
}

UniqueFd ConnectTo(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

// Whether the other side closes the connection; else it sends a byte.
bool IsClosed(const UniqueFd& connection) {
  char byte = 0;
  return ::read(connection.get(), &byte, 1) <= 0;
}

TEST(Listener, ConnectionsAreRefusedWhereDescriptorsRunOutAndTakenWhenThereAreSome) {
  const auto listener = Listener::Open("0.0.0.0:0");
  ASSERT_TRUE(listener.ok());
  absl::Mutex mutex;
  std::vector<UniqueFd> taken;
  (*listener)->Start([&](UniqueFd connection) {
    EXPECT_EQ(::write(connection.get(), "x", 1), 1);
    absl::MutexLock lock(&mutex);
    taken.push_back(std::move(connection));
  });
  const int port = (*listener)->port();
  EXPECT_FALSE(IsClosed(ConnectTo(port)));

  // All but one of the descriptors that may be had, for the client's end.
  std::vector<UniqueFd> held;
  for (UniqueFd fd(::dup(0)); fd.valid(); fd.reset(::dup(0))) held.push_back(std::move(fd));
  held.pop_back();
#if !defined(__SANITIZE_ADDRESS__)  // with which UBSan makes a pipe whenever it looks at an object, and cannot here
  EXPECT_TRUE(IsClosed(ConnectTo(port)));
  EXPECT_TRUE(IsClosed(ConnectTo(port)));
#endif
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  held.resize(held.size() - limit.rlim_cur / 8);  // there are some, but they are for other things
  EXPECT_TRUE(IsClosed(ConnectTo(port)));
  held.clear();
  EXPECT_FALSE(IsClosed(ConnectTo(port)));
  (*listener)->Stop();
}

}  // namespace
}  // namespace skillrunner::rpc

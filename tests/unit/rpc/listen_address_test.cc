#include "rpc/listen_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "base/unique_fd.h"
#include "gmock/gmock.h"

namespace skillrunner::rpc {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "127.0.0.1", ":50051", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                              "::1:50051", "[::1:50051", "[]:1"}) {
    const absl::Status status = CheckListenAddress(address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot listen on"));
  }
}

TEST(ListenAddress, TakesFreePorts) {
  EXPECT_TRUE(CheckListenAddress("127.0.0.1:0").ok());
  EXPECT_TRUE(CheckListenAddress("0.0.0.0:0").ok());
}

TEST(ListenAddress, SaysThatAnAddressIsNotOurs) {
  const absl::Status status = CheckListenAddress("192.0.2.1:0");  // TEST-NET-1: no interface has it
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Cannot assign requested address"));
}

TEST(ListenAddress, SaysThatAPortIsInUse) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  EXPECT_EQ(CheckListenAddress("127.0.0.1:" + port).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CheckListenAddress("0.0.0.0:" + port).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace skillrunner::rpc

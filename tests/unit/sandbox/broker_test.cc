// What a program is answered that hands its calls to a broker: odd arguments, and what sockets and files then are.
#include "sandbox/broker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/seqpacket.h"
#include "sandbox/restricted.h"
#include "sandbox/terminal_call.h"

namespace skillrunner::sandbox {
namespace {

namespace fs = std::filesystem;

class BrokerCase : public ::testing::Test {
 protected:
  BrokerCase() {
    std::string path = "/tmp/skill-runner-broker-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    directory_ = path;
    for (const char* name : {"work", "tmp", "other"}) fs::create_directory(directory_ / name);
    if (LandlockVersion() == 0) skip_ = true;
  }
  ~BrokerCase() override { fs::remove_all(directory_); }
  void SetUp() override {
    if (skip_) GTEST_SKIP() << "this kernel has no Landlock";
  }

  // Runs `body` in a child whose calls this process makes, in the directory `work`. Its result: 0, or a line of it.
  int Run(const std::function<int()>& body) {
    const auto filter = SeccompFilter::Build({.deny_uncounted_memory = true, .on_host = true, .brokered = true});
    EXPECT_TRUE(filter.ok()) << filter.status();
    auto sockets = *MakeSeqpacketPair();
    const pid_t child = ::fork();
    if (child == 0) {
      UniqueFd listener;
      if (::chdir((directory_ / "work").c_str()) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
          filter->Install(&listener) || !SendMessage(sockets.second.get(), "calls", {listener.get()}).ok()) {
        ::_exit(255);
      }
      listener.reset();
      ::_exit(body());
    }
    auto message = *ReceiveMessage(sockets.first.get());
    Broker broker(
        std::move(message.fds.at(0)),
        OwnFiles({.work = directory_ / "work", .tmp = directory_ / "tmp", .landlock_version = LandlockVersion()}));
    pollfd calls{.fd = broker.fd(), .events = POLLIN, .revents = 0};
    const fs::path here = fs::current_path();
    while ((calls.revents & POLLHUP) == 0) {
      if (::poll(&calls, 1, broker.timeout()) == -1) continue;  // EINTR
      if (calls.revents != 0) broker.AnswerOne();
      broker.LookAtWaiting();
    }
    fs::current_path(here);
    unreachable_ = broker.unreachable();
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
  }

  fs::path directory_;
  bool skip_ = false;
  int64_t unreachable_ = 0;
};

// The line on which the child gave up.
#define CHECK_IN_CHILD(condition) \
  if (!(condition)) return __LINE__ % 251 + 1

int Errno(long result) {
  return result == -1 ? errno : 0;
}

struct Inet {
  explicit Inet(uint32_t host, uint16_t port = 0) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(host);
    address.sin_port = ::htons(port);
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&address); }
  sockaddr_in address{};
};

int NewSocket(int family = AF_INET, int type = SOCK_STREAM) {
  return ::socket(family, type | SOCK_CLOEXEC, 0);
}

int BindTo(int fd, Inet to) {
  return Errno(::bind(fd, to.get(), sizeof(to.address)));
}

int ConnectTo(int fd, Inet to) {
  return Errno(::connect(fd, to.get(), sizeof(to.address)));
}

uint16_t PortOf(int fd) {
  Inet own(0);
  socklen_t size = sizeof(own.address);
  return ::getsockname(fd, own.get(), &size) == 0 ? ::ntohs(own.address.sin_port) : 0;
}

int BindUnix(int fd, const std::string& path, bool connect = false) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&name);
  return Errno(connect ? ::connect(fd, address, size) : ::bind(fd, address, size));
}

TEST_F(BrokerCase, OddAddressesAreRefused) {
  EXPECT_EQ(Run([] {
              const int fd = NewSocket();
              Inet local(INADDR_LOOPBACK);
              CHECK_IN_CHILD(Errno(::connect(fd, nullptr, 16)) == EFAULT);
              CHECK_IN_CHILD(Errno(::bind(fd, reinterpret_cast<sockaddr*>(16), 16)) == EFAULT);
              for (const socklen_t size : {0U, 1U, 8U, 129U, 0x7fffffffU, 0xffffffffU}) {
                CHECK_IN_CHILD(Errno(::connect(fd, local.get(), size)) == EINVAL);
                CHECK_IN_CHILD(Errno(::bind(fd, local.get(), size)) == EINVAL);
              }
              local.address.sin_family = AF_UNSPEC;
              CHECK_IN_CHILD(ConnectTo(fd, local) == EAFNOSUPPORT);
              local.address.sin_family = AF_NETLINK;
              CHECK_IN_CHILD(BindTo(fd, local) == EAFNOSUPPORT);
              CHECK_IN_CHILD(ConnectTo(-1, Inet(INADDR_LOOPBACK)) == EBADF);
              CHECK_IN_CHILD(ConnectTo(::open("/dev/null", O_RDONLY | O_CLOEXEC), Inet(INADDR_LOOPBACK)) == ENOTSOCK);
              int pair[2];
              CHECK_IN_CHILD(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
              CHECK_IN_CHILD(BindUnix(pair[0], "x", /*connect=*/true) == EISCONN);
              CHECK_IN_CHILD(ConnectTo(fd, Inet(0xc0000201, 80)) == ENETUNREACH);
              CHECK_IN_CHILD(BindTo(fd, Inet(0xc0000201)) == EADDRNOTAVAIL);
              CHECK_IN_CHILD(ConnectTo(fd, Inet(INADDR_LOOPBACK, 1)) == ECONNREFUSED);
              return 0;
            }),
            0);
  EXPECT_EQ(unreachable_, 1);
}

TEST_F(BrokerCase, SocketsAreAsTheyWereAskedFor) {
  EXPECT_EQ(Run([] {
              for (const int family : {AF_INET, AF_UNIX}) {
                const int plain = ::socket(family, SOCK_STREAM, 0);
                CHECK_IN_CHILD(::fcntl(plain, F_GETFD) == 0 && (::fcntl(plain, F_GETFL) & O_NONBLOCK) == 0);
                const int flagged = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                CHECK_IN_CHILD(::fcntl(flagged, F_GETFD) == FD_CLOEXEC);
                CHECK_IN_CHILD((::fcntl(flagged, F_GETFL) & O_NONBLOCK) != 0);
              }
              CHECK_IN_CHILD(NewSocket(AF_UNIX, SOCK_SEQPACKET) != -1);
              for (const int type : {int{SOCK_DGRAM}, int{SOCK_RAW}, int{SOCK_SEQPACKET}, int{SOCK_RDM}, 0, 15}) {
                CHECK_IN_CHILD(Errno(NewSocket(AF_INET, type)) == EAFNOSUPPORT);
              }
              CHECK_IN_CHILD(Errno(NewSocket(AF_UNIX, SOCK_DGRAM)) == EAFNOSUPPORT);
              CHECK_IN_CHILD(Errno(NewSocket(AF_INET6)) == EAFNOSUPPORT);
              const rlimit few{.rlim_cur = 8, .rlim_max = 8};
              CHECK_IN_CHILD(::setrlimit(RLIMIT_NOFILE, &few) == 0 && Errno(NewSocket()) == EMFILE);
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, ServersAndTheirClientsFindEachOther) {
  EXPECT_EQ(Run([] {
              const int on = 1;
              const int server = NewSocket();
              ::setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
              CHECK_IN_CHILD(BindTo(server, Inet(INADDR_ANY)) == 0 && BindTo(server, Inet(INADDR_ANY)) == EINVAL);
              CHECK_IN_CHILD(::listen(server, 8) == 0);
              CHECK_IN_CHILD(BindTo(NewSocket(), Inet(INADDR_LOOPBACK, PortOf(server))) == EADDRINUSE);
              for (const int flags : {0, int{SOCK_NONBLOCK}}) {
                const int client = NewSocket(AF_INET, SOCK_STREAM | flags);
                CHECK_IN_CHILD(ConnectTo(client, Inet(0x7f010203, PortOf(server))) == 0);
                CHECK_IN_CHILD(((::fcntl(client, F_GETFL) & O_NONBLOCK) != 0) == (flags != 0));
                CHECK_IN_CHILD(ConnectTo(client, Inet(INADDR_LOOPBACK, PortOf(server))) == EISCONN);
                const int accepted = ::accept4(server, nullptr, nullptr, SOCK_CLOEXEC);
                char byte = 0;
                ::close(client);
                CHECK_IN_CHILD(::read(accepted, &byte, 1) == 0);  // nobody else holds it
              }
              const uint16_t port = PortOf(server);
              ::close(server);
              const int late = NewSocket();
              CHECK_IN_CHILD(ConnectTo(late, Inet(INADDR_LOOPBACK, port)) == ECONNREFUSED);
              const int again = NewSocket();
              ::setsockopt(again, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
              CHECK_IN_CHILD(BindTo(again, Inet(INADDR_LOOPBACK, port)) == 0 && ::listen(again, 8) == 0);
              CHECK_IN_CHILD(ConnectTo(late, Inet(INADDR_LOOPBACK, port)) == 0);  // the refused one may try again
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, WhatWasRefusedIsAsBefore) {
  EXPECT_EQ(Run([] {
              Inet own(0);
              socklen_t size = sizeof(own.address);
              // The kernel takes the address from a socket that does not get its port.
              const int server = NewSocket();
              CHECK_IN_CHILD(BindTo(server, Inet(INADDR_LOOPBACK, 65535)) == EADDRINUSE);
              CHECK_IN_CHILD(::getsockname(server, own.get(), &size) == 0 && own.address.sin_addr.s_addr != 0);
              CHECK_IN_CHILD(::listen(server, 1) == 0 && ::listen(server, 2) == 0);
              CHECK_IN_CHILD(::getsockname(server, own.get(), &size) == 0 && own.address.sin_addr.s_addr != 0);
              CHECK_IN_CHILD(own.address.sin_addr.s_addr != ::htonl(INADDR_LOOPBACK));
              // A name that the kernel made up is nobody's to listen under.
              const int named = NewSocket(AF_UNIX);
              const int on = 1;
              CHECK_IN_CHILD(::setsockopt(named, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
              CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "dead") == 0);
              CHECK_IN_CHILD(BindUnix(named, "dead", /*connect=*/true) == ECONNREFUSED);
              CHECK_IN_CHILD(Errno(::listen(named, 1)) == EINVAL);
              int pair[2];
              CHECK_IN_CHILD(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
              CHECK_IN_CHILD(Errno(::listen(pair[0], 1)) == EINVAL);
              for (const auto& [level, option] : {std::pair{IPPROTO_TCP, 30},
                                                  {IPPROTO_TCP, 23},
                                                  {IPPROTO_IP, 4},
                                                  {IPPROTO_IP, 42},
                                                  {IPPROTO_IP, 46},
                                                  {IPPROTO_IP, 39},
                                                  {IPPROTO_IP, 51},
                                                  {IPPROTO_IP, 1 << 30}}) {
                CHECK_IN_CHILD(Errno(::setsockopt(NewSocket(), level, option, &on, sizeof(on))) == EPERM);
              }
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, ManySocketsAreCountedAsTheProgramHasThem) {
  EXPECT_EQ(Run([] {
              const rlimit many{.rlim_cur = 4096, .rlim_max = 4096};
              CHECK_IN_CHILD(::setrlimit(RLIMIT_NOFILE, &many) == 0);
              // Closed ones, however many, are in nobody's way.
              for (int i = 0; i < 1500; ++i) {
                const int fd = NewSocket();
                CHECK_IN_CHILD(fd != -1);
                if (i % 2 == 0) CHECK_IN_CHILD(BindTo(fd, Inet(INADDR_LOOPBACK)) == 0);
                ::close(fd);
              }
              const int first = NewSocket();
              int made = 1;
              while (NewSocket() != -1) ++made;
              CHECK_IN_CHILD(errno == EMFILE && made == 512);
              CHECK_IN_CHILD(ConnectTo(first, Inet(INADDR_LOOPBACK, 1)) == ECONNREFUSED);
              ::close_range(3, ~0U, 0);
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, PortsThatTheKernelChoosesFromStayOthers) {
  EXPECT_EQ(Run([] {
              int first = 0;
              int last = 0;
              FILE* range = ::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
              CHECK_IN_CHILD(range != nullptr && ::fscanf(range, "%d %d", &first, &last) == 2);
              if (last > 60999 || first < 32768) return 0;  // little room beside it
              const auto bind_and_close = [](int port) {
                const int fd = NewSocket();
                const int error = BindTo(fd, Inet(INADDR_LOOPBACK, static_cast<uint16_t>(port)));
                const int got = PortOf(fd);
                ::close(fd);
                return error == 0 ? got : -error;
              };
              for (int i = 0; i < 1000; ++i) {
                const int port = bind_and_close(0);
                CHECK_IN_CHILD(port > last || (0 < port && port < first));
              }
              const int server = NewSocket();
              CHECK_IN_CHILD(::listen(server, 8) == 0 && PortOf(server) > last);
              const int client = NewSocket();
              CHECK_IN_CHILD(ConnectTo(client, Inet(INADDR_LOOPBACK, PortOf(server))) == 0 && PortOf(client) > last);
              // A few may be named all the same, as often as one likes.
              for (int i = 0; i < 16; ++i) CHECK_IN_CHILD(bind_and_close(first + i) == first + i);
              CHECK_IN_CHILD(bind_and_close(first + 16) == -EADDRNOTAVAIL && bind_and_close(first) == first);
              for (int i = 0; i < 240; ++i) CHECK_IN_CHILD(bind_and_close(10000 + i) == 10000 + i);
              CHECK_IN_CHILD(bind_and_close(11000) == -EADDRNOTAVAIL && bind_and_close(10000) == 10000);
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, AddressesThatWereLetGoOfCanBeHadAgain) {
  EXPECT_EQ(Run([] {
              // What find-a-free-port does.
              for (int i = 0; i < 10; ++i) {
                const int probe = NewSocket();
                CHECK_IN_CHILD(BindTo(probe, Inet(INADDR_LOOPBACK)) == 0);
                const uint16_t port = PortOf(probe);
                ::close(probe);
                CHECK_IN_CHILD(BindTo(NewSocket(), Inet(INADDR_LOOPBACK, port)) == 0);
              }
              const int from = NewSocket();
              const int server = NewSocket();
              CHECK_IN_CHILD(::listen(server, 1) == 0 && BindTo(from, Inet(INADDR_LOOPBACK)) == 0);
              CHECK_IN_CHILD(ConnectTo(from, Inet(INADDR_LOOPBACK, PortOf(server))) == 0);
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, NobodyMakesTheBrokerWait) {
  EXPECT_EQ(Run([] {
              const int server = NewSocket(AF_UNIX);
              CHECK_IN_CHILD(BindUnix(server, "server") == 0 && ::listen(server, 0) == 0);
              CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "server", /*connect=*/true) == 0);
              const int late = NewSocket(AF_UNIX);
              std::thread connecting([late] { (void)BindUnix(late, "server", /*connect=*/true); });
              std::thread blocking([late] {
                for (int i = 0; i < 2'000'000; ++i) ::fcntl(late, F_SETFL, 0);
              });
              for (int i = 0; i < 100; ++i) CHECK_IN_CHILD(Errno(::chmod("none", 0)) == ENOENT);
              blocking.join();
              ::close(::accept4(server, nullptr, nullptr, SOCK_CLOEXEC));
              connecting.join();
              return 0;
            }),
            0);
}

TEST_F(BrokerCase, UnixSocketsAreOwnFilesAndNames) {
  EXPECT_EQ(
      Run([this] {
        const std::string tmp = directory_ / "tmp/server";
        for (const std::string& path : {std::string("server"), tmp, std::string("\0name", 5), std::string("\0b", 2)}) {
          const int server = NewSocket(AF_UNIX);
          CHECK_IN_CHILD(BindUnix(server, path) == 0 && ::listen(server, 1) == 0);
          CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), path) == EADDRINUSE);
          CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), path, /*connect=*/true) == 0);
        }
        sockaddr_un name{};
        socklen_t size = sizeof(name);
        const int server = NewSocket(AF_UNIX);
        CHECK_IN_CHILD(BindUnix(server, "./told") == 0);
        CHECK_IN_CHILD(::getsockname(server, reinterpret_cast<sockaddr*>(&name), &size) == 0);
        CHECK_IN_CHILD(std::string(name.sun_path) == "./told");
        // A name is made up; one that is too long with the sandbox's prefix is shortened.
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "") == 0 && BindUnix(NewSocket(AF_UNIX), "") == 0);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), std::string(1, '\0').append(107, 'x')) == 0);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "", /*connect=*/true) == EINVAL);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), directory_ / "other/x") == EACCES);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "../other/x") == EACCES);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "none/x") == ENOENT);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "none", /*connect=*/true) == ENOENT);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "/dev/null", /*connect=*/true) == EACCES);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), "..", /*connect=*/true) == EACCES);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), ".", /*connect=*/true) == ECONNREFUSED);
        CHECK_IN_CHILD(BindUnix(NewSocket(AF_UNIX), std::string(108, 'x')) == EINVAL ||
                       fs::exists(std::string(108, 'x')));
        return 0;
      }),
      0);
}

TEST_F(BrokerCase, ModesAndTimesOfOwnFilesOnly) {
  std::ofstream(directory_ / "other/file") << "x";
  EXPECT_EQ(
      Run([this] {
        const int file = ::open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        struct stat status {};
        CHECK_IN_CHILD(::chmod("file", 0751) == 0 && ::fstat(file, &status) == 0);
        CHECK_IN_CHILD((status.st_mode & 07777) == 0751);
        const int here = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK_IN_CHILD(::fchmodat(here, "file", 0640, 0) == 0 && ::fstat(file, &status) == 0);
        CHECK_IN_CHILD((status.st_mode & 07777) == 0640);
        const timespec times[2] = {{.tv_sec = 1, .tv_nsec = 2}, {.tv_sec = 3, .tv_nsec = 4}};
        CHECK_IN_CHILD(::utimensat(here, "file", times, 0) == 0 && ::fstat(file, &status) == 0);
        CHECK_IN_CHILD(status.st_mtim.tv_sec == 3 && status.st_mtim.tv_nsec == 4 && status.st_atim.tv_sec == 1);
        const timespec odd[2] = {{.tv_sec = 1, .tv_nsec = -1}, {.tv_sec = 1, .tv_nsec = 1}};
        CHECK_IN_CHILD(Errno(::utimensat(here, "file", odd, 0)) == EINVAL);
        CHECK_IN_CHILD(Errno(::utimensat(here, "file", times, 0x40000)) == EINVAL);
        CHECK_IN_CHILD(Errno(::utimensat(here, "file", reinterpret_cast<timespec*>(8), 0)) == EFAULT);
        CHECK_IN_CHILD(::utimensat(AT_FDCWD, "file", nullptr, 0) == 0 && ::futimens(file, times) == 0);
        CHECK_IN_CHILD(Errno(::chmod(reinterpret_cast<char*>(8), 0)) == EFAULT && Errno(::chmod("", 0)) == ENOENT);
        CHECK_IN_CHILD(Errno(::chmod("none", 0)) == ENOENT && Errno(::fchmodat(99, "file", 0, 0)) == EBADF);
        CHECK_IN_CHILD(Errno(::chmod(std::string(PATH_MAX, 'x').c_str(), 0)) == ENAMETOOLONG);
        CHECK_IN_CHILD(Errno(::chmod("/proc/self/cwd/file", 0)) == ELOOP);
        CHECK_IN_CHILD(Errno(::chmod((directory_ / "other/file").c_str(), 0)) == EPERM);
        CHECK_IN_CHILD(::symlink("../other/file", "link") == 0 && Errno(::chmod("link", 0)) == EPERM);
        CHECK_IN_CHILD(Errno(::utimensat(AT_FDCWD, "link", times, 0)) == EPERM);
        CHECK_IN_CHILD(::utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW) == 0);
        // A path that ends with its page, beyond which there is nothing.
        const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
        char* pages =
            static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        CHECK_IN_CHILD(::munmap(pages + page, page) == 0);
        ::memcpy(pages + page - 5, "file", 5);
        CHECK_IN_CHILD(::chmod(pages + page - 5, 0600) == 0);
        CHECK_IN_CHILD(Errno(::chmod(std::string(1, 'x').append(5000, '/').c_str(), 0)) == ENAMETOOLONG);
        ::memcpy(pages + page - 4, "file", 4);
        CHECK_IN_CHILD(Errno(::chmod(pages + page - 4, 0600)) == EFAULT);
        return 0;
      }),
      0);
}

TEST_F(BrokerCase, TerminalsAreGivenInPairsAndNotWithoutEnd) {
  EXPECT_EQ(Run([] {
              int given = 0;
              for (; given < 1000; ++given) {
                const int controller = ::socket(kTerminalFamily, kTerminalType, kTerminalController);
                if (controller < 0) break;
                const int terminal = ::socket(kTerminalFamily, kTerminalType, kTerminalTerminal);
                CHECK_IN_CHILD(::isatty(terminal) == 1 && ::write(terminal, "x", 1) == 1);
                char byte = 0;
                CHECK_IN_CHILD(::read(controller, &byte, 1) == 1 && byte == 'x');
              }
              CHECK_IN_CHILD(errno == EAGAIN && given == 128);
              CHECK_IN_CHILD(Errno(::socket(kTerminalFamily, kTerminalType, kTerminalTerminal)) == EAGAIN);
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace skillrunner::sandbox

#include "sandbox/broker_sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "sandbox/restricted.h"

namespace skillrunner::sandbox {
namespace {

constexpr size_t kMostHeld = 512;
constexpr size_t kMostWaiting = 64;
constexpr size_t kStartOfPath = offsetof(sockaddr_un, sun_path);
constexpr size_t kLongestName = sizeof(sockaddr_un::sun_path) - 1;

ino_t InodeOf(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 ? status.st_ino : 0;
}

// Empty, and errno set: it is none.
std::string LinkAt(int directory, const std::string& name) {
  char text[64];
  const ssize_t length = ::readlinkat(directory, name.c_str(), text, sizeof(text));
  return std::string(text, length > 0 ? static_cast<size_t>(length) : 0);
}

// What /proc/*/fd/* says: "socket:[123]". 0: it is no socket.
ino_t SocketInode(absl::string_view link) {
  uint64_t inode = 0;
  if (!absl::ConsumePrefix(&link, "socket:[") || !absl::ConsumeSuffix(&link, "]")) return 0;
  return absl::SimpleAtoi(link, &inode) ? inode : 0;
}

// Of all threads below this process: each may have files of its own.
std::set<ino_t> OpenSockets() {
  std::set<ino_t> open;
  std::vector<pid_t> processes = ChildrenOf(::getpid());
  for (size_t i = 0; i < processes.size(); ++i) {
    for (const pid_t child : ChildrenOf(processes[i])) processes.push_back(child);
    for (const pid_t thread : ThreadsOf(processes[i])) {
      const std::string files = absl::StrCat("/proc/", thread, "/fd");
      const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(files.c_str()), ::closedir);
      while (const dirent* entry = directory == nullptr ? nullptr : ::readdir(directory.get())) {
        open.insert(SocketInode(LinkAt(::dirfd(directory.get()), entry->d_name)));
      }
    }
  }
  return open;
}

int ErrnoOfCall(int result) {
  return result == -1 ? errno : 0;
}

int BindTo(int socket, const std::string& address) {
  return ErrnoOfCall(
      ::bind(socket, reinterpret_cast<const sockaddr*>(address.data()), static_cast<socklen_t>(address.size())));
}

int ConnectTo(int socket, const std::string& address) {
  return ErrnoOfCall(
      ::connect(socket, reinterpret_cast<const sockaddr*>(address.data()), static_cast<socklen_t>(address.size())));
}

template <class Address>
std::string BytesOf(const Address& address) {
  return std::string(reinterpret_cast<const char*>(&address), sizeof(address));
}

sa_family_t FamilyOf(const std::string& address) {
  sa_family_t family = AF_UNSPEC;
  if (address.size() >= sizeof(family)) ::memcpy(&family, address.data(), sizeof(family));
  return family;
}

bool HasNoFile(const std::string& unix_address) {
  return unix_address.size() <= kStartOfPath || unix_address[kStartOfPath] == '\0';
}

void SetBlocking(int file, bool blocking) {
  const int flags = ::fcntl(file, F_GETFL);
  (void)::fcntl(file, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

// Whether a connection is made, or will not be.
bool IsDecided(int socket, bool* failed = nullptr) {
  pollfd decided{.fd = socket, .events = POLLOUT, .revents = 0};
  if (::poll(&decided, 1, 0) <= 0) return false;
  if (failed != nullptr) *failed = (decided.revents & (POLLERR | POLLHUP)) != 0;
  return true;
}

// Runs it to its end on a thread of its own. An errno; 0: it was run.
int OnThread(const std::function<void()>& body) {
  pthread_t thread{};
  const auto run = [](void* function) -> void* {
    (*static_cast<const std::function<void()>*>(function))();
    return nullptr;
  };
  const int error = ::pthread_create(&thread, nullptr, run, const_cast<std::function<void()>*>(&body));
  return error != 0 ? error : ::pthread_join(thread, nullptr);
}

}  // namespace

BrokerSockets::BrokerSockets(const SeccompListener& listener, const BrokerFiles& files, LandlockPolicy own_files)
    : listener_(listener), files_(files), own_files_(std::move(own_files)), most_held_(kMostHeld) {
  // The rest is for ending the tree.
  rlimit files_of_init{};
  if (::getrlimit(RLIMIT_NOFILE, &files_of_init) == 0) {
    most_held_ = std::min(most_held_, static_cast<size_t>(files_of_init.rlim_cur) / 2);
  }
}

void BrokerSockets::Socket(const HeldCall& call) {
  const int family = call.Int(0);
  const int type = call.Int(1) & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
  const int protocol = call.Int(2);
  const bool tcp = family == AF_INET && type == SOCK_STREAM;
  const bool unix_stream = family == AF_UNIX && (type == SOCK_STREAM || type == SOCK_SEQPACKET);
  if (!tcp && !unix_stream) return listener_.Answer(call, EAFNOSUPPORT);
  if (tcp && protocol != 0 && protocol != IPPROTO_TCP) return listener_.Answer(call, EPROTONOSUPPORT);
  if (held_.size() >= most_held_) LetGoOfClosed();
  if (held_.size() >= most_held_) return listener_.Answer(call, EMFILE);
  UniqueFd socket(::socket(family, call.Int(1) | SOCK_CLOEXEC, protocol));
  if (!socket.valid()) return listener_.Answer(call, errno);
  if (tcp) {
    int error = loopback_.Ensure();
    if (error == 0) error = loopback_.Tie(socket.get());
    if (error != 0) return listener_.Answer(call, error);
  }
  // First: another of the program's threads may use it at once.
  const int file = socket.get();
  const ino_t inode = InodeOf(file);
  held_[inode] = std::move(socket);
  if (!listener_.AnswerWithFile(call, file, (call.Int(1) & SOCK_CLOEXEC) != 0)) held_.erase(inode);
}

void BrokerSockets::LetGoOfClosed() {
  const std::set<ino_t> open = OpenSockets();
  std::erase_if(held_, [&](const auto& held) { return !open.contains(held.first) && !IsWaiting(held.first); });
  std::erase_if(listening_, [&](ino_t inode) { return !open.contains(inode); });
}

// EINVAL: it is not held.
int BrokerSockets::Find(const HeldCall& call, ino_t* inode) const {
  const std::string link = LinkAt(AT_FDCWD, absl::StrCat("/proc/", call.thread, "/fd/", call.Int(0)));
  const int error = errno;
  if (!listener_.Holds(call)) return EINTR;
  if (link.empty()) return error == ENOENT ? EBADF : error;
  *inode = SocketInode(link);
  if (*inode == 0) return ENOTSOCK;
  return held_.contains(*inode) ? 0 : EINVAL;
}

int BrokerSockets::ReadAddress(const HeldCall& call, std::string* address) const {
  const int size = call.Int(2);
  if (size < static_cast<int>(sizeof(sa_family_t)) || size > static_cast<int>(sizeof(sockaddr_storage))) return EINVAL;
  address->resize(static_cast<size_t>(size));
  return listener_.Read(call, call.arguments[1], address->data(), address->size());
}

void BrokerSockets::Bind(const HeldCall& call) {
  ino_t inode = 0;
  std::string address;
  int error = Find(call, &inode);
  if (error == 0) error = ReadAddress(call, &address);
  if (error == 0) error = BindTo(call, held_[inode].get(), address);
  if (error == EADDRINUSE) {
    // Perhaps by one that the program has closed.
    LetGoOfClosed();
    const auto held = held_.find(inode);
    error = held == held_.end() ? EBADF : BindTo(call, held->second.get(), address);
  }
  listener_.Answer(call, error);
}

int BrokerSockets::BindTo(const HeldCall& call, int socket, const std::string& address) {
  return FamilyOf(address) == AF_UNIX ? BindUnix(call, socket, address) : BindTcp(socket, address);
}

int BrokerSockets::BindTcp(int socket, const std::string& address) {
  sockaddr_in inet{};
  if (FamilyOf(address) != AF_INET) return EAFNOSUPPORT;
  if (address.size() < sizeof(inet)) return EINVAL;
  ::memcpy(&inet, address.data(), sizeof(inet));
  if (!IsLoopback(inet.sin_addr)) return EADDRNOTAVAIL;
  if (loopback_.CheckTied(socket) != 0) return EINVAL;
  return loopback_.Bind(socket, inet.sin_port);
}

// Names without a file (unix(7): abstract) are the whole host's: the sandbox's begin with its own address.
int BrokerSockets::NameWithoutFile(const std::string& address, std::string* own) {
  if (const int error = loopback_.Ensure(); error != 0) return error;
  const std::string prefix = absl::StrCat("skill-runner-", absl::Hex(loopback_.own().s_addr), "-");
  std::string name = address.substr(std::min(address.size(), kStartOfPath + 1));
  // Without one the kernel makes one up; a long one leaves no room.
  if (name.empty()) {
    name = absl::StrCat(++names_made_up_);
  } else if (name.size() + prefix.size() > kLongestName && !absl::StartsWith(name, prefix)) {
    name = absl::StrCat("long-", absl::Hex(std::hash<std::string>()(name)));
  }
  *own = address.substr(0, kStartOfPath);
  own->push_back('\0');
  // As getsockname tells of it.
  absl::StrAppend(own, absl::StartsWith(name, prefix) ? "" : prefix, name);
  return 0;
}

int BrokerSockets::BindUnix(const HeldCall& call, int socket, const std::string& address) {
  if (address.size() > sizeof(sockaddr_un)) return EINVAL;
  if (HasNoFile(address)) {
    std::string own;
    const int error = NameWithoutFile(address, &own);
    return error != 0 ? error : sandbox::BindTo(socket, own);
  }
  UniqueFd directory;
  if (const int error = files_.OpenCurrent(call, &directory); error != 0) return error;
  if (::fchdir(directory.get()) != 0) return errno;
  // By the name that was given, for it is what others are told; so it is Landlock that keeps it to the program's own
  // directories, in a thread since what it restricts stays so.
  int error = 0;
  const int not_run = OnThread([&] {
    const StepResult failed = RestrictByLandlock(own_files_);
    error = failed ? static_cast<int>(failed->error) : sandbox::BindTo(socket, address);
  });
  return not_run != 0 ? not_run : error;
}

// What a socket must be that is about to listen, and has a port.
int BrokerSockets::PrepareToListen(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return errno;
  if (address.ss_family == AF_INET) {
    const int error = loopback_.CheckTied(socket);
    return error != 0 ? error : loopback_.EnsurePort(socket);
  }
  // The kernel gives names to sockets that have none when they send their credentials.
  const std::string bytes(reinterpret_cast<const char*>(&address), size);
  return HasNoFile(bytes) && !absl::StrContains(bytes, "skill-runner-") ? EINVAL : 0;
}

void BrokerSockets::Listen(const HeldCall& call) {
  ino_t inode = 0;
  int error = Find(call, &inode);
  // Once more, with another backlog perhaps: that is left as it is.
  if (error == EINVAL && listening_.contains(inode)) return listener_.Answer(call, 0);
  if (error == 0) error = PrepareToListen(held_[inode].get());
  if (error == 0) error = ErrnoOfCall(::listen(held_[inode].get(), call.Int(1)));
  if (error == 0) {
    listening_.insert(inode);
    held_.erase(inode);
  }
  listener_.Answer(call, error);
}

int BrokerSockets::AddressTcp(int socket, const std::string& address, std::string* target) {
  sockaddr_in inet{};
  if (address.size() < sizeof(inet)) return EINVAL;
  ::memcpy(&inet, address.data(), sizeof(inet));
  if (!IsLoopback(inet.sin_addr)) {
    ++unreachable_;
    return ENETUNREACH;
  }
  if (loopback_.CheckTied(socket) != 0) return EINVAL;
  // It is a client: its port may be one that was used a moment ago.
  const int on = 1;
  if (::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return errno;
  if (const int error = loopback_.EnsurePort(socket); error != 0) return error;
  // Where the program itself listens as well it would be served first; but only as long as it does.
  if (loopback_.IsServedOnAllAddresses(inet.sin_port)) return ECONNREFUSED;
  *target = BytesOf(InetAddress(loopback_.own(), inet.sin_port));
  return 0;
}

int BrokerSockets::AddressUnix(const HeldCall& call, const std::string& address, UniqueFd* file, std::string* target) {
  if (address.size() > sizeof(sockaddr_un)) return EINVAL;
  if (HasNoFile(address)) {
    // Only bind(2) makes up a name.
    return address.size() <= kStartOfPath + 1 ? EINVAL : NameWithoutFile(address, target);
  }
  const std::string path(address.substr(kStartOfPath).c_str());
  const int error = files_.OpenOwn(call, AT_FDCWD, path, /*follow=*/true, file);
  if (error != 0) return error == EPERM ? EACCES : error;
  struct stat status {};
  if (::fstat(file->get(), &status) != 0 || !S_ISSOCK(status.st_mode)) return ECONNREFUSED;
  // This very file, whatever its name leads to meanwhile.
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  PathOf(file->get()).copy(name.sun_path, sizeof(name.sun_path) - 1);
  *target = BytesOf(name);
  return 0;
}

int BrokerSockets::FindTarget(const HeldCall& call, const std::string& address, Connection* connection) {
  switch (FamilyOf(address)) {
    case AF_INET:
      return AddressTcp(held_[connection->inode].get(), address, &connection->target);
    case AF_UNIX:
      return AddressUnix(call, address, &connection->file, &connection->target);
    default:
      return EAFNOSUPPORT;
  }
}

void BrokerSockets::Connect(const HeldCall& call) {
  Connection connection{.call = call};
  std::string address;
  int error = Find(call, &connection.inode);
  // Connected by this process before, listening, accepted, or one of a pair.
  if (error == EINVAL) error = EISCONN;
  if (error == 0) error = ReadAddress(call, &address);
  if (error == 0) error = FindTarget(call, address, &connection);
  if (error == 0 && waiting_.size() >= kMostWaiting) error = EAGAIN;
  if (error != 0) return listener_.Answer(call, error);
  connection.blocking = (::fcntl(held_[connection.inode].get(), F_GETFL) & O_NONBLOCK) == 0;
  Advance(std::move(connection));
}

void BrokerSockets::Advance(Connection connection) {
  const int socket = held_[connection.inode].get();
  // This process must not wait.
  if (connection.blocking) SetBlocking(socket, false);
  int error = ConnectTo(socket, connection.target);
  if ((error == EINPROGRESS || error == EALREADY) && IsDecided(socket)) {
    // On loopback it mostly is by now, and the next call says how.
    error = ConnectTo(socket, connection.target);
  }
  // EINTR: the program had it wait nevertheless.
  const bool undecided = error == EINPROGRESS || error == EALREADY || error == EINTR;
  // EAGAIN: a unix socket whose queue is full.
  if (connection.blocking && (undecided || error == EAGAIN)) {
    waiting_.push_back(std::move(connection));
    return;
  }
  if (connection.blocking) SetBlocking(socket, true);
  // Ahead of the answer: the program may end the connection at once.
  if (error == 0) held_.erase(connection.inode);
  listener_.Answer(connection.call, error == EINTR ? EAGAIN : error);
  if (undecided && !IsWaiting(connection.inode)) {
    connection.answered = true;
    waiting_.push_back(std::move(connection));
  }
}

bool BrokerSockets::IsWaiting(ino_t inode) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [inode](const Connection& connection) { return connection.inode == inode; });
}

void BrokerSockets::LookAtWaiting() {
  for (Connection& connection : std::exchange(waiting_, {})) {
    const auto held = held_.find(connection.inode);
    if (held == held_.end()) {
      // Connected by another thread.
      if (!connection.answered) listener_.Answer(connection.call, EISCONN);
    } else if (connection.answered) {
      // The program hears from the socket how it went.
      bool failed = false;
      if (!IsDecided(held->second.get(), &failed)) {
        waiting_.push_back(std::move(connection));
      } else if (!failed) {
        held_.erase(held);
      }
    } else if (listener_.Holds(connection.call)) {
      Advance(std::move(connection));
    } else {
      SetBlocking(held->second.get(), true);
    }
  }
}

}  // namespace skillrunner::sandbox

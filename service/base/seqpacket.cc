#include "base/seqpacket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>

#include "base/files.h"

namespace skillrunner {

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeSeqpacketPair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return ErrnoStatus(errno, "socketpair");
  return std::make_pair(UniqueFd(fds[0]), UniqueFd(fds[1]));
}

absl::Status SendMessage(int socket, absl::string_view bytes, const std::vector<int>& fds) {
  if (bytes.empty() || bytes.size() > kMaxMessageBytes || fds.size() > kMaxMessageFds) {
    return absl::InvalidArgumentError("message is empty, too long or carries too many descriptors");
  }
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxMessageFds)> control{};
  if (!fds.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    ::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  while (true) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL) >= 0) return absl::OkStatus();
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET) {
      return WithErrno(absl::UnavailableError("the other process is gone"), errno);
    }
    if (errno == EAGAIN) return WithErrno(absl::UnavailableError("the other process does not take messages"), errno);
    return ErrnoStatus(errno, "sendmsg");
  }
}

absl::StatusOr<Message> ReceiveMessage(int socket, bool dont_wait) {
  Message message;
  message.bytes.resize(kMaxMessageBytes);
  iovec part{message.bytes.data(), message.bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxMessageFds)> control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got;
  bool reset = false;
  while (true) {
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (dont_wait ? MSG_DONTWAIT : 0));
    if (got >= 0) break;
    // A peer that left with messages unread makes one call fail, ahead of what it had sent before: that is still there.
    if (errno == ECONNRESET && !reset) {
      reset = true;
      continue;
    }
    if (errno != EINTR) break;
  }
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return absl::UnavailableError("no message yet");
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return absl::OutOfRangeError("the other process is gone");
  if (got < 0) return ErrnoStatus(errno, "recvmsg");
  for (cmsghdr* part_header = CMSG_FIRSTHDR(&header); part_header != nullptr;
       part_header = CMSG_NXTHDR(&header, part_header)) {
    if (part_header->cmsg_level != SOL_SOCKET || part_header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part_header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, kMaxMessageFds> fds;
    ::memcpy(fds.data(), CMSG_DATA(part_header), count * sizeof(int));
    for (size_t i = 0; i < count; ++i) message.fds.emplace_back(fds[i]);
  }
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return absl::DataLossError("message or descriptors were cut");
  message.bytes.resize(static_cast<size_t>(got));
  return message;
}

}  // namespace skillrunner

// Messages with descriptors over a SOCK_SEQPACKET Unix socket: how supervisor, server, zygotes and sandboxes talk.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace skillrunner {

struct Message {
  std::string bytes;
  std::vector<UniqueFd> fds;  // close-on-exec
};

// Longest message and most descriptors; longer payloads travel as a memfd.
inline constexpr size_t kMaxMessageBytes = 16 * 1024;
inline constexpr size_t kMaxMessageFds = 16;

// Two connected, close-on-exec, blocking ends.
absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakeSeqpacketPair();

// Sends one message whole. UNAVAILABLE: the peer is gone, or (non-blocking socket) its queue is full.
absl::Status SendMessage(int socket, absl::string_view bytes, const std::vector<int>& fds = {});

// Receives one message. OUT_OF_RANGE: the peer is gone. UNAVAILABLE: nothing there yet (non-blocking socket, or
// `dont_wait`). DATA_LOSS: the message was too long or lost descriptors.
absl::StatusOr<Message> ReceiveMessage(int socket, bool dont_wait = false);

}  // namespace skillrunner

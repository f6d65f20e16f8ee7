// One call as its handler sees it, and the streams of its messages. All of it belongs to the thread of one loop, and
// outlives the handler. When the handler has ended, the layer finishes the call and waits until gRPC has let go of it.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "async/event.h"
#include "async/executor.h"
#include "async/task.h"
#include "grpcpp/generic/async_generic_service.h"
#include "rpc/codec.h"
#include "rpc/loop.h"

namespace skillrunner::rpc {

class Call;

// What the calls of one loop know about the server's graceful shutdown. Loop's thread only.
struct Drain {
  bool begun = false;
  std::list<Call*> listeners;
};

class Call {
 public:
  Call(Loop& loop, Drain& drain);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  Executor& executor() { return loop_; }
  // The full name, such as "/grpc.health.v1.Health/Check".
  const std::string& method() const { return context_.method(); }
  // The client's address as gRPC writes it, such as "ipv4:127.0.0.1:40000".
  std::string peer() const { return context_.peer(); }
  // The first value of a metadata entry sent by the client; `key` in lower case.
  std::optional<std::string> ClientMetadata(absl::string_view key) const;
  // When the client gives up (MonotonicNanos); Executor::kNever without a deadline.
  int64_t deadline() const;

  // The client is gone, its deadline passed, or the server shuts down hard. Nothing that is written arrives any more;
  // the handler should end soon: the server's shutdown waits for it.
  bool cancelled() const { return cancelled_; }
  // Cancelled because the deadline passed. On the wire a client that gives up at its deadline looks like one that
  // cancels, so this is a judgement: true when the call was cancelled no earlier than its deadline less the rounding of
  // its transmission (grpc-timeout is rounded by up to 1 %).
  bool deadline_passed() const { return deadline_passed_; }
  // Runs `hook` on the loop's thread when the call is cancelled; at once, if it is already. Hooks are dropped when the
  // handler ends. A hook is a plain function: it sets events, it does not await.
  void OnCancel(PostedFunction hook);

  // The server shuts down gracefully: it takes no new calls and cancels this one at the end of its grace period.
  bool draining() const { return drain_.begun; }
  // As OnCancel, when the graceful shutdown begins.
  void OnDrain(PostedFunction hook);

  // The rest is for the layer (router.h, server.cc): handlers use the streams below.

  // The operation that accepts a call from the network into this object. False: the server is shutting down.
  Operation::Awaiter Accept(grpc::AsyncGenericService& service);
  // Once, right after a successful Accept.
  void MarkAccepted();
  // Sends the response headers now instead of with the first message, so that the client knows the stream is open.
  Operation::Awaiter SendInitialMetadata();
  // False: no (further) request comes.
  Operation::Awaiter Receive();
  // Ends a Receive that waits, with false; so do all later ones.
  void StopReceiving();
  // What the last successful Receive got.
  grpc::ByteBuffer* received() { return &received_; }
  // Remembers that a streamed request was no valid message, so that the call ends with an error.
  void MarkMalformed() { malformed_ = true; }
  bool malformed() const { return malformed_; }
  // False: the call is dead. The bytes are taken over before it returns.
  Operation::Awaiter Send(const grpc::ByteBuffer& message, bool more_is_waiting);
  // The message that goes out in one operation with the final status.
  grpc::ByteBuffer* response() { return &response_; }
  // After the handler ended: drops its hooks, finishes the call and waits for every tag. Nothing is left in gRPC
  // afterwards.
  Task<void> Finish(grpc::Status status);
  void RunDrainHooks() { RunHooks(drain_hooks_); }

 private:
  class DoneTag final : public Tag {
   public:
    explicit DoneTag(Call& call) : call_(call) {}
    void OnComplete(bool /*ok*/) override { call_.OnDone(); }

   private:
    Call& call_;
  };

  void OnDone();
  static void RunHooks(std::vector<PostedFunction>& hooks);

  Loop& loop_;
  Drain& drain_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer received_;
  grpc::ByteBuffer response_;
  DoneTag done_tag_{*this};
  Event done_;
  Operation accept_;
  Operation metadata_;
  Operation read_;
  Operation write_;
  Operation finish_;
  int64_t accepted_at_ = 0;
  bool cancelled_ = false;
  bool deadline_passed_ = false;
  bool unsendable_ = false;
  bool receiving_stopped_ = false;
  bool malformed_ = false;
  std::vector<PostedFunction> cancel_hooks_;
  std::vector<PostedFunction> drain_hooks_;
};

// The responses of a streaming call. One Write at a time, each awaited at once; it returns when gRPC's flow control
// lets it go, so a slow client slows its writer and nobody else.
template <class Response>
class ResponseStream {
 public:
  explicit ResponseStream(Call& call) : call_(call) {}
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;

  // co_await it: false means that the call is dead, and the handler should end. Set `more_is_waiting` only when the
  // next Write follows without waiting for anything: gRPC may then hold this one back to send both together.
  Operation::Awaiter Write(const Response& response, bool more_is_waiting = false) {
    grpc::ByteBuffer bytes;
    // A message that cannot be serialised is sent as an invalid buffer, which fails the write.
    if (!SerializeMessage(response, &bytes)) bytes.Clear();
    return call_.Send(bytes, more_is_waiting);
  }

 private:
  Call& call_;
};

// The requests of a streaming call. One Read at a time.
template <class Request>
class RequestStream {
 public:
  explicit RequestStream(Call& call) : call_(call) {}
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;

  // The next request; none when the client has sent its last one, is gone, or sent bytes that are no Request (the call
  // then ends with INVALID_ARGUMENT, whatever the handler returns), or after Close().
  Task<std::optional<Request>> Read() {
    const bool received = co_await call_.Receive();
    std::optional<Request> request;
    if (!received) co_return request;
    request.emplace();
    if (!ParseMessage(call_.received(), &*request)) {
      call_.MarkMalformed();
      request.reset();
    }
    co_return request;
  }

  // Makes a Read that waits, and all later ones, return none: so that a task that reads can be joined before the
  // handler ends.
  void Close() { call_.StopReceiving(); }

 private:
  Call& call_;
};

}  // namespace skillrunner::rpc

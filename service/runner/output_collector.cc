#include "runner/output_collector.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/clock.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr size_t kTailBytes = 4096;
// Other runs get their turn after this many bytes of one stream.
constexpr size_t kBytesPerTurn = 1 << 20;
// An event is a few hundred bytes of memory, so a program that writes byte by byte must not get an event for each:
// after so many reads that brought little, they are made further apart and bring more.
constexpr int kFreeSmallReads = 1024;
constexpr int64_t kSmallRead = 4096;
constexpr int64_t kPauseNanos = 5'000'000;
// `print` of an unbuffered Python writes a line and its end in two calls: what does not end in a line end waits this
// long for more, so that a line is one event.
constexpr int64_t kLineEndNanos = 10'000'000;

}  // namespace

OutputCollector::OutputCollector(Reactor& reactor, Run& run, int stdout_fd, int stderr_fd, Event& changed)
    : reactor_(reactor),
      run_(run),
      changed_(changed),
      streams_{Stream{.fd = stdout_fd, .chunker = OutputChunker(v1::OutputChunk::STREAM_STDOUT)},
               Stream{.fd = stderr_fd, .chunker = OutputChunker(v1::OutputChunk::STREAM_STDERR)}},
      room_(run.plan().limits.output_bytes) {
  for (Stream& stream : streams_) tasks_.Start(Drain(&stream));
}

Task<void> OutputCollector::Drain(Stream* stream) {
  FdWatch watch(reactor_, stream->fd, EPOLLIN);
  if (watch.error() != 0) {
    failed_step_ = {.call = "epoll_ctl(EPOLL_CTL_ADD) for the output", .error = watch.error()};
    stream->ended = true;
    co_return;
  }
  Event pause;
  int small_reads = 0;
  while (!stream->ended) {
    co_await watch.ready().Wait();
    watch.ready().Reset();
    // What a program wrote to stdout before it wrote to stderr is in the pipe by now: keep the order it had.
    if (stream == &streams_[1]) {
      ReadAvailable(streams_[0]);
      Flush(streams_[0]);
    }
    const int64_t before = stream->bytes_read;
    ReadAvailable(*stream);
    const int64_t line_deadline = MonotonicNanos() + kLineEndNanos;
    while (!stream->ended && !stream->held.empty() && stream->held.back() != '\n') {
      const bool more = co_await watch.ready().WaitUntil(line_deadline);
      if (!more) break;
      watch.ready().Reset();
      ReadAvailable(*stream);
      if (MonotonicNanos() >= line_deadline) break;
    }
    Flush(*stream);
    const int64_t got = stream->bytes_read - before;
    if (got >= static_cast<int64_t>(kBytesPerTurn)) {
      // There may be more, of which the descriptor will not tell again. A timer that is due comes after all that is
      // ready now.
      (void)co_await pause.WaitUntil(MonotonicNanos());
      watch.ready().Set();
    }
    if (got < kSmallRead && ++small_reads > kFreeSmallReads && !stream->ended) {
      (void)co_await pause.WaitUntil(MonotonicNanos() + kPauseNanos);
    }
  }
  changed_.Set();
}

void OutputCollector::ReadAvailable(Stream& stream) {
  std::array<char, OutputChunker::kMaxChunkBytes> buffer;
  size_t turn = 0;
  while (!stream.ended && turn < kBytesPerTurn) {
    const ssize_t got = ::read(stream.fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      stream.ended = true;
      Flush(stream);
      for (auto& chunk : stream.chunker.End()) run_.Output(std::move(chunk));
      return;
    }
    turn += static_cast<size_t>(got);
    stream.bytes_read += got;
    Keep(stream, absl::string_view(buffer.data(), static_cast<size_t>(got)));
  }
}

void OutputCollector::Keep(Stream& stream, absl::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > room_) {
    bytes = bytes.substr(0, static_cast<size_t>(room_));
    if (!std::exchange(limit_passed_, true)) changed_.Set();
  }
  room_ -= static_cast<int64_t>(bytes.size());
  stream.held.append(bytes.data(), bytes.size());
  if (stream.held.size() >= OutputChunker::kMaxChunkBytes) Flush(stream);
}

void OutputCollector::Flush(Stream& stream) {
  if (stream.held.empty()) return;
  if (&stream == &streams_[1]) {
    stderr_tail_.append(stream.held);
    if (stderr_tail_.size() > kTailBytes) stderr_tail_.erase(0, stderr_tail_.size() - kTailBytes);
  }
  for (auto& chunk : stream.chunker.Add(stream.held)) run_.Output(std::move(chunk));
  stream.held.clear();
}

}  // namespace skillrunner

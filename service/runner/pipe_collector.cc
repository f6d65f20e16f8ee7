#include "runner/pipe_collector.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace skillrunner {
namespace {

// Runs get their turn after this many bytes of one stream.
constexpr size_t kBytesPerTurn = 1 << 20;

}  // namespace

PipeCollector::PipeCollector(Reactor& reactor, int stdout_fd, int stderr_fd, size_t most_out, size_t most_err,
                             Event& changed)
    : reactor_(reactor),
      changed_(changed),
      streams_{Stream{.fd = stdout_fd, .most = most_out, .text = {}},
               Stream{.fd = stderr_fd, .most = most_err, .text = {}}} {
  for (Stream& stream : streams_) tasks_.Start(Drain(&stream));
}

Task<void> PipeCollector::Drain(Stream* stream) {
  FdWatch watch(reactor_, stream->fd, EPOLLIN);
  if (watch.error() != 0) {
    failed_step_ = {.call = "epoll_ctl(EPOLL_CTL_ADD) for the output", .error = watch.error()};
    co_return;
  }
  std::array<char, 64 * 1024> buffer;
  Event pause;
  size_t turn = 0;
  while (true) {
    if (turn >= kBytesPerTurn) {
      turn = 0;
      (void)co_await pause.WaitUntil(MonotonicNanos());  // a timer that is due comes after all that is ready now
    }
    const ssize_t got = ::read(stream->fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      co_await watch.ready().Wait();
      watch.ready().Reset();
      continue;
    }
    if (got <= 0) break;
    turn += static_cast<size_t>(got);
    const size_t room = stream->most - stream->text.size();
    stream->text.append(buffer.data(), std::min(room, static_cast<size_t>(got)));
    if (static_cast<size_t>(got) > room && !std::exchange(stream->dropped, true)) changed_.Set();
  }
  changed_.Set();
}

}  // namespace skillrunner

#include "async/reactor.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "base/clock.h"

namespace skillrunner {

Reactor::Reactor() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_.valid() || !event_fd_.valid()) std::abort();  // no descriptors left at start: nothing can work
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_fd_.get(), &event) != 0) std::abort();
}

Reactor::~Reactor() = default;

void Reactor::WakeUp() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the reactor is awake anyway.
  (void)!::write(event_fd_.get(), &one, sizeof(one));
}

void Reactor::Stop() {
  stopped_.store(true);
  absl::MutexLock lock(&mutex_);
  WakeUp();
}

void Reactor::Run() {
  MakeCurrent();
  RunReady();
  std::array<epoll_event, 256> events;
  while (!stopped_.load()) {
    timespec timeout{};
    timespec* wait = nullptr;
    const int64_t next = NextTimer();
    if (next != kNever) {
      const int64_t nanos = std::max<int64_t>(0, next - MonotonicNanos());
      timeout = {.tv_sec = nanos / 1'000'000'000, .tv_nsec = nanos % 1'000'000'000};
      wait = &timeout;
    }
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()), wait, nullptr);
    if (count < 0 && errno != EINTR) std::abort();
    for (int i = 0; i < count; ++i) {
      // Only sets flags: what is resumed may destroy watches, so it runs after the whole batch was looked at.
      if (auto* watch = static_cast<FdWatch*>(events[static_cast<size_t>(i)].data.ptr)) {
        watch->ready_.Set();
      } else {
        uint64_t ignored;
        (void)!::read(event_fd_.get(), &ignored, sizeof(ignored));
      }
    }
    RunReady();
    RunTimers();
    RunPosted();
  }
  RunPosted();
}

FdWatch::FdWatch(Reactor& reactor, int fd, uint32_t events) : reactor_(reactor), fd_(fd) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = this;
  if (::epoll_ctl(reactor_.epoll_.get(), EPOLL_CTL_ADD, fd_, &event) != 0) error_ = errno;
  ready_.Set();
}

FdWatch::~FdWatch() {
  if (error_ == 0) ::epoll_ctl(reactor_.epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
}

}  // namespace skillrunner

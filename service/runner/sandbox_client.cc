#include "runner/sandbox_client.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/wire.h"

namespace skillrunner {
namespace {

// What a program uses is counted from so long after its start: most are over by then, and need not share the
// processors with the counting.
constexpr int64_t kUncountedNanos = 10'000'000;

}  // namespace

SandboxHandle::~SandboxHandle() {
  if (zygote_ == nullptr) return;
  if (!gone_ && !over_) Kill();
  zygote_->handles_.erase(id_);
}

std::optional<sandbox::FailedStep> SandboxHandle::SendJob(const sandbox::Program& program,
                                                          const std::string& stdin_bytes) {
  const auto failed = [](const char* call, const absl::Status& status) {
    return sandbox::FailedStep{.call = call, .error = ErrnoOf(status)};
  };
  const auto encoded = MakeMemfd("program", Encode(program));
  if (!encoded.ok()) return failed("memfd_create for the program", encoded.status());
  const auto input = stdin_bytes.empty() ? OpenAt(AT_FDCWD, "/dev/null", O_RDONLY) : MakeMemfd("stdin", stdin_bytes);
  if (!input.ok()) return failed("open standard input", input.status());
  const absl::Status sent = SendMessage(control_->get(), Encode(sandbox::Job{}), {encoded->get(), input->get()});
  if (!sent.ok()) return failed("sendmsg of the program to its sandbox", sent);
  counting_.Set(Executor::Current(), MonotonicNanos() + kUncountedNanos, [this] {
    if (zygote_ != nullptr) zygote_->Send(Encode(sandbox::Started{.id = id_}));
  });
  return std::nullopt;
}

void SandboxHandle::Kill() {
  if (zygote_ == nullptr) return;
  killed_ = true;
  zygote_->Send(Encode(sandbox::Kill{.id = id_}));
  zygote_->AwaitAnswer();
  // The init ends by itself where nobody is left to ask it for anything. What it has said can still be read.
  if (control_ != nullptr) ::shutdown(control_->get(), SHUT_WR);
}

ZygoteConnection::ZygoteConnection(Reactor& reactor, UniqueFd socket, Event* changed, std::function<void()> on_hung)
    : reactor_(reactor), socket_(std::move(socket)), changed_(changed), on_hung_(std::move(on_hung)) {
  ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  watch_ = std::make_unique<FdWatch>(reactor_, socket_.get(), EPOLLIN | EPOLLOUT);
  tasks_.Start(Converse());
}

ZygoteConnection::~ZygoteConnection() = default;

void ZygoteConnection::Disconnect() {
  ::shutdown(socket_.get(), SHUT_RDWR);
}

std::unique_ptr<SandboxHandle> ZygoteConnection::Make(const sandbox::SandboxLimits& limits) {
  const uint64_t id = next_id_++;
  std::unique_ptr<SandboxHandle> handle(new SandboxHandle(this, id, limits));
  handles_.emplace(id, handle.get());
  Send(Encode(sandbox::Create{.id = id, .limits = limits}));
  AwaitAnswer();
  return handle;
}

void ZygoteConnection::AwaitAnswer() {
  if (!connected_ || patience_.armed()) return;
  asked_at_ = MonotonicNanos();
  // What it owes may take any time: a process that the kernel does not let go of cannot be reaped.
  Send(Encode(sandbox::Ping{}));
  patience_.Set(reactor_, asked_at_ + kPatienceNanos, [this] { LookWhetherItHangs(); });
}

void ZygoteConnection::LookWhetherItHangs() {
  if (!connected_ || !OwesAnAnswer()) return;
  if (heard_at_ >= asked_at_) return AwaitAnswer();
  log::Error("a zygote does not answer and is given up");
  Disconnect();
  if (on_hung_) on_hung_();
}

bool ZygoteConnection::OwesAnAnswer() const {
  return std::any_of(handles_.begin(), handles_.end(), [](const auto& entry) {
    const SandboxHandle& handle = *entry.second;
    return !handle.gone_ && (handle.control_ == nullptr || handle.killed_ || handle.exited_ || handle.control_closed_);
  });
}

SandboxHandle* ZygoteConnection::Find(uint64_t id) {
  const auto found = handles_.find(id);
  return found == handles_.end() ? nullptr : found->second;
}

void ZygoteConnection::Send(std::string bytes) {
  if (!connected_) return;
  outgoing_.push_back(std::move(bytes));
  Flush();
}

void ZygoteConnection::Flush() {
  while (!outgoing_.empty()) {
    const absl::Status sent = SendMessage(socket_.get(), outgoing_.front());
    if (!sent.ok()) return;  // full, and EPOLLOUT follows; or gone, and Converse() notices
    outgoing_.pop_front();
  }
}

Task<void> ZygoteConnection::Converse() {
  bool open = watch_->error() == 0;
  if (!open) log::Error("the zygote's socket cannot be watched", {{"cause", ::strerror(watch_->error())}});
  while (open) {
    co_await watch_->ready().Wait();
    watch_->ready().Reset();
    Flush();
    while (true) {
      auto message = ReceiveMessage(socket_.get());
      if (message.status().code() == absl::StatusCode::kUnavailable) break;
      // Descriptors were lost: the init behind them sees its socket close, ends, and Gone follows.
      if (message.status().code() == absl::StatusCode::kDataLoss) continue;
      if (!message.ok()) {
        open = false;
        break;
      }
      Handle(*std::move(message));
    }
  }
  Lose();
}

void ZygoteConnection::Lose() {
  connected_ = false;
  patience_.Cancel();
  outgoing_.clear();
  for (const auto& [id, handle] : std::exchange(handles_, {})) {
    handle->zygote_ = nullptr;
    handle->over_ = true;
    handle->lost_ = !handle->gone_;
    // Its init is dying with the zygote. Should one not be, this ends it.
    if (handle->control_ != nullptr) ::shutdown(handle->control_->get(), SHUT_RDWR);
    handle->Changed();
  }
  watch_.reset();
  socket_.reset();
  if (changed_ != nullptr) changed_->Set();
}

void ZygoteConnection::Handle(Message message) {
  heard_at_ = MonotonicNanos();
  if (sandbox::Created created; Decode(message.bytes, &created)) {
    SandboxHandle* handle = Find(created.id);
    if (handle == nullptr || message.fds.size() != 3) return;  // not wanted any more: closing the socket ends it
    handle->control_ = std::make_shared<UniqueFd>(std::move(message.fds[0]));
    handle->stdout_ = std::move(message.fds[1]);
    handle->stderr_ = std::move(message.fds[2]);
    ::fcntl(handle->control_->get(), F_SETFL, O_NONBLOCK);
    tasks_.Start(FollowControl(created.id, handle->control_));
  } else if (sandbox::CreateFailed failed; Decode(message.bytes, &failed)) {
    if (SandboxHandle* handle = Find(failed.id)) {
      handle->failed_step_ = failed.step;
      handle->gone_ = handle->control_closed_ = true;
      FinishIfOver(handle);
    }
  } else if (sandbox::LimitReached reached; Decode(message.bytes, &reached)) {
    if (SandboxHandle* handle = Find(reached.id)) {
      handle->limit_reached_ = reached;
      handle->Changed();
    }
  } else if (sandbox::Gone gone; Decode(message.bytes, &gone)) {
    if (SandboxHandle* handle = Find(gone.id)) {
      if (!handle->over_) handle->counters_ = gone.counters;
      handle->gone_ = true;
      // Its descriptors never arrived (there may have been none left to receive them): nobody will report its end.
      if (handle->control_ == nullptr) handle->control_closed_ = true;
      FinishIfOver(handle);
    }
  } else if (sandbox::Loaded loaded; Decode(message.bytes, &loaded)) {
    modules_.insert(loaded.modules.begin(), loaded.modules.end());
  } else if (sandbox::Pong pong; Decode(message.bytes, &pong)) {
    // That it is there was all there is to know.
  } else if (sandbox::Hello hello; Decode(message.bytes, &hello)) {
    hello_ = std::move(hello);
    if (changed_ != nullptr) changed_->Set();
  } else {
    log::Error("a message of the zygote was not understood");
  }
}

Task<void> ZygoteConnection::FollowControl(uint64_t id, std::shared_ptr<UniqueFd> control) {
  FdWatch watch(reactor_, control->get(), EPOLLIN);
  bool open = watch.error() == 0;
  if (SandboxHandle* handle = Find(id); handle != nullptr && !open) {
    handle->failed_step_ = {.call = "epoll_ctl(EPOLL_CTL_ADD) for the sandbox", .error = watch.error()};
    handle->Kill();
  }
  while (open) {
    co_await watch.ready().Wait();
    watch.ready().Reset();
    while (true) {
      const auto message = ReceiveMessage(control->get());
      if (message.status().code() == absl::StatusCode::kUnavailable) break;
      if (!message.ok()) {
        open = false;
        break;
      }
      HandleControl(id, *message);
    }
  }
  if (SandboxHandle* handle = Find(id)) {
    handle->control_closed_ = true;
    if (!handle->gone_) AwaitAnswer();
    FinishIfOver(handle);
  }
}

void ZygoteConnection::HandleControl(uint64_t id, const Message& message) {
  SandboxHandle* handle = Find(id);
  if (handle == nullptr) return;
  if (sandbox::Ready ready; Decode(message.bytes, &ready)) {
    handle->ready_ = true;
  } else if (sandbox::SetupFailed failed; Decode(message.bytes, &failed)) {
    handle->failed_step_ = failed.step;
  } else if (sandbox::Exited exited; Decode(message.bytes, &exited)) {
    handle->exited_ = exited;
    if (exited.complete) handle->counters_ = exited.counters;
    if (!exited.complete) AwaitAnswer();
    FinishIfOver(handle);
  }
  handle->Changed();
}

void ZygoteConnection::FinishIfOver(SandboxHandle* handle) {
  // Either the init's word that nothing of the program is left; or, where it had none, both of the others: its report
  // may still be under way when the zygote has reaped it.
  handle->over_ = (handle->exited_ && handle->exited_->complete) || (handle->gone_ && handle->control_closed_);
  handle->Changed();
}

}  // namespace skillrunner

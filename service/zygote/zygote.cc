#include "zygote/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/seqpacket.h"
#include "base/wire.h"
#include "sandbox/report.h"
#include "sandbox/tree_usage.h"

namespace skillrunner {
namespace {

// How soon a limit may be looked at again, at the most and at the least. A program can use no more processor time than
// there are processors, so the time until it could reach its limit is known; memory has no such bound.
constexpr int64_t kShortestLook = 10'000'000;
constexpr int64_t kMemoryLook = 100'000'000;
constexpr int64_t kPatience = 5'000'000'000;  // with an init that was told to end
constexpr int64_t kLookShare = 10;            // looking takes at most one part in so many

// As messages, each of which must not be too long.
std::vector<sandbox::Loaded> InParts(std::vector<std::string> modules) {
  constexpr size_t kBytes = kMaxMessageBytes / 2;
  std::vector<sandbox::Loaded> parts;
  size_t bytes = kBytes;
  for (std::string& module : modules) {
    const size_t size = module.size() + sizeof(int64_t);
    if (size > kBytes) continue;
    if (bytes + size > kBytes) {
      parts.emplace_back();
      bytes = 0;
    }
    bytes += size;
    parts.back().modules.push_back(std::move(module));
  }
  return parts;
}

}  // namespace

void HideArguments(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) ::memset(argv[i], 0, ::strlen(argv[i]));
}

Zygote::Zygote(sandbox::Factory factory, sandbox::Launcher& launcher, UniqueFd server)
    : factory_(std::move(factory)),
      launcher_(launcher),
      server_(std::move(server)),
      processors_(std::max(1U, std::thread::hardware_concurrency())) {}

void Zygote::Run() {
  // Not before the loop runs: messages may be waiting already.
  reactor_.Post([this] { serving_.Start(Serve()); });
  reactor_.Run();
}

Task<void> Zygote::Serve() {
  for (const sandbox::Loaded& part : InParts(launcher_.Modules())) sandbox::Report(server_.get(), part);
  sandbox::Report(server_.get(), factory_.capabilities());
  FdWatch watch(reactor_, server_.get(), EPOLLIN);
  bool connected = watch.error() == 0;
  Event pause;
  if (!connected) log::Error("the server's socket cannot be watched", {{"cause", ::strerror(watch.error())}});
  while (connected) {
    co_await watch.ready().Wait();
    watch.ready().Reset();
    while (true) {
      const auto message = ReceiveMessage(server_.get(), /*dont_wait=*/true);
      if (message.status().code() == absl::StatusCode::kUnavailable) break;
      if (!message.ok()) {
        connected = false;
        break;
      }
      Handle(*message);
      // Ends are looked at between requests: many of them must not keep ended sandboxes, and their users, from being
      // let go of.
      (void)co_await pause.WaitUntil(MonotonicNanos());
    }
  }
  for (const auto& [id, inhabited] : inhabited_) {
    inhabited->started.Set();  // whoever waits to be counted need not wait any more
    Kill(id);
  }
  co_await watching_.Join();
  reactor_.Stop();
}

void Zygote::Handle(const Message& message) {
  if (sandbox::Create create; Decode(message.bytes, &create)) {
    Create(create.id, create.limits);
  } else if (sandbox::Started started; Decode(message.bytes, &started)) {
    const auto found = inhabited_.find(started.id);
    if (found != inhabited_.end()) found->second->started.Set();
  } else if (sandbox::Ping ping; Decode(message.bytes, &ping)) {
    sandbox::Report(server_.get(), sandbox::Pong{});
  } else if (sandbox::Kill kill; Decode(message.bytes, &kill)) {
    Kill(kill.id);
  } else {
    log::Error("a message of the server was not understood");
  }
}

void Zygote::Create(uint64_t id, const sandbox::SandboxLimits& limits) {
  auto inhabited = std::make_unique<Inhabited>();
  inhabited->limits = limits;
  sandbox::StepResult failed = factory_.Make(id, limits, launcher_, &inhabited->sandbox);
  if (!failed) failed = HandOver(id, *inhabited);
  if (failed) {
    inhabited.reset();  // nothing of it is left when that is said
    sandbox::Report(server_.get(), sandbox::CreateFailed{.id = id, .step = *failed});
    return;
  }
  inhabited_.emplace(id, std::move(inhabited));
  watching_.Start(Watch(id));
  watching_.Start(Account(id));
}

// Starts to watch it, and gives the server its ends of it. Where that fails, the sandbox is ended.
sandbox::StepResult Zygote::HandOver(uint64_t id, Inhabited& inhabited) {
  sandbox::StepResult failed = WatchAndSend(id, inhabited);
  if (failed) {
    factory_.Kill(inhabited.sandbox);
    while (::waitpid(inhabited.sandbox.init_pid, nullptr, 0) == -1 && errno == EINTR) {
    }
    factory_.EndOrphans(LivingInits());
    inhabited.sandbox.directory = {};
  }
  return failed;
}

sandbox::StepResult Zygote::WatchAndSend(uint64_t id, Inhabited& inhabited) {
  sandbox::Sandbox& made = inhabited.sandbox;
  inhabited.watch = std::make_unique<FdWatch>(reactor_, made.init_pidfd.get(), EPOLLIN);
  errno = inhabited.watch->error();
  SKILLRUNNER_STEP(errno == 0 ? 0 : -1, "epoll_ctl(EPOLL_CTL_ADD) for the init");
  // Refused where this user has too many descriptors in flight.
  SKILLRUNNER_STATUS_STEP(SendMessage(server_.get(), Encode(sandbox::Created{.id = id}),
                                      {made.control.get(), made.stdout_read.get(), made.stderr_read.get()}),
                          "sendmsg of the sandbox's descriptors");
  made.control.reset();
  made.stdout_read.reset();
  made.stderr_read.reset();
  return std::nullopt;
}

void Zygote::Kill(uint64_t id) {
  const auto found = inhabited_.find(id);
  // Not there: it ended by itself, and Gone is on its way. The pid is not reused before we reap it.
  if (found == inhabited_.end() || found->second->ended.is_set()) return;
  Inhabited& inhabited = *found->second;
  factory_.Kill(inhabited.sandbox);
  if (inhabited.kill_at != 0 || inhabited.watch == nullptr) return;
  inhabited.kill_at = MonotonicNanos() + kPatience;
  inhabited.watch->ready().Set();  // Watch() waits with less patience now
}

Task<void> Zygote::Watch(uint64_t id) {
  Inhabited& inhabited = *inhabited_.at(id);
  int status = 0;
  do {
    if (inhabited.kill_at == 0) {
      co_await inhabited.watch->ready().Wait();
    } else if (!co_await inhabited.watch->ready().WaitUntil(inhabited.kill_at)) {
      // What its program did keeps it from ending. Its tree is ended below.
      ::kill(inhabited.sandbox.init_pid, SIGKILL);
      co_await inhabited.watch->ready().Wait();
    }
    inhabited.watch->ready().Reset();
  } while (::waitpid(inhabited.sandbox.init_pid, &status, WNOHANG) == 0);
  inhabited.watch.reset();
  inhabited.reaped = true;
  factory_.EndOrphans(LivingInits());
  sandbox::PrivateDirectory directory = std::move(inhabited.sandbox.directory);
  bool removed = directory.RemoveSome();
  sandbox::Report(server_.get(),
                  sandbox::Gone{.id = id, .init_wait_status = status, .counters = inhabited.sandbox.cgroup.Read()});
  // After the message: no process is left, and whoever waits for the run need not wait for this. Removing a group waits
  // for the kernel while another process joins one.
  inhabited.sandbox.cgroup = {};
  inhabited.ended.Set();
  inhabited.started.Set();  // Account() is waiting for one of them, and removes it
  // A program can leave millions of files: other sandboxes do not wait for that.
  for (Event pause; !removed; removed = directory.RemoveSome()) (void)co_await pause.WaitUntil(MonotonicNanos());
}

std::set<pid_t> Zygote::LivingInits() const {
  std::set<pid_t> inits;
  for (const auto& [id, inhabited] : inhabited_) {
    if (!inhabited->reaped) inits.insert(inhabited->sandbox.init_pid);
  }
  return inits;
}

Task<void> Zygote::Account(uint64_t id) {
  Inhabited& inhabited = *inhabited_.at(id);
  co_await inhabited.started.Wait();
  const sandbox::SandboxLimits& limits = inhabited.limits;
  sandbox::TreeAccount tree(inhabited.sandbox.init_pid);
  while (!inhabited.ended.is_set()) {
    int64_t cpu = 0;
    int64_t shortest = kShortestLook;
    int64_t longest = INT64_MAX;
    std::optional<sandbox::LimitReached> reached;
    if (factory_.has_cgroups()) {
      cpu = inhabited.sandbox.cgroup.CpuNanos();
    } else {
      const sandbox::TreeUsage& usage = tree.Look(limits.memory_bytes);
      cpu = usage.cpu_nanos;
      // Children that nobody waits for take the count of their processor time with them: catch it while they live.
      longest = usage.loses_children ? kShortestLook : kMemoryLook;
      // A tree that is costly to look at must not make this process busy.
      shortest = std::max(kShortestLook, usage.look_nanos * kLookShare);
      if (factory_.restricted() && usage.tasks > limits.processes) {
        reached = {.id = id, .limit = sandbox::Limit::kProcesses, .used = usage.tasks};
      } else if (usage.memory_bytes > limits.memory_bytes) {
        reached = {.id = id, .limit = sandbox::Limit::kMemory, .used = usage.memory_bytes};
      }
    }
    if (!reached && cpu >= limits.cpu_nanos) reached = {.id = id, .limit = sandbox::Limit::kCpu, .used = cpu};
    if (reached) {
      sandbox::Report(server_.get(), *reached);
      Kill(id);
      break;
    }
    const int64_t next = std::max(shortest, std::min(longest, (limits.cpu_nanos - cpu) / processors_));
    (void)co_await inhabited.ended.WaitUntil(MonotonicNanos() + next);
  }
  co_await inhabited.ended.Wait();
  inhabited_.erase(id);
}

}  // namespace skillrunner

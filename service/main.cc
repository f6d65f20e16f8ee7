// skill-server: the process that speaks gRPC. Started by skill-runner, without privileges. Wires the parts, waits for
// the end, takes them apart in order.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "api/context.h"
#include "api/installed_modules.h"
#include "base/log.h"
#include "catalog/live_catalog.h"
#include "catalog/searcher.h"
#include "config/config.h"
#include "config/profiles.h"
#include "rpc/descriptor_set.h"
#include "rpc/health_service.h"
#include "rpc/reflection_service.h"
#include "rpc/server.h"
#include "runner/runner.h"
#include "runner/runtimes.h"
#include "supervisor/server_link.h"

namespace skillrunner {
namespace {

constexpr absl::Duration kFirstZygotePatience = absl::Seconds(30);
// Streams need a moment to deliver the last events of runs that the shutdown has ended.
constexpr absl::Duration kLastWords = absl::Seconds(2);
// Growing the descriptor table of a process with threads waits for every processor; so it is grown before.
constexpr int kDescriptorTable = 16000;

int Usage(const std::string& sentence) {
  ::fprintf(stderr, "skill-server: %s\n", sentence.c_str());
  return kUsageExitCode;
}

int Fatal(ServerLink& link, const std::string& sentence) {
  ::fprintf(stderr, "skill-runner: %s\n", sentence.c_str());
  link.ReportFatal(sentence);
  return 1;
}

const char* LevelName(sandbox::IsolationLevel level) {
  if (level == sandbox::IsolationLevel::kFull) return "FULL";
  return level == sandbox::IsolationLevel::kNamespaced ? "NAMESPACED" : "RESTRICTED";
}

PlanLimits ToPlanLimits(const RunLimits& limits) {
  return {.wall_nanos = absl::ToInt64Nanoseconds(limits.wall_time),
          .output_bytes = limits.output_bytes,
          .sandbox = {.cpu_nanos = absl::ToInt64Nanoseconds(limits.cpu_time),
                      .memory_bytes = limits.memory_bytes,
                      .processes = limits.processes,
                      .disk_bytes = limits.disk_bytes,
                      .open_files = limits.open_files}};
}

// Of forgotten runs that clients still read: two of the largest, at least.
size_t ReadBytes(const Config& config) {
  constexpr int64_t kLeast = 256 << 20;
  return static_cast<size_t>(std::max(kLeast, 2 * config.max_limits.output_bytes));
}

std::vector<catalog::Root> CatalogRoots(const Config& config) {
  std::vector<catalog::Root> roots;
  for (size_t i = 0; i < config.skills.size(); ++i) {
    // The directory may be out of this user's reach by its path.
    roots.push_back(
        {.display_path = config.skills[i], .access_path = absl::StrCat("/proc/self/fd/", config.skills_fds[i])});
  }
  return roots;
}

// The reactor's thread: runs, zygotes, the supervisor. Joined when this goes.
class RunnerThread {
 public:
  RunnerThread(ServerLink& link, const RunnerOptions& options) : link_(link), runner_(reactor_, options) {
    runner_.OnAllReported([this] { zygotes_reported_.Notify(); });
    runner_.OnLearnt([this](const std::vector<std::string>& profiles) { link_.ReportLearnt(profiles); });
    runner_.OnHung([this](const std::string& profile) { link_.ReportHung(profile); });
    reactor_.Post([this] {
      tasks_.Start(link_.Follow(reactor_, [this](const std::string& profile, UniqueFd socket) {
        runner_.AdoptZygote(profile, std::move(socket));
      }));
    });
    thread_ = std::thread([this] { reactor_.Run(); });
  }
  ~RunnerThread() {
    reactor_.Stop();
    thread_.join();
  }

  Runner& runner() { return runner_; }
  void WaitForZygotes(absl::Duration patience) { (void)zygotes_reported_.WaitForNotificationWithTimeout(patience); }

  // Ends all runs; returns when they are over.
  void EndRuns(absl::Duration grace) {
    absl::Notification over;
    reactor_.Post([this, grace, &over] { tasks_.Start(EndRunsTask(absl::ToInt64Nanoseconds(grace), &over)); });
    over.WaitForNotification();
  }

 private:
  Task<void> EndRunsTask(int64_t grace_nanos, absl::Notification* over) {
    co_await runner_.Shutdown(grace_nanos);
    link_.Close();
    over->Notify();
  }

  ServerLink& link_;
  Reactor reactor_;
  Runner runner_;
  Nursery tasks_;
  absl::Notification zygotes_reported_;
  std::thread thread_;
};

int Serve(const Config& config, ServerLink& link) {
  const std::string python_path = PythonPath(config.python_packages);
  Runtimes runtimes({.python = config.python, .node = config.node, .bash = config.bash, .python_path = python_path});
  if (!config.python.empty() && runtimes.Executable("python").empty()) {
    return Fatal(link,
                 absl::StrCat(config.python, " is not there: install the package python3, or pass --python=PATH"));
  }
  runtimes.Begin("python");  // most first runs are its
  api::InstalledModules modules(runtimes, python_path);
  api::CurrentCatalog catalog(nullptr);
  catalog::Searcher searcher([&catalog] { return catalog.Get(); });
  catalog::LiveCatalog live(CatalogRoots(config));  // its thread ends before what it tells goes
  catalog.Publish(live.snapshot());
  for (const catalog::Diagnostic& diagnostic : catalog.Get()->diagnostics()) {
    log::Warning(diagnostic.message,
                 {{"code", diagnostic.code}, {"root", diagnostic.root}, {"path", diagnostic.position.path}});
  }

  const PlanLimits default_limits = ToPlanLimits(config.default_limits);
  RunnerThread runs(link, {.max_running = static_cast<size_t>(config.max_running),
                           .max_queued = static_cast<size_t>(config.max_queued),
                           .ready_sandboxes = {.least = static_cast<size_t>(config.ready_sandboxes),
                                               .most = static_cast<size_t>(config.max_ready_sandboxes)},
                           .python_profiles = PythonProfiles(config),
                           .learnt_profiles = static_cast<size_t>(config.learnt_python_profiles),
                           .retention = {.runs = static_cast<size_t>(config.retained_runs),
                                         .output_bytes = static_cast<size_t>(config.retained_output_bytes),
                                         .read_bytes = ReadBytes(config)},
                           .default_limits = default_limits.sandbox});
  const auto end_runs = [&runs](absl::Duration grace) { runs.EndRuns(grace); };
  // Said first: the supervisor would take the end of the zygotes for an accident.
  const auto give_up = [&](const std::string& sentence) {
    const int code = Fatal(link, sentence);
    end_runs(absl::ZeroDuration());
    return code;
  };
  runs.WaitForZygotes(kFirstZygotePatience);
  if (!runs.runner().capabilities()) {
    return give_up("no zygote has reported: the log above says why");
  }
  const sandbox::Hello capabilities = *runs.runner().capabilities();
  if (capabilities.level == sandbox::IsolationLevel::kNone) {
    return give_up(capabilities.mechanisms.empty() ? "sandboxes cannot be made on this host"
                                                   : capabilities.mechanisms[0].detail);
  }

  for (const Runner::WarmProfile& profile : runs.runner().warm_profiles()) {
    if (!profile.available)
      log::Warning("programs start colder", {{"profile", profile.name}, {"reason", profile.reason}});
  }

  api::Context context{.runner = runs.runner(),
                       .catalog = catalog,
                       .runtimes = runtimes,
                       .default_limits = default_limits,
                       .max_limits = ToPlanLimits(config.max_limits),
                       .version = std::string(Version()),
                       .modules = &modules,
                       .searcher = &searcher};
  rpc::HealthRegistry health;
  const auto descriptors = rpc::DescriptorSet::Embedded();
  if (!descriptors.ok()) return Fatal(link, std::string(descriptors.status().message()));
  rpc::Router router;
  api::RegisterServices(router, context);
  rpc::RegisterHealthService(router, health);
  rpc::RegisterReflectionServices(router, *descriptors);
  const std::vector<std::string> services = router.services();

  auto server = rpc::Server::Start(
      {.address = config.listen.ToString(), .credentials = nullptr, .loops = static_cast<int>(config.rpc_threads)},
      std::move(router), health);
  if (!server.ok()) return give_up(std::string(server.status().message()));
  health.Set("", grpc::health::v1::HealthCheckResponse::SERVING);
  for (const std::string& service : services) health.Set(service, grpc::health::v1::HealthCheckResponse::SERVING);
  log::Info("serving", {{"address", absl::StrCat(config.listen.host, ":", (*server)->port())},
                        {"skills", absl::StrCat(catalog.Get()->skills().size())},
                        {"isolation", LevelName(capabilities.level)}});
  link.ReportServing((*server)->port());
  // Not before: nobody is to wait for an index to start.
  searcher.CatchUp();
  live.Start([&catalog, &searcher](std::shared_ptr<const catalog::Snapshot> snapshot) {
    catalog.Publish(std::move(snapshot));
    searcher.CatchUp();
  });

  sigset_t stop;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGTERM);
  ::sigaddset(&stop, SIGINT);
  int signal = 0;
  ::sigwait(&stop, &signal);
  log::Info("shutting down", {{"signal", std::to_string(signal)}});
  health.Drain();
  end_runs(config.shutdown_grace);
  (*server)->Shutdown(kLastWords);
  return 0;
}

// The threads of this process run for microseconds at a time, beside programs that compute: with short slices of the
// processor they are given it as soon as they wake up, where otherwise they would wait for a program to use up its own
// (Linux 6.12 and later; before that it changes nothing). Inherited by threads that are started later.
void AskForShortSlices() {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {};
  attributes.size = sizeof(attributes);
  attributes.policy = SCHED_OTHER;
  attributes.runtime = 100'000;  // nanoseconds, the least there is
  attributes.nice = ::getpriority(PRIO_PROCESS, 0);
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0U);
}

int Main(int argc, char** argv) {
  const auto parsed = ParseCommandLine(argc, argv);
  if (!parsed.ok()) return Usage(std::string(parsed.status().message()));
  if (parsed->print) {
    ::fputs(parsed->print->c_str(), stdout);
    return 0;
  }
  const Config& config = parsed->config;
  if (config.control_fd < 0 || config.skills_fds.size() != config.skills.size())
    return Usage("is started by skill-runner, not by hand");
  log::Configure("skill-server", config.log_level);

  // Before any thread: all of them inherit the mask, and only sigwait() takes the signals.
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigaddset(&blocked, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  if (const int high = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, kDescriptorTable); high >= 0) ::close(high);
  AskForShortSlices();
  ServerLink link{UniqueFd(static_cast<int>(config.control_fd))};
  return Serve(config, link);
}

}  // namespace
}  // namespace skillrunner

int main(int argc, char** argv) {
  return skillrunner::Main(argc, argv);
}

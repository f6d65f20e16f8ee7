#include "runner/outcome.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/network_errors.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

std::string Seconds(int64_t nanos) {
  return absl::FormatDuration(absl::Nanoseconds(nanos));
}

std::string Bytes(int64_t bytes) {
  if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) return absl::StrCat(bytes >> 20, " MiB");
  if (bytes >= 1 << 10 && bytes % (1 << 10) == 0) return absl::StrCat(bytes >> 10, " KiB");
  return absl::StrCat(bytes, " bytes");
}

void SetDuration(int64_t nanos, google::protobuf::Duration* duration) {
  duration->set_seconds(nanos / 1'000'000'000);
  duration->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
}

bool WantedNetwork(const RunFacts& facts) {
  return (facts.exited && facts.exited->unreachable_sends > 0) || TellsOfNoNetwork(facts.stderr_tail);
}

v1::TerminationCause CauseOfEnd(const RunFacts& facts) {
  // What we did comes first: it happened before the end it brought about.
  if (facts.stopped_by) return *facts.stopped_by;
  if (facts.failed_step) return v1::TERMINATION_CAUSE_START_FAILED;
  const bool died = !facts.exited || facts.exited->wait_status != 0;
  if (died && facts.counters.oom_kills > 0) return v1::TERMINATION_CAUSE_MEMORY_LIMIT;
  if (facts.sandbox_lost || !facts.exited) return v1::TERMINATION_CAUSE_SANDBOX_LOST;
  const auto status = static_cast<int>(facts.exited->wait_status);
  const int64_t cpu = facts.exited->user_cpu_nanos + facts.exited->system_cpu_nanos;
  // RLIMIT_CPU stands behind the accounting and ends with SIGKILL.
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && cpu >= facts.limits.sandbox.cpu_nanos) {
    return v1::TERMINATION_CAUSE_CPU_TIME_LIMIT;
  }
  if (WIFSIGNALED(status)) return v1::TERMINATION_CAUSE_SIGNALED;
  if (status != 0 && facts.counters.pids_refused > 0) return v1::TERMINATION_CAUSE_PROCESS_LIMIT;
  return v1::TERMINATION_CAUSE_EXITED;
}

std::string DescribeExit(const RunFacts& facts, int code) {
  if (!facts.compile_problem.empty())
    return absl::StrCat("The program does not compile, its compiler ended with exit code ", code, ": ",
                        facts.compile_problem, "; see the diagnostic events.");
  if (code == 0) return "The program ended with exit code 0.";
  const std::string exit = absl::StrCat("The program ended with exit code ", code);
  if (WantedNetwork(facts)) {
    return absl::StrCat(exit,
                        " after it tried to reach the network: the network policy of this run is NONE, so only "
                        "loopback works; serve what it needs on 127.0.0.1 inside the example.");
  }
  if (absl::StrContains(facts.stderr_tail, "ModuleNotFoundError")) {
    return absl::StrCat(exit, ": a Python module it imports is not installed on this service; see stderr.");
  }
  if (absl::StrContains(facts.stderr_tail, "No space left on device")) {
    return absl::StrCat(exit, ": it filled /work or /tmp (disk_bytes is ", Bytes(facts.limits.sandbox.disk_bytes),
                        "); see stderr.");
  }
  return absl::StrCat(exit, facts.stderr_bytes > 0 ? "; see stderr." : " and wrote nothing to stderr.");
}

std::string DescribeMemory(const RunFacts& facts) {
  const std::string limit = absl::StrCat(Bytes(facts.limits.sandbox.memory_bytes), " of memory (limits.memory_bytes)");
  // Where the kernel chose another process than the first, that one lived on to fail by itself.
  if (facts.exited && !facts.stopped_by && WIFEXITED(static_cast<int>(facts.exited->wait_status))) {
    return absl::StrCat("The kernel killed a process of the program, whose processes together needed more than ", limit,
                        "; the program then failed with exit code ",
                        WEXITSTATUS(static_cast<int>(facts.exited->wait_status)), ".");
  }
  return absl::StrCat("The program needed more than ", limit, " and was ended.");
}

std::string Describe(const RunFacts& facts, const v1::RunFinished& finished) {
  const sandbox::SandboxLimits& limits = facts.limits.sandbox;
  switch (finished.cause()) {
    case v1::TERMINATION_CAUSE_EXITED:
      return DescribeExit(facts, finished.exit_code());
    case v1::TERMINATION_CAUSE_SIGNALED:
      return absl::StrCat("Signal ", finished.signal(), " (", ::strsignal(finished.signal()), ") ended the program.");
    case v1::TERMINATION_CAUSE_WALL_TIME_LIMIT:
      return absl::StrCat("The program was still running after ", Seconds(facts.limits.wall_nanos),
                          " (limits.wall_time) and was ended; raise the limit or make it wait less.");
    case v1::TERMINATION_CAUSE_CPU_TIME_LIMIT:
      return absl::StrCat("The program used ", Seconds(limits.cpu_nanos),
                          " of processor time (limits.cpu_time) and was ended; look for a busy loop.");
    case v1::TERMINATION_CAUSE_MEMORY_LIMIT:
      return DescribeMemory(facts);
    case v1::TERMINATION_CAUSE_PROCESS_LIMIT:
      return absl::StrCat(
          "The program wanted more than ", limits.processes, " processes and threads (limits.processes) and ",
          facts.limit_reached ? "was ended" : absl::StrCat("failed with exit code ", finished.exit_code()), ".");
    case v1::TERMINATION_CAUSE_OUTPUT_LIMIT:
      return absl::StrCat(
          "The program wrote more than ", Bytes(facts.limits.output_bytes),
          " to stdout and stderr (limits.output_bytes) and was ended; what it wrote until then was kept.");
    case v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT:
      return "The run was cancelled.";
    case v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED:
      return "The client that started the run went away; use disconnect_policy CONTINUE to keep a run going.";
    case v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED:
      return "The deadline of the call that started the run passed; use a longer one, or disconnect_policy CONTINUE.";
    case v1::TERMINATION_CAUSE_START_FAILED:
      return facts.failed_step ? absl::StrCat("The program could not be started: ", facts.failed_step->call, ": ",
                                              ::strerror(static_cast<int>(facts.failed_step->error)), ".")
                               : "The program could not be started: there is no sandbox to be had; try again.";
    case v1::TERMINATION_CAUSE_SANDBOX_LOST:
      return "The sandbox died without a report; what it had written until then was kept. Run it again.";
    case v1::TERMINATION_CAUSE_SERVER_SHUTDOWN:
      return "The service shut down; run it again when it is back.";
    default:
      return "The run is over.";
  }
}

void AddEvidence(const RunFacts& facts, v1::RunFinished* finished) {
  auto& evidence = *finished->mutable_evidence();
  const auto count = [&evidence](const char* name, int64_t value) {
    if (value >= 0) evidence[name] = absl::StrCat(value);
  };
  if (facts.exited) {
    count("wait.status", facts.exited->wait_status);
    count("network.unreachable_sends", facts.exited->unreachable_sends);
  }
  count("cgroup.cpu_nanos", facts.counters.cpu_nanos);
  count("cgroup.memory_peak_bytes", facts.counters.memory_peak_bytes);
  count("cgroup.oom_kills", facts.counters.oom_kills);
  count("cgroup.pids_refused", facts.counters.pids_refused);
  if (facts.limit_reached) {
    static const std::map<sandbox::Limit, const char*> kNames = {{sandbox::Limit::kCpu, "accounting.cpu_nanos"},
                                                                 {sandbox::Limit::kMemory, "accounting.memory_bytes"},
                                                                 {sandbox::Limit::kProcesses, "accounting.processes"}};
    const auto name = kNames.find(facts.limit_reached->limit);
    if (name != kNames.end()) count(name->second, facts.limit_reached->used);
  }
  if (facts.failed_step) {
    evidence["start.step"] = facts.failed_step->call;
    count("start.errno", facts.failed_step->error);
  }
}

}  // namespace

bool IsCancellation(TerminationCause cause) {
  return cause == v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT || cause == v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED ||
         cause == v1::TERMINATION_CAUSE_DEADLINE_EXCEEDED || cause == v1::TERMINATION_CAUSE_SERVER_SHUTDOWN;
}

v1::RunFinished JudgeOutcome(const RunFacts& known) {
  RunFacts facts = known;
  // What ended then was our own process, not the program.
  if (facts.failed_step) facts.exited.reset();
  v1::RunFinished finished;
  finished.set_cause(CauseOfEnd(facts));
  if (facts.exited) {
    const auto status = static_cast<int>(facts.exited->wait_status);
    if (WIFSIGNALED(status)) finished.set_signal(WTERMSIG(status));
    const bool own_exit =
        finished.cause() == v1::TERMINATION_CAUSE_EXITED || finished.cause() == v1::TERMINATION_CAUSE_PROCESS_LIMIT;
    if (WIFEXITED(status) && own_exit) finished.set_exit_code(WEXITSTATUS(status));
  }
  if (IsCancellation(finished.cause())) {
    finished.set_state(v1::Run::STATE_CANCELLED);
  } else if (finished.cause() == v1::TERMINATION_CAUSE_EXITED && finished.exit_code() == 0) {
    finished.set_state(v1::Run::STATE_SUCCEEDED);
  } else {
    finished.set_state(v1::Run::STATE_FAILED);
  }
  finished.set_message(Describe(facts, finished));

  v1::Usage& usage = *finished.mutable_usage();
  SetDuration(facts.wall_nanos, usage.mutable_wall_time());
  if (facts.exited) {
    SetDuration(facts.exited->user_cpu_nanos, usage.mutable_user_cpu());
    SetDuration(facts.exited->system_cpu_nanos, usage.mutable_system_cpu());
    usage.set_peak_memory_bytes(facts.exited->largest_rss_bytes);
  } else if (facts.counters.cpu_nanos > 0) {
    SetDuration(facts.counters.cpu_nanos, usage.mutable_user_cpu());  // not told apart for a tree that was killed
  }
  if (facts.counters.memory_peak_bytes > 0) usage.set_peak_memory_bytes(facts.counters.memory_peak_bytes);
  if (facts.counters.pids_peak > 0) usage.set_processes_peak(static_cast<int32_t>(facts.counters.pids_peak));
  usage.set_stdout_bytes(facts.stdout_bytes);
  usage.set_stderr_bytes(facts.stderr_bytes);
  AddEvidence(facts, &finished);
  return finished;
}

}  // namespace skillrunner

// Cases about what clients do: read slowly, vanish, ask twice, cancel at any moment.
#include <atomic>
#include <random>
#include <stop_token>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "skillctl/attack/observe.h"
#include "skillctl/attack/suite.h"
#include "skillrunner_client/errors.h"

namespace skillrunner::attack {
namespace {

v1::RunSourceRequest Bash(const std::string& source) {
  v1::RunSourceRequest request;
  request.set_runtime("bash");
  request.set_source(source);
  request.mutable_limits()->mutable_wall_time()->set_seconds(20);
  (*request.mutable_labels())["attack"] = "client";
  return request;
}

client::RunOptions SomeTime() {
  return {.deadline = absl::Now() + absl::Minutes(1), .max_reattach = 0};
}

v1::WatchRunRequest Watch(const std::string& run) {
  v1::WatchRunRequest request;
  request.set_name(run);
  return request;
}

std::string EndOf(client::Client* client, const std::string& run, v1::RunFinished* finished) {
  const client::RunOutcome outcome = client->WatchRun(
      Watch(run), [](const v1::RunEvent&) {}, SomeTime());
  if (!outcome.finished) return absl::StrCat("the end of the run is not told: ", client::DescribeError(outcome.status));
  *finished = *outcome.finished;
  return "";
}

// 4 MiB, in lines.
const char kWritesMuch[] = "for ((i = 0; i < 64; i++)); do printf '%065535d\\n' 0; done\n";

std::string SlowReader(client::Client* client) {
  v1::RunSourceRequest request = Bash(kWritesMuch);
  request.mutable_limits()->mutable_wall_time()->set_seconds(3);
  const absl::Time start = absl::Now();
  const Observed observed = Observe(client, request, [](const v1::RunEvent& event, const Observed&) {
    if (event.has_output()) absl::SleepFor(absl::Milliseconds(70));
  });
  if (!observed.problem.empty()) return observed.problem;
  if (observed.finished.cause() != v1::TERMINATION_CAUSE_EXITED)
    return absl::StrCat("the reader changed the verdict: ", observed.finished.message());
  if (observed.out.size() != 4 << 20) return absl::StrCat("got ", observed.out.size(), " bytes of 4 MiB");
  // 64 pieces of 64 KiB at 70 ms each take longer than the run may.
  if (absl::Now() - start < absl::Seconds(3)) return "the reader was not slow: this case shows nothing";
  return "";
}

std::string StuckReaderBesideAnother(client::Client* client) {
  std::string run;
  std::atomic<bool> release = false;
  std::atomic<bool> stuck = false;
  Observed blocked;
  std::jthread first([&] {
    blocked = Observe(client, Bash(kWritesMuch), [&](const v1::RunEvent& event, const Observed& so_far) {
      if (!event.has_output() || stuck) return;
      run = so_far.run;
      stuck = true;
      while (!release) absl::SleepFor(absl::Milliseconds(5));
    });
  });
  const absl::Time start = absl::Now();
  while (!stuck && absl::Now() - start < absl::Seconds(30)) absl::SleepFor(absl::Milliseconds(2));
  size_t bytes = 0;
  client::RunOutcome outcome;
  if (stuck) {
    outcome = client->WatchRun(
        Watch(run), [&](const v1::RunEvent& event) { bytes += event.output().text().size(); }, SomeTime());
  }
  release = true;
  first.join();
  if (!outcome.finished) return "the second reader did not hear the end while the first was stuck";
  if (bytes != 4 << 20) return absl::StrCat("the second reader got ", bytes, " bytes of 4 MiB");
  if (!blocked.problem.empty()) return absl::StrCat("the stuck reader, once it read on: ", blocked.problem);
  return blocked.out.size() == 4 << 20 ? "" : "the stuck reader lost output";
}

// Leaves the stream once the program has said that it is there; how the run ended then.
std::string Vanish(client::Client* client, v1::DisconnectPolicy policy, v1::RunFinished* finished) {
  v1::RunSourceRequest request = Bash("trap '' TERM HUP INT\necho ready\nsleep 1\necho end\n");
  request.set_disconnect_policy(policy);
  std::stop_source stop;
  std::string run;
  (void)client->RunSource(request,
                          [&](const v1::RunEvent& event) {
                            if (event.has_accepted()) run = event.accepted().run().name();
                            if (event.has_output()) stop.request_stop();
                          },
                          {.deadline = absl::Now() + absl::Minutes(1), .stop = stop.get_token(), .max_reattach = 0});
  return EndOf(client, run, finished);
}

std::string VanishedClientCancels(client::Client* client) {
  v1::RunFinished finished;
  const std::string problem = Vanish(client, v1::DISCONNECT_POLICY_CANCEL, &finished);
  if (!problem.empty()) return problem;
  return finished.cause() == v1::TERMINATION_CAUSE_CLIENT_DISCONNECTED
             ? ""
             : absl::StrCat("ended otherwise: ", v1::TerminationCause_Name(finished.cause()));
}

std::string VanishedClientLetsItGoOn(client::Client* client) {
  v1::RunFinished finished;
  const std::string problem = Vanish(client, v1::DISCONNECT_POLICY_CONTINUE, &finished);
  if (!problem.empty()) return problem;
  return finished.cause() == v1::TERMINATION_CAUSE_EXITED && finished.usage().stdout_bytes() == 10
             ? ""
             : absl::StrCat("did not go on to its end: ", finished.message());
}

std::string SameIdSameRun(client::Client* client) {
  v1::RunSourceRequest request = Bash("echo $RANDOM$RANDOM\nsleep 0.3\n");
  request.set_request_id(absl::StrCat("attack-", std::random_device()(), "-", absl::ToUnixNanos(absl::Now())));
  Observed both[2];
  {
    std::jthread other([&] { both[1] = Observe(client, request); });
    both[0] = Observe(client, request);
  }
  for (const Observed& one : both) {
    if (!one.problem.empty()) return one.problem;
  }
  if (both[0].run != both[1].run) return "the same request_id made two runs";
  if (both[0].out != both[1].out || both[0].out.empty()) return "the two streams of one run differ";
  request.set_source("echo other");
  const Observed other = Observe(client, request);
  return absl::StrContains(other.problem, "ALREADY_EXISTS")
             ? ""
             : "the same request_id with other content was not refused as ALREADY_EXISTS";
}

// At random moments from before the start to after the end; the slow test does it a thousand times.
std::string CancelledAtAnyMoment(client::Client* client) {
  std::mt19937 random(20240731);
  for (int i = 0; i < 40; ++i) {
    const auto delay = absl::Microseconds(std::uniform_int_distribution<int>(0, 60'000)(random));
    std::jthread canceller;
    int ends = 0;
    bool after_end = false;
    const Observed observed =
        Observe(client, Bash("echo a; sleep 0.02; echo b"), [&](const v1::RunEvent& event, const Observed& so_far) {
          after_end = after_end || ends > 0;
          if (event.has_finished()) ++ends;
          if (!event.has_accepted()) return;
          canceller = std::jthread([client, delay, name = so_far.run] {
            absl::SleepFor(delay);
            v1::Run run;
            (void)client->CancelRun(name, &run);
          });
        });
    if (!observed.problem.empty())
      return absl::StrCat("cancelled after ", absl::FormatDuration(delay), ": ", observed.problem);
    if (ends != 1 || after_end) return absl::StrCat(ends, " terminal events, or one that was not the last");
    const bool right = observed.finished.cause() == v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT ||
                       (observed.finished.cause() == v1::TERMINATION_CAUSE_EXITED && observed.out == "a\nb\n");
    if (!right) return absl::StrCat("neither cancelled nor complete: ", observed.finished.message());
  }
  return "";
}

std::string StdoutBeforeStderr(client::Client* client) {
  v1::RunSourceRequest request = Bash("print('printed')\nraise SystemError('raised')\n");
  request.set_runtime("python");
  for (int i = 0; i < 10; ++i) {
    bool raised = false;
    bool wrong = false;
    const Observed observed = Observe(client, request, [&](const v1::RunEvent& event, const Observed&) {
      if (!event.has_output()) return;
      const bool is_stderr = event.output().stream() == v1::OutputChunk::STREAM_STDERR;
      raised = raised || is_stderr;
      wrong = wrong || (raised && !is_stderr);
    });
    if (!observed.problem.empty()) return observed.problem;
    if (wrong) return "what was printed came after the error that followed it";
    if (observed.out != "printed\n" || !absl::StrContains(observed.err, "SystemError: raised"))
      return absl::StrCat("not printed and raised: ", observed.out, observed.err);
  }
  return "";
}

// Two runs of a program that prints random facts about its process, one in a line: none may be the same in both.
// `fresh`: of cold interpreters; copies of a warm one share what is settled when an interpreter starts.
std::string Differ(client::Client* client, const std::string& program, bool fresh) {
  v1::RunSourceRequest request = Bash(program);
  request.set_runtime("python");
  request.set_fresh_interpreter(fresh);
  Observed both[2];
  for (Observed& one : both) {
    one = Observe(client, request);
    if (!one.problem.empty()) return one.problem;
    if (one.finished.cause() != v1::TERMINATION_CAUSE_EXITED || one.finished.exit_code() != 0)
      return absl::StrCat(one.finished.message(), " ", Brief(one.err));
  }
  const std::vector<std::string> lines[2] = {absl::StrSplit(both[0].out, '\n', absl::SkipEmpty()),
                                             absl::StrSplit(both[1].out, '\n', absl::SkipEmpty())};
  if (lines[0].size() != lines[1].size() || lines[0].empty()) return "the two runs printed different facts";
  for (size_t i = 0; i < lines[0].size(); ++i) {
    if (lines[0][i] == lines[1][i]) return absl::StrCat("the same in two runs: ", lines[0][i]);
  }
  return "";
}

std::string RandomDiffers(client::Client* client) {
  return Differ(client,
                "import os, random, secrets, ssl, uuid\n"
                "for name, value in dict(random=random.random(), urandom=os.urandom(8).hex(), uuid1=uuid.uuid1(),\n"
                "                        uuid4=uuid.uuid4(), openssl=ssl.RAND_bytes(8).hex(),\n"
                "                        secrets=secrets.token_hex(8)).items(): print(name, value)\n",
                /*fresh=*/false);
}

std::string HashSeedsDiffer(client::Client* client) {
  return Differ(client, "print(hash('x'))\n", /*fresh=*/true);
}

std::string AddressesDiffer(client::Client* client) {
  return Differ(client,
                "import ctypes, sys\n"
                "libc = ctypes.CDLL(None)\n"
                "print('heap', id(object()) >> 12)\n"
                "print('libc', ctypes.cast(libc.getpid, ctypes.c_void_p).value)\n"
                "libc.getauxval.restype = ctypes.c_ulong\n"
                "print('stack', libc.getauxval(25))\n"
                "print('vdso', libc.getauxval(33))\n",
                /*fresh=*/true);
}

}  // namespace

std::vector<ClientCase> ClientCases() {
  return {
      {"B9", "a client that reads slowly changes neither the verdict nor the run's wall time", SlowReader},
      {"B10", "a client that is stuck does not delay another that watches the same run", StuckReaderBesideAnother},
      {"B14", "what is printed before an error comes before the error", StdoutBeforeStderr},
      {"I2.cancel", "by default a run ends as CLIENT_DISCONNECTED when its client vanishes", VanishedClientCancels},
      {"I2.continue", "with CONTINUE a run goes on to its end when its client vanishes", VanishedClientLetsItGoOn},
      {"I5", "a run cancelled at any moment has exactly one terminal event, its last", CancelledAtAnyMoment},
      {"I6", "the same request_id joins the run, and other content is refused", SameIdSameRun},
      {"J2", "random numbers and uuids of two runs differ", RandomDiffers},
      {"J2.fresh", "hash seeds of two fresh interpreters differ", HashSeedsDiffer},
      {"J4", "address space of two fresh interpreters is laid out differently", AddressesDiffer},
  };
}

}  // namespace skillrunner::attack

#include "programs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/files.h"
#include "base/status_macros.h"
#include "spawn.h"
#include "testing/run_client.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr char kExpected[] = "task 1 done\ntask 2 done\ntask 3 done\n";

double MillisecondsSince(absl::Time start) {
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

absl::Time TimeOf(const v1::RunEvent& event) {
  return absl::FromUnixSeconds(event.event_time().seconds()) + absl::Nanoseconds(event.event_time().nanos());
}

// When the service says that each step was reached.
void AddSteps(const std::vector<v1::RunEvent>& events, absl::Time start, absl::Time received, Timing* timing) {
  absl::Time accepted, started, written;
  for (const v1::RunEvent& event : events) {
    if (event.has_accepted()) accepted = TimeOf(event);
    if (event.has_started()) started = TimeOf(event);
    if (event.has_output() && written == absl::Time()) written = TimeOf(event);
    if (!event.has_finished()) continue;
    timing->finished = absl::ToDoubleMilliseconds(TimeOf(event) - written);
    timing->status = MillisecondsSince(TimeOf(event));
  }
  timing->accepted = absl::ToDoubleMilliseconds(accepted - start);
  timing->started = absl::ToDoubleMilliseconds(started - accepted);
  timing->written = absl::ToDoubleMilliseconds(written - started);
  timing->delivered = absl::ToDoubleMilliseconds(received - written);
}

}  // namespace

const Program kAsyncioProgram = {"asyncio", R"(import asyncio

async def task(number):
    await asyncio.sleep(0)
    print(f"task {number} done")

async def main():
    await asyncio.gather(task(1), task(2), task(3))

asyncio.run(main())
)",
                                 kExpected};

const Program kAiohttpProgram = {"asyncio and aiohttp", R"(import asyncio
import aiohttp

async def task(number):
    await asyncio.sleep(0)
    print(f"task {number} done")

async def main():
    await asyncio.gather(task(1), task(2), task(3))

asyncio.run(main())
)",
                                 kExpected};

absl::StatusOr<Timing> TimeRun(v1::RunService::Stub& stub, const Program& program) {
  Timing timing;
  absl::Time received;
  const v1::RunSourceRequest request = testing::PythonSource(program.source);
  const absl::Time start = absl::Now();
  const testing::RunRecord record =
      testing::RunSource(stub, request, [&](const v1::RunEvent& event, grpc::ClientContext&) {
        if (event.has_output() && received == absl::Time()) received = absl::Now();
      });
  timing.end = MillisecondsSince(start);
  timing.first_byte = absl::ToDoubleMilliseconds(received - start);
  if (const std::string problem = record.Problem(); !problem.empty()) return absl::InternalError(problem);
  if (record.Stdout() != program.expected) {
    return absl::InternalError(absl::StrCat("wrong output; ", record.finished().message(), "\n", record.Stderr()));
  }
  AddSteps(record.events, start, received, &timing);
  return timing;
}

absl::StatusOr<Timing> TimeCommand(const std::vector<std::string>& command, const Program& program) {
  Timing timing;
  std::string output;
  const absl::Time start = absl::Now();
  ASSIGN_OR_RETURN(const Child child, Spawn(command));
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(child.output.get(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (output.empty()) timing.first_byte = MillisecondsSince(start);
    output.append(buffer, static_cast<size_t>(got));
  }
  const int exit_code = Wait(child.pid);
  timing.end = MillisecondsSince(start);
  if (exit_code != 0 || output != program.expected) {
    return absl::FailedPreconditionError(absl::StrCat("does not run the program here, exit code ", exit_code));
  }
  return timing;
}

absl::StatusOr<ProgramFile> ProgramFile::Write(const Program& program) {
  std::string directory = "/tmp/skill-bench-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return ErrnoStatus(errno, directory);
  ProgramFile file(std::move(directory));
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenAt(AT_FDCWD, file.path(), O_WRONLY | O_CREAT, 0644));
  RETURN_IF_ERROR(WriteAll(fd.get(), program.source));
  return file;
}

ProgramFile::ProgramFile(ProgramFile&& other) noexcept : directory_(std::exchange(other.directory_, "")) {}

ProgramFile::~ProgramFile() {
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace skillrunner::bench

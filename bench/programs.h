// The programs that are timed, and how: as a run of the service, and as a command.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"

namespace skillrunner::bench {

struct Program {
  const char* name;
  const char* source;
  const char* expected;  // its output
};
// Three asyncio tasks without sleeps.
extern const Program kAsyncioProgram;
// The same, and `import aiohttp`.
extern const Program kAiohttpProgram;

struct Timing {
  double first_byte = 0;  // ms, from just before the call or the spawn
  double end = 0;         // ms, to the call's status or the reaped process
  // Of a run only, ms: where the time went, by the service's own event times (same host, same clock).
  double accepted = 0;   // request sent → accepted
  double started = 0;    // accepted → a sandbox was taken
  double written = 0;    // started → the first output is in the journal
  double delivered = 0;  // that → the client has it
  double finished = 0;   // first output in the journal → finished
  double status = 0;     // finished → the client has the status
};

// Error: it failed, or wrote something else.
absl::StatusOr<Timing> TimeRun(itzamna::skillrunner::v1::RunService::Stub& stub, const Program& program);
absl::StatusOr<Timing> TimeCommand(const std::vector<std::string>& command, const Program& program);

// A program in a file of its own, which goes with this.
class ProgramFile {
 public:
  static absl::StatusOr<ProgramFile> Write(const Program& program);
  ProgramFile(ProgramFile&& other) noexcept;
  ProgramFile& operator=(ProgramFile&&) = delete;
  ~ProgramFile();

  std::string path() const { return directory_ + "/program.py"; }

 private:
  explicit ProgramFile(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;  // empty: moved from
};

}  // namespace skillrunner::bench

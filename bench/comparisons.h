// The comparisons of the bench. Each measures ours and the others in turns (A B A B ...), checks that every answer is
// the right one, and adds its series to the report. Error: a subject failed or gave a wrong answer; there is no figure
// then.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "report.h"
#include "testing/service.h"

namespace skillrunner::bench {

// How long to measure.
struct Effort {
  int program_rounds;  // starts of each subject
  int program_slices;  // per subject and number of clients
  double program_slice_seconds;
  int waiting_runs;         // at once
  int slices;               // per subject and number of callers
  double slice_seconds;     // of unary calls
  int stream_rounds;        // replays of each subject
  int stream_output_bytes;  // of one replay, a multiple of 64 KiB
  size_t descriptors;       // of the catalogue
  int catalog_rounds;       // loads and edits of it
  int searches;             // in it
};
inline constexpr Effort kFull = {100, 5, 1, 3000, 20, 0.25, 50, 32 << 20, 10'000, 5, 400};
inline constexpr Effort kQuick = {3, 1, 0.2, 20, 2, 0.05, 2, 8 << 20, 200, 2, 40};

// The interpreter on both sides.
inline constexpr char kPython[] = "/usr/bin/python3";

// program_latency.cc: a three-task asyncio program, without and with aiohttp, to its first output byte and to its end:
// ours over an open connection, plain python3, and other sandboxes where they are installed. And where ours spends it.
absl::Status CompareProgramLatency(const Effort& effort, const testing::Service& service, Report& report);

// concurrent_programs.cc: the asyncio program by one client, one for each processor and four for each, one run after
// another: first output byte, and runs a second: ours and plain python3.
absl::Status CompareConcurrentPrograms(const Effort& effort, const testing::Service& service, Report& report);

// waiting_runs.cc: memory of an idle service with its default pools, and of many runs that wait at once.
absl::Status MeasureMemory(const Effort& effort, testing::Identity identity, Report& report);

// unary_calls.cc: GetRun with 1 and 32 calls in flight: ours and a bare gRPC server that answers the same bytes.
absl::Status CompareUnaryCalls(const Effort& effort, const testing::Service& service, Report& report);

// stream_replay.cc: WatchRun on a run that is over: ours and a bare gRPC server that streams the same messages. The
// service must allow output of effort.stream_output_bytes.
absl::Status CompareStreamReplay(const Effort& effort, const testing::Service& service, Report& report);

// catalog_scale.cc: generated descriptors: loading all of them, one again, and searching in them, beside reading their
// bytes. Without a service: these are the parts it works with, and a call more or less is in the rows above.
absl::Status CompareCatalogScale(const Effort& effort, Report& report);

}  // namespace skillrunner::bench

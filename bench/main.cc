// skill-bench: measures the service beside what it competes with, in one run. See docs/performance.md.
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "bare_server.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "comparisons.h"
#include "itzamna/skillrunner/v1/system.grpc.pb.h"

namespace skillrunner::bench {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  }
  return "unknown";
}

std::string LoadAverage() {
  double load[1] = {0};
  return ::getloadavg(load, 1) == 1 ? absl::StrFormat("%.2f", load[0]) : "unknown";
}

void AddHost(const std::string& commit, bool quick, Report& report) {
  utsname system = {};
  ::uname(&system);
  report.AddCondition("commit", commit);
  report.AddCondition("date", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()));
  report.AddCondition("kernel", absl::StrCat(system.sysname, " ", system.release, " ", system.machine));
  report.AddCondition("cpu", CpuModel());
  report.AddCondition("cores", absl::StrCat(std::thread::hardware_concurrency()));
  report.AddCondition("load", absl::StrCat(LoadAverage(), " (one minute, before the start)"));
  report.AddCondition("gRPC", grpc::Version());
  if (quick) report.AddCondition("effort", "quick: a smoke test, the figures mean nothing");
}

absl::Status AddService(const testing::Service& service, Report& report) {
  const auto stub = v1::SystemService::NewStub(service.NewChannel());
  grpc::ClientContext context;
  v1::GetCapabilitiesResponse capabilities;
  const grpc::Status status = stub->GetCapabilities(&context, {}, &capabilities);
  if (!status.ok()) return absl::InternalError(status.error_message());
  report.AddCondition("service", absl::StrCat("started as ", ::geteuid() == 0 ? "root" : "an unprivileged user", ", ",
                                              v1::IsolationLevel_Name(capabilities.isolation())));
  return absl::OkStatus();
}

// Which comparisons to make; empty: all.
using Only = std::vector<std::string>;

absl::Status Measure(const Effort& effort, const Only& only, Report& report) {
  const auto wanted = [&only](const char* name) {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
  };
  testing::ServiceOptions options;
  options.identity = ::geteuid() == 0 ? testing::Identity::kRoot : testing::Identity::kUnprivileged;
  options.flags = {absl::StrCat("--python=", kPython), absl::StrCat("--default-output=", effort.stream_output_bytes),
                   absl::StrCat("--max-output=", effort.stream_output_bytes)};
  if (wanted("latency") || wanted("clients") || wanted("unary") || wanted("stream")) {
    const testing::Service service(options);
    RETURN_IF_ERROR(AddService(service, report));
    if (wanted("latency")) RETURN_IF_ERROR(CompareProgramLatency(effort, service, report));
    if (wanted("clients")) RETURN_IF_ERROR(CompareConcurrentPrograms(effort, service, report));
    if (wanted("unary")) RETURN_IF_ERROR(CompareUnaryCalls(effort, service, report));
    if (wanted("stream")) RETURN_IF_ERROR(CompareStreamReplay(effort, service, report));
  }
  if (wanted("memory")) RETURN_IF_ERROR(MeasureMemory(effort, options.identity, report));
  return wanted("catalogue") ? CompareCatalogScale(effort, report) : absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Measures the service beside plain python3, other sandboxes and a bare gRPC server.");
  bool quick = false;
  bool bare_server = false;
  std::string json;
  std::string commit = "unknown";
  app.add_flag("--quick", quick, "A few iterations of everything: a smoke test");
  Only only;
  app.add_option("--only", only, "Of latency, clients, unary, stream, memory and catalogue, these")
      ->delimiter(',')
      ->check(CLI::IsMember({"latency", "clients", "unary", "stream", "memory", "catalogue"}));
  app.add_option("--json", json, "Write the figures to this file, too");
  app.add_option("--commit", commit, "What was built, for the record");
  app.add_flag("--bare-server", bare_server)->group("");
  CLI11_PARSE(app, argc, argv);
  if (bare_server) return BareServerMain();

  log::Configure("skill-bench", log::Level::kOff);
  Report report;
  AddHost(commit, quick, report);
  absl::Status status = Measure(quick ? kQuick : kFull, only, report);
  if (status.ok()) {
    std::fputs(report.Table().c_str(), stdout);
    if (!json.empty()) status = report.WriteJson(json);
  }
  if (!status.ok()) {
    std::fprintf(stderr, "skill-bench: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace skillrunner::bench

int main(int argc, char** argv) {
  return skillrunner::bench::Main(argc, argv);
}

#include "api/run_request.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/sha.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "api/resource_names.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;
using Violations = std::vector<rpc::FieldViolation>;

constexpr int64_t kNanos = 1'000'000'000;
constexpr size_t kMostArguments = 1024;
constexpr size_t kMostVariables = 256;
constexpr size_t kMostFiles = 256;
constexpr size_t kMostLabels = 16;
constexpr size_t kTextBytes = 128 << 10;  // of all arguments, and of all variables
constexpr size_t kFileBytes = 2 << 20;
constexpr size_t kStdinBytes = 1 << 20;
constexpr size_t kSourceBytes = 1 << 20;
constexpr size_t kLabelBytes = 128;
constexpr size_t kRequestIdBytes = 128;
constexpr size_t kPathBytes = 255;

bool HasNul(absl::string_view text) {
  return absl::StrContains(text, absl::string_view("\0", 1));
}

int64_t LimitOr(int64_t asked, int64_t default_value, int64_t least, int64_t most, const char* field,
                Violations* violations) {
  if (asked == 0) return default_value;
  if (asked < least || asked > most)
    violations->push_back(
        {absl::StrCat("limits.", field), absl::StrCat("must be ", least, " to ", most, ", not ", asked)});
  return asked;
}

int64_t DurationOr(bool set, const google::protobuf::Duration& asked, int64_t default_nanos, int64_t most_nanos,
                   const char* field, Violations* violations) {
  if (!set || (asked.seconds() == 0 && asked.nanos() == 0)) return default_nanos;
  const bool in_range = asked.seconds() >= 0 && asked.nanos() >= 0 && asked.nanos() < kNanos &&
                        asked.seconds() <= most_nanos / kNanos &&
                        asked.seconds() * kNanos + asked.nanos() <= most_nanos;
  if (!in_range) {
    violations->push_back(
        {absl::StrCat("limits.", field),
         absl::StrCat("must be more than 0 and at most ", absl::FormatDuration(absl::Nanoseconds(most_nanos)))});
    return default_nanos;
  }
  return asked.seconds() * kNanos + asked.nanos();
}

PlanLimits ResolveLimits(const Context& context, const v1::Limits& asked, Violations* violations) {
  const PlanLimits& defaults = context.default_limits;
  const PlanLimits& most = context.max_limits;
  PlanLimits limits;
  limits.wall_nanos = DurationOr(asked.has_wall_time(), asked.wall_time(), defaults.wall_nanos, most.wall_nanos,
                                 "wall_time", violations);
  limits.sandbox.cpu_nanos = DurationOr(asked.has_cpu_time(), asked.cpu_time(), defaults.sandbox.cpu_nanos,
                                        most.sandbox.cpu_nanos, "cpu_time", violations);
  limits.output_bytes =
      LimitOr(asked.output_bytes(), defaults.output_bytes, 1, most.output_bytes, "output_bytes", violations);
  limits.sandbox.memory_bytes = LimitOr(asked.memory_bytes(), defaults.sandbox.memory_bytes, kLeastMemory,
                                        most.sandbox.memory_bytes, "memory_bytes", violations);
  limits.sandbox.processes =
      LimitOr(asked.processes(), defaults.sandbox.processes, 1, most.sandbox.processes, "processes", violations);
  limits.sandbox.disk_bytes = LimitOr(asked.disk_bytes(), defaults.sandbox.disk_bytes, kLeastDisk,
                                      most.sandbox.disk_bytes, "disk_bytes", violations);
  limits.sandbox.open_files = LimitOr(asked.open_files(), defaults.sandbox.open_files, kLeastOpenFiles,
                                      most.sandbox.open_files, "open_files", violations);
  return limits;
}

std::string PathProblem(const std::string& path) {
  if (path.empty() || path.size() > kPathBytes) return absl::StrCat("must be 1 to ", kPathBytes, " bytes long");
  if (HasNul(path)) return "must not contain NUL";
  if (path[0] == '/') return "must be relative to the work directory";
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") return "must not have empty, \".\" or \"..\" components";
  }
  return "";
}

// Files that exclude each other: the same twice, or one where another needs a directory.
void CheckFileTree(const std::vector<sandbox::InputFile>& files, Violations* violations) {
  std::set<std::string> paths;
  std::set<std::string> directories;
  for (const sandbox::InputFile& file : files) {
    if (!paths.insert(file.path).second)
      violations->push_back({"files", absl::StrCat("has ", file.path, " twice, or as the program's own file")});
    for (size_t slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      directories.insert(file.path.substr(0, slash));
    }
  }
  for (const std::string& directory : directories) {
    if (paths.count(directory) != 0)
      violations->push_back({"files", absl::StrCat("has ", directory, " as a file and as a directory")});
  }
}

// Before each of them is looked at: what there is to say about a million is not worth its memory.
bool AtMost(const char* field, int count, size_t most, Violations* violations) {
  if (static_cast<size_t>(count) <= most) return true;
  violations->push_back({field, absl::StrCat("must be at most ", most, ", not ", count)});
  return false;
}

template <class Request>
std::vector<sandbox::InputFile> CheckFiles(const Request& request, Violations* violations) {
  if (!AtMost("files", request.files_size(), kMostFiles, violations)) return {};
  std::vector<sandbox::InputFile> files;
  size_t bytes = 0;
  for (int i = 0; i < request.files_size(); ++i) {
    const v1::InputFile& file = request.files(i);
    const std::string problem = PathProblem(file.path());
    if (!problem.empty()) violations->push_back({absl::StrCat("files[", i, "].path"), problem});
    bytes += file.content().size();
    if (!problem.empty()) continue;
    files.push_back({.path = file.path(), .content = file.content(), .executable = file.executable()});
  }
  if (bytes > kFileBytes)
    violations->push_back({"files", absl::StrCat("must hold at most ", kFileBytes, " bytes together")});
  return files;
}

template <class Request>
std::vector<std::string> CheckArguments(const Request& request, Violations* violations) {
  if (!AtMost("args", request.args_size(), kMostArguments, violations)) return {};
  size_t bytes = 0;
  for (int i = 0; i < request.args_size(); ++i) {
    bytes += request.args(i).size();
    if (HasNul(request.args(i))) violations->push_back({absl::StrCat("args[", i, "]"), "must not contain NUL"});
  }
  if (bytes > kTextBytes)
    violations->push_back({"args", absl::StrCat("must hold at most ", kTextBytes, " bytes together")});
  return {request.args().begin(), request.args().end()};
}

template <class Request>
std::vector<std::pair<std::string, std::string>> CheckEnvironment(const Request& request, Violations* violations) {
  if (!AtMost("env", static_cast<int>(request.env().size()), kMostVariables, violations)) return {};
  size_t bytes = 0;
  std::vector<std::pair<std::string, std::string>> variables;
  for (const auto& [name, value] : request.env()) {
    bytes += name.size() + value.size();
    if (name.empty() || absl::StrContains(name, "=") || HasNul(name))
      violations->push_back(
          {"env", absl::StrCat("has a bad name \"", name, "\": it must not be empty or contain = or NUL")});
    if (HasNul(value)) violations->push_back({absl::StrCat("env[", name, "]"), "must not contain NUL"});
    variables.emplace_back(name, value);
  }
  if (bytes > kTextBytes)
    violations->push_back({"env", absl::StrCat("must hold at most ", kTextBytes, " bytes together")});
  return variables;
}

template <class Request>
void CheckRest(const Request& request, Violations* violations) {
  if (request.stdin().size() > kStdinBytes)
    violations->push_back({"stdin", absl::StrCat("must be at most ", kStdinBytes, " bytes")});
  if (request.request_id().size() > kRequestIdBytes)
    violations->push_back({"request_id", absl::StrCat("must be at most ", kRequestIdBytes, " bytes")});
  const bool few_labels = AtMost("labels", request.labels_size(), kMostLabels, violations);
  for (const auto& [key, value] : request.labels()) {
    if (!few_labels) break;
    if (key.empty() || key.size() > kLabelBytes || value.size() > kLabelBytes) {
      violations->push_back({"labels", absl::StrCat("must have keys of 1 to ", kLabelBytes,
                                                    " bytes and values of at most ", kLabelBytes)});
    }
  }
  if (!v1::IsolationLevel_IsValid(request.min_isolation()))
    violations->push_back({"min_isolation", "is not a known level"});
  if (!v1::DisconnectPolicy_IsValid(request.disconnect_policy()))
    violations->push_back({"disconnect_policy", "is not a known policy"});
  if (!v1::NetworkPolicy::Mode_IsValid(request.network().mode()))
    violations->push_back({"network.mode", "is not a known mode"});
  const bool none = request.network().mode() == v1::NetworkPolicy::MODE_NONE ||
                    request.network().mode() == v1::NetworkPolicy::MODE_UNSPECIFIED;
  if (none && request.network().rules_size() != 0)
    violations->push_back({"network.rules", "must be empty with MODE_NONE"});
}

// What is asked for must be in force: a policy that cannot be enforced refuses the run.
template <class Request>
grpc::Status CheckPolicies(const Context& context, const Request& request) {
  const auto mode = request.network().mode();
  if (mode != v1::NetworkPolicy::MODE_NONE && mode != v1::NetworkPolicy::MODE_UNSPECIFIED) {
    return rpc::FailedPrecondition(
        "POLICY_NOT_ENFORCEABLE", "network.mode",
        absl::StrCat("this version enforces MODE_NONE only, not ", v1::NetworkPolicy::Mode_Name(mode)));
  }
  if (request.timeline())
    return rpc::FailedPrecondition("POLICY_NOT_ENFORCEABLE", "timeline", "this version has no task timeline");
  if (request.virtual_time())
    return rpc::FailedPrecondition("POLICY_NOT_ENFORCEABLE", "virtual_time", "this version has no virtual clock");
  const auto capabilities = context.runner.capabilities();
  if (!capabilities) return rpc::Unavailable("no sandbox can be made yet", absl::Seconds(1));
  if (static_cast<int>(request.min_isolation()) > static_cast<int>(capabilities->level)) {
    return rpc::FailedPrecondition(
        "ISOLATION_TOO_WEAK", "min_isolation",
        absl::StrCat("this host gives ", v1::IsolationLevel_Name(static_cast<v1::IsolationLevel>(capabilities->level)),
                     ", less than ", v1::IsolationLevel_Name(request.min_isolation()), "; GetCapabilities says why"));
  }
  return grpc::Status::OK;
}

// Two requests with one request_id are the same if and only if these are equal.
template <class Request>
std::string Fingerprint(Request request) {
  request.clear_request_id();
  std::string bytes = request.GetTypeName();
  {
    google::protobuf::io::StringOutputStream sink(&bytes);
    google::protobuf::io::CodedOutputStream coded(&sink);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

grpc::Status RuntimeStatus(const Runtime* runtime, const std::string& name) {
  if (runtime == nullptr)
    return rpc::FailedPrecondition("RUNTIME_MISSING", name,
                                   absl::StrCat("this service has no runtime for \"", name, "\""));
  if (!runtime->available())
    return rpc::FailedPrecondition("RUNTIME_MISSING", name,
                                   absl::StrCat("the runtime ", name, " is not available: ", runtime->hint));
  return grpc::Status::OK;
}

// What compiling takes where the request does not say, on top of what a run gets.
sandbox::SandboxLimits CompileLimits(const Context& context, const v1::Limits& asked, const PlanLimits& run,
                                     const sandbox::SandboxLimits& least) {
  const sandbox::SandboxLimits& most = context.max_limits.sandbox;
  const auto raise = [](bool is_asked, int64_t value, int64_t least_value, int64_t most_value) {
    return is_asked ? value : std::max(value, std::min(least_value, most_value));
  };
  sandbox::SandboxLimits limits = run.sandbox;
  limits.cpu_nanos = raise(asked.has_cpu_time(), limits.cpu_nanos, least.cpu_nanos, most.cpu_nanos);
  limits.memory_bytes = raise(asked.memory_bytes() != 0, limits.memory_bytes, least.memory_bytes, most.memory_bytes);
  limits.processes = raise(asked.processes() != 0, limits.processes, least.processes, most.processes);
  limits.disk_bytes = raise(asked.disk_bytes() != 0, limits.disk_bytes, least.disk_bytes, most.disk_bytes);
  limits.open_files = raise(asked.open_files() != 0, limits.open_files, least.open_files, most.open_files);
  return limits;
}

// The program's own files and those of the request, which must not be the same.
void CheckAllFiles(const RunPlan& plan, Violations* violations) {
  std::vector<sandbox::InputFile> files = plan.program.files;
  if (plan.compile) files.push_back({.path = plan.compile->artifact, .content = {}, .executable = false});
  CheckFileTree(files, violations);
}

// The part both kinds of request share. `source` has a name, a language and a text.
template <class Request>
PlannedRun PlanProgram(const Context& context, const Request& request, const Runtime& runtime, ProgramSource source,
                       Violations violations) {
  PlannedRun planned;
  RunPlan& plan = planned.plan;
  plan.limits = ResolveLimits(context, request.limits(), &violations);
  source.files = CheckFiles(request, &violations);
  source.arguments = CheckArguments(request, &violations);
  source.environment = CheckEnvironment(request, &violations);
  CheckRest(request, &violations);
  if (!violations.empty()) {  // what is made of a program may be more than a wrong request is worth
    planned.status = rpc::InvalidArgument(violations);
    return planned;
  }
  source.memory_bytes = plan.limits.sandbox.memory_bytes;
  PreparedProgram prepared = PrepareProgram(runtime, std::move(source));
  plan.program = std::move(prepared.program);
  plan.compile = std::move(prepared.compile);
  if (plan.compile)
    plan.compile->limits = CompileLimits(context, request.limits(), plan.limits, LeastCompileLimits(runtime.name));
  CheckAllFiles(plan, &violations);
  if (!violations.empty()) {
    planned.status = rpc::InvalidArgument(violations);
    return planned;
  }
  planned.status = CheckPolicies(context, request);
  plan.min_level = static_cast<sandbox::IsolationLevel>(request.min_isolation());
  plan.runtime = runtime.name;
  if (runtime.name == "python" && !request.fresh_interpreter()) {
    plan.imports = ModulesToHave(runtime.environment, plan.program);
  }
  plan.runtime_version = runtime.version;
  plan.labels.insert(request.labels().begin(), request.labels().end());
  plan.stdin_bytes = request.stdin();
  plan.continue_without_client = request.disconnect_policy() == v1::DISCONNECT_POLICY_CONTINUE;
  plan.request_id = request.request_id();
  if (!plan.request_id.empty()) plan.fingerprint = Fingerprint(request);
  return planned;
}

void SetDuration(int64_t nanos, google::protobuf::Duration* duration) {
  duration->set_seconds(nanos / kNanos);
  duration->set_nanos(static_cast<int32_t>(nanos % kNanos));
}

// The descriptor's own `timeout=` for the example, where the request names no wall time.
v1::RunExampleRequest WithOwnTimeout(const Context& context, const v1::RunExampleRequest& request,
                                     const catalog::Example& example) {
  v1::RunExampleRequest own = request;
  const int64_t nanos = std::min(example.attributes.timeout_millis * 1'000'000, context.max_limits.wall_nanos);
  if (nanos > 0 && !request.limits().has_wall_time()) SetDuration(nanos, own.mutable_limits()->mutable_wall_time());
  return own;
}

// Python finds modules beside the program first: an example called "asyncio" must not be what `import asyncio` gives.
// No module has a hyphen in its name.
std::string FileStem(const catalog::Example& example) {
  const bool importable = example.runtime == "python" && !absl::StrContains(example.id, "-");
  return importable ? absl::StrCat(example.id, "-example") : example.id;
}

}  // namespace

v1::Limits ToProto(const PlanLimits& limits) {
  v1::Limits proto;
  SetDuration(limits.wall_nanos, proto.mutable_wall_time());
  SetDuration(limits.sandbox.cpu_nanos, proto.mutable_cpu_time());
  proto.set_memory_bytes(limits.sandbox.memory_bytes);
  proto.set_processes(static_cast<int32_t>(limits.sandbox.processes));
  proto.set_output_bytes(limits.output_bytes);
  proto.set_disk_bytes(limits.sandbox.disk_bytes);
  proto.set_open_files(static_cast<int32_t>(limits.sandbox.open_files));
  return proto;
}

Task<PlannedRun> PlanExample(Context* context, v1::RunExampleRequest request) {
  const auto snapshot = context->catalog.Get();
  const FoundExample found = FindExample(*snapshot, request.example(), "example");
  if (!found.status.ok()) co_return PlannedRun{.status = found.status, .plan = {}, .program = {}};
  PlannedRun planned = co_await PlanExampleOf(context, found.skill, found.example, std::move(request));
  co_return planned;
}

Task<PlannedRun> PlanExampleOf(Context* context, std::shared_ptr<const catalog::Skill> skill,
                               const catalog::Example* example, v1::RunExampleRequest request,
                               catalog::SessionOutput output) {
  PlannedRun planned;
  if (example->runtime.empty()) {
    planned.status = rpc::FailedPrecondition(
        "RUNTIME_MISSING", example->language,
        example->language.empty() ? "the example names no language"
                                  : absl::StrCat("this service has no runtime for the language ", example->language));
    co_return planned;
  }
  const Runtime* runtime = co_await context->runtimes.Get(example->runtime);
  planned.status = RuntimeStatus(runtime, example->runtime);
  if (!planned.status.ok()) co_return planned;
  catalog::SessionProgram program =
      catalog::MakeSessionProgram(*skill, *example, example->attributes.continues, output);
  ProgramSource source;
  source.stem = FileStem(*example);
  source.language = example->language;
  source.text = program.source;
  planned = PlanProgram(*context, WithOwnTimeout(*context, request, *example), *runtime, std::move(source), {});
  planned.plan.example = ExampleName(*skill, *example);
  planned.plan.skill_revision = skill->revision;
  planned.plan.descriptor_line = example->position.line;
  planned.program = std::move(program);
  co_return planned;
}

Task<PlannedRun> PlanSource(Context* context, v1::RunSourceRequest request) {
  Violations violations;
  std::string revision;
  if (!request.skill().empty()) {
    const auto snapshot = context->catalog.Get();
    const FoundSkill found = FindSkill(*snapshot, request.skill(), "skill");
    if (!found.status.ok()) co_return PlannedRun{.status = found.status, .plan = {}, .program = {}};
    revision = found.skill->revision;
  }
  if (request.source().size() > kSourceBytes)
    violations.push_back({"source", absl::StrCat("must be at most ", kSourceBytes, " bytes")});
  const Runtime* runtime = co_await context->runtimes.Get(request.runtime());
  if (runtime == nullptr) {
    violations.push_back({"runtime", absl::StrCat("must be one of ", absl::StrJoin(context->runtimes.names(), ", "),
                                                  ", not \"", request.runtime(), "\"")});
    co_return PlannedRun{.status = rpc::InvalidArgument(violations), .plan = {}, .program = {}};
  }
  if (const grpc::Status status = RuntimeStatus(runtime, request.runtime()); !status.ok())
    co_return PlannedRun{.status = status, .plan = {}, .program = {}};
  ProgramSource source;
  source.stem = "main";
  source.language = request.runtime();
  source.text = request.source();
  PlannedRun planned = PlanProgram(*context, request, *runtime, std::move(source), std::move(violations));
  planned.plan.skill_revision = revision;
  co_return planned;
}

}  // namespace skillrunner::api

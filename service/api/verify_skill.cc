#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/follow_run.h"
#include "api/handlers.h"
#include "api/quiet_run.h"
#include "api/resource_names.h"
#include "api/skill_proto.h"
#include "rpc/errors.h"
#include "verify/verdict.h"

namespace skillrunner::api {
namespace {

using catalog::Example;

// Of one call. Examples wait more than they compute; more of them would measure each other.
constexpr size_t kRunsAtOnce = 4;

// Shared by the handler and the tasks that it joins before it ends.
struct Verification {
  Context* context;
  rpc::Call* call;
  std::shared_ptr<const catalog::Skill> skill;
  v1::VerifySkillRequest request;
  std::vector<const Example*> examples;
  std::vector<std::optional<v1::ExampleVerdict>> verdicts;  // as `examples`
  size_t next = 0;                                          // example that nobody has taken
  grpc::Status status;                                      // why it cannot go on
  Event progress;
};

v1::RunExampleRequest RunRequest(const Verification& verification, const Example& example) {
  v1::RunExampleRequest request;
  *request.mutable_limits() = verification.request.limits();
  if (example.attributes.timeout_millis > 0) request.mutable_limits()->clear_wall_time();
  (*request.mutable_labels())["purpose"] = "verify";
  return request;
}

void SkipFor(const verify::Skip& skip, v1::ExampleVerdict* verdict) {
  verdict->set_verdict(v1::ExampleVerdict::VERDICT_SKIPPED);
  verdict->set_reason(skip.reason);
  verdict->set_message(skip.message);
}

// Runs and judges one example. A status that is not OK ends the verification.
Task<grpc::Status> VerifyExample(Verification* verification, const Example* example, v1::ExampleVerdict* verdict) {
  const catalog::Skill& skill = *verification->skill;
  verdict->set_example(ExampleName(skill, *example));
  SetPosition(example->position, verdict->mutable_position());
  const verify::Skip skip = verify::WhyNotRun(*example);
  if (!skip.reason.empty()) {
    SkipFor(skip, verdict);
    co_return grpc::Status::OK;
  }
  const Runtime* runtime = co_await verification->context->runtimes.Get(example->runtime);
  if (runtime == nullptr || !runtime->available()) {
    SkipFor({"runtime-missing", absl::StrCat("the runtime ", example->runtime, " is not available: ",
                                             runtime == nullptr ? "this service has none" : runtime->hint)},
            verdict);
    co_return grpc::Status::OK;
  }
  PlannedRun planned = co_await PlanExampleOf(
      verification->context, verification->skill, example, RunRequest(*verification, *example),
      example->expectations.empty() ? catalog::SessionOutput::kJoined : catalog::SessionOutput::kMarked);
  if (!planned.status.ok()) co_return planned.status;
  const std::string file = planned.plan.program.files[0].path;
  const catalog::SessionProgram program = planned.program;
  QuietRun run = co_await RunQuietly(verification->context, verification->call, std::move(planned));
  if (!run.status.ok()) co_return run.status;
  if (run.finished.cause() == v1::TERMINATION_CAUSE_SERVER_SHUTDOWN)
    co_return rpc::Unavailable("the service is shutting down", absl::Seconds(1));
  verdict->set_run(run.name);
  if (program.blocks.size() > 1) {
    for (const std::string& id : example->session)
      verdict->add_session(absl::StrCat(SkillName(skill), "/examples/", id));
  }
  verify::Judge({skill, *example, program, file, std::move(run.out), run.out_cut, std::move(run.err),
                 std::move(run.diagnostics), run.finished},
                verdict);
  co_return grpc::Status::OK;
}

Task<void> VerifyNext(Verification* verification) {
  while (verification->next < verification->examples.size() && verification->status.ok()) {
    const size_t index = verification->next++;
    v1::ExampleVerdict verdict;
    const grpc::Status status = co_await VerifyExample(verification, verification->examples[index], &verdict);
    if (status.ok()) {
      verification->verdicts[index] = std::move(verdict);
    } else if (verification->status.ok()) {
      verification->status = status;
    }
    verification->progress.Set();
  }
}

// Waits until the verdict is there, with a keep-alive where that takes long. False: it will not come.
Task<bool> AwaitVerdict(Verification* verification, size_t index,
                        rpc::ResponseStream<v1::VerifySkillResponse>* responses) {
  while (!verification->verdicts[index].has_value() && verification->status.ok()) {
    verification->progress.Reset();
    const bool progress = co_await verification->progress.WaitUntil(MonotonicNanos() + kKeepAliveNanos);
    if (progress) continue;
    const bool alive = co_await responses->Write(v1::VerifySkillResponse());
    if (!alive) verification->status = grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
  }
  co_return verification->verdicts[index].has_value() && verification->status.ok();
}

void Count(const v1::ExampleVerdict& verdict, v1::VerifySummary* summary) {
  if (verdict.verdict() == v1::ExampleVerdict::VERDICT_PASSED) summary->set_passed(summary->passed() + 1);
  if (verdict.verdict() == v1::ExampleVerdict::VERDICT_FAILED) summary->set_failed(summary->failed() + 1);
  if (verdict.verdict() == v1::ExampleVerdict::VERDICT_SKIPPED) summary->set_skipped(summary->skipped() + 1);
}

// In the order of the verdicts, whatever order the runs end in.
Task<void> Report(Verification* verification, rpc::ResponseStream<v1::VerifySkillResponse>* responses) {
  v1::VerifySkillResponse last;
  last.mutable_summary()->set_skill_revision(verification->skill->revision);
  last.mutable_summary()->set_name(SkillName(*verification->skill));
  for (size_t i = 0; i < verification->examples.size(); ++i) {
    const bool judged = co_await AwaitVerdict(verification, i, responses);
    if (!judged) co_return;
    v1::VerifySkillResponse response;
    *response.mutable_verdict() = *verification->verdicts[i];
    Count(response.verdict(), last.mutable_summary());
    const bool alive = co_await responses->Write(response);
    if (alive) continue;
    verification->status = grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
    co_return;
  }
  co_await responses->Write(last);
}

grpc::Status ChooseExamples(Verification* verification) {
  for (const std::string& name : verification->request.examples()) {
    const std::string prefix = absl::StrCat(SkillName(*verification->skill), "/examples/");
    const Example* example = name.compare(0, prefix.size(), prefix) == 0
                                 ? catalog::FindExample(*verification->skill, name.substr(prefix.size()))
                                 : nullptr;
    if (example == nullptr) {
      return rpc::NotFound("example", name,
                           absl::StrCat("the skill ", SkillName(*verification->skill), " has no example ", name));
    }
    verification->examples.push_back(example);
  }
  if (verification->request.examples().empty()) {
    for (const Example& example : verification->skill->examples) verification->examples.push_back(&example);
  }
  verification->verdicts.resize(verification->examples.size());
  return grpc::Status::OK;
}

}  // namespace

Task<grpc::Status> VerifySkill(Context* context, rpc::Call& call, v1::VerifySkillRequest request,
                               rpc::ResponseStream<v1::VerifySkillResponse>& responses) {
  const auto snapshot = context->catalog.Get();
  const FoundSkill found = FindSkill(*snapshot, request.name(), "name");
  if (!found.status.ok()) co_return found.status;
  Verification verification{.context = context,
                            .call = &call,
                            .skill = found.skill,
                            .request = std::move(request),
                            .examples = {},
                            .verdicts = {}};
  const grpc::Status chosen = ChooseExamples(&verification);
  if (!chosen.ok()) co_return chosen;
  Nursery runs;
  for (size_t i = 0; i < std::min(kRunsAtOnce, verification.examples.size()); ++i)
    runs.Start(VerifyNext(&verification));
  co_await Report(&verification, &responses);
  co_await runs.Join();
  co_return verification.status;
}

}  // namespace skillrunner::api

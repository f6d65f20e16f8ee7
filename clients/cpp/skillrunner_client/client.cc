#include "skillrunner_client/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>

#include "absl/strings/match.h"

namespace skillrunner::client {
namespace {

bool IsLocal(const std::string& address) {
  return absl::StartsWith(address, "127.") || absl::StartsWith(address, "localhost:") ||
         absl::StartsWith(address, "[::1]") || absl::StartsWith(address, "unix:");
}

// One unary call: context, deadline and stop token around `call(&context)`.
template <typename Call>
grpc::Status Unary(const CallOptions& options, const Call& call) {
  grpc::ClientContext context;
  if (options.deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(options.deadline));
  const std::stop_callback cancel(options.stop, [&context] { context.TryCancel(); });
  return call(&context);
}

grpc::Status EndlessPages() {
  return grpc::Status(grpc::StatusCode::INTERNAL, "the service gave the same next_page_token twice");
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address, const std::string& user_agent) {
  grpc::ChannelArguments arguments;
  if (!user_agent.empty()) arguments.SetUserAgentPrefix(user_agent);
  if (IsLocal(address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A full skill comes in one message, with the text of all its sections.
  arguments.SetMaxReceiveMessageSize(64 * 1024 * 1024);
  // gRPC waits a second before it connects again; reattaching wants to know sooner whether the service is back.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // Streams are never quiet for longer than 15 s, so a ping goes out only where something is wrong.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Client::Client(std::shared_ptr<grpc::Channel> channel)
    : catalog_(v1::CatalogService::NewStub(channel)),
      runs_(v1::RunService::NewStub(channel)),
      system_(v1::SystemService::NewStub(channel)),
      health_(grpc::health::v1::Health::NewStub(channel)) {}

grpc::Status Client::ListSkills(v1::SkillView view, v1::ListSkillsResponse* answer, const CallOptions& options) {
  v1::ListSkillsRequest request;
  request.set_view(view);
  answer->Clear();
  while (true) {
    v1::ListSkillsResponse page;
    const grpc::Status status =
        Unary(options, [&](grpc::ClientContext* context) { return catalog_->ListSkills(context, request, &page); });
    if (!status.ok()) return status;
    const std::string next = page.next_page_token();
    answer->MergeFrom(page);
    answer->clear_next_page_token();
    if (next.empty()) return status;
    if (next == request.page_token()) return EndlessPages();
    request.set_page_token(next);
  }
}

grpc::Status Client::GetSkill(const std::string& name, v1::SkillView view, v1::Skill* skill,
                              const CallOptions& options) {
  v1::GetSkillRequest request;
  request.set_name(name);
  request.set_view(view);
  v1::GetSkillResponse answer;
  const grpc::Status status =
      Unary(options, [&](grpc::ClientContext* context) { return catalog_->GetSkill(context, request, &answer); });
  skill->Swap(answer.mutable_skill());
  return status;
}

grpc::Status Client::GetSection(const std::string& name, const std::string& section, v1::Skill* skill,
                                const CallOptions& options) {
  v1::GetSkillRequest request;
  request.set_name(name);
  request.set_view(v1::SKILL_VIEW_SECTION);
  request.set_section(section);
  v1::GetSkillResponse answer;
  grpc::Status status =
      Unary(options, [&](grpc::ClientContext* context) { return catalog_->GetSkill(context, request, &answer); });
  skill->Swap(answer.mutable_skill());
  return status;
}

grpc::Status Client::SearchSkills(const v1::SearchSkillsRequest& request, v1::SearchSkillsResponse* answer,
                                  const CallOptions& options) {
  return Unary(options, [&](grpc::ClientContext* context) { return catalog_->SearchSkills(context, request, answer); });
}

grpc::Status Client::LintSkill(const v1::LintSkillRequest& request, v1::LintSkillResponse* answer,
                               const CallOptions& options) {
  return Unary(options, [&](grpc::ClientContext* context) { return catalog_->LintSkill(context, request, answer); });
}

grpc::Status Client::VerifySkill(const v1::VerifySkillRequest& request,
                                 const std::function<void(const v1::VerifySkillResponse&)>& on_response,
                                 const CallOptions& options) {
  return Unary(options, [&](grpc::ClientContext* context) {
    const auto stream = catalog_->VerifySkill(context, request);
    v1::VerifySkillResponse response;
    while (stream->Read(&response)) on_response(response);
    return stream->Finish();
  });
}

grpc::Status Client::ExportSkill(const std::string& name, v1::ExportSkillResponse* answer, const CallOptions& options) {
  v1::ExportSkillRequest request;
  request.set_name(name);
  return Unary(options, [&](grpc::ClientContext* context) { return catalog_->ExportSkill(context, request, answer); });
}

grpc::Status Client::ExportCatalog(v1::ExportCatalogRequest::Format format, v1::ExportCatalogResponse* answer,
                                   const CallOptions& options) {
  v1::ExportCatalogRequest request;
  request.set_format(format);
  return Unary(options,
               [&](grpc::ClientContext* context) { return catalog_->ExportCatalog(context, request, answer); });
}

grpc::Status Client::CancelRun(const std::string& name, v1::Run* run, const CallOptions& options) {
  v1::CancelRunRequest request;
  request.set_name(name);
  v1::CancelRunResponse answer;
  const grpc::Status status =
      Unary(options, [&](grpc::ClientContext* context) { return runs_->CancelRun(context, request, &answer); });
  run->Swap(answer.mutable_run());
  return status;
}

grpc::Status Client::GetRun(const std::string& name, v1::Run* run, const CallOptions& options) {
  v1::GetRunRequest request;
  request.set_name(name);
  v1::GetRunResponse answer;
  const grpc::Status status =
      Unary(options, [&](grpc::ClientContext* context) { return runs_->GetRun(context, request, &answer); });
  run->Swap(answer.mutable_run());
  return status;
}

grpc::Status Client::ListRuns(int most, v1::ListRunsResponse* answer, const CallOptions& options) {
  constexpr int kLargestPage = 1000;
  v1::ListRunsRequest request;
  answer->Clear();
  while (true) {
    request.set_page_size(std::clamp(most - answer->runs_size(), 1, kLargestPage));
    v1::ListRunsResponse page;
    const grpc::Status status =
        Unary(options, [&](grpc::ClientContext* context) { return runs_->ListRuns(context, request, &page); });
    if (!status.ok()) return status;
    answer->clear_next_page_token();
    answer->MergeFrom(page);
    if (answer->runs_size() >= most || page.next_page_token().empty()) return status;
    if (page.next_page_token() == request.page_token()) return EndlessPages();
    request.set_page_token(page.next_page_token());
  }
}

grpc::Status Client::GetCapabilities(v1::GetCapabilitiesResponse* answer, const CallOptions& options) {
  return Unary(options, [&](grpc::ClientContext* context) { return system_->GetCapabilities(context, {}, answer); });
}

grpc::Status Client::CheckHealth(const std::string& service, grpc::health::v1::HealthCheckResponse* answer,
                                 const CallOptions& options) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  return Unary(options, [&](grpc::ClientContext* context) { return health_->Check(context, request, answer); });
}

}  // namespace skillrunner::client

#include <functional>

#include "absl/strings/str_cat.h"
#include "api/context.h"
#include "api/handlers.h"
#include "rpc/errors.h"

namespace skillrunner::api {
namespace {

constexpr char kCatalog[] = "/itzamna.skillrunner.v1.CatalogService/";
constexpr char kRun[] = "/itzamna.skillrunner.v1.RunService/";
constexpr char kSystem[] = "/itzamna.skillrunner.v1.SystemService/";

template <class Request, class Response>
Task<grpc::Status> Unimplemented(const char* sentence, rpc::Call& /*call*/, Request /*request*/,
                                 Response* /*response*/) {
  co_return rpc::Unimplemented(sentence);
}

template <class Request, class Response>
Task<grpc::Status> UnimplementedStream(const char* sentence, rpc::Call& /*call*/, Request /*request*/,
                                       rpc::ResponseStream<Response>& /*responses*/) {
  co_return rpc::Unimplemented(sentence);
}

template <class Request, class Response>
Task<grpc::Status> UnimplementedBidi(const char* sentence, rpc::Call& /*call*/,
                                     rpc::RequestStream<Request>& /*requests*/,
                                     rpc::ResponseStream<Response>& /*responses*/) {
  co_return rpc::Unimplemented(sentence);
}

}  // namespace

void RegisterServices(rpc::Router& router, Context& context) {
  using std::bind_front;
  const auto catalog = [](const char* method) { return absl::StrCat(kCatalog, method); };
  router.Unary<v1::ListSkillsRequest, v1::ListSkillsResponse>(catalog("ListSkills"), bind_front(ListSkills, &context));
  router.Unary<v1::GetSkillRequest, v1::GetSkillResponse>(catalog("GetSkill"), bind_front(GetSkill, &context));
  router.Unary<v1::ListDocumentsRequest, v1::ListDocumentsResponse>(catalog("ListDocuments"),
                                                                    bind_front(ListDocuments, &context));
  router.Unary<v1::SearchSkillsRequest, v1::SearchSkillsResponse>(catalog("SearchSkills"),
                                                                  bind_front(SearchSkills, &context));
  router.Unary<v1::LintSkillRequest, v1::LintSkillResponse>(catalog("LintSkill"), bind_front(LintSkill, &context));
  router.ServerStream<v1::WatchCatalogRequest, v1::WatchCatalogResponse>(catalog("WatchCatalog"),
                                                                         bind_front(WatchCatalog, &context));

  router.ServerStream<v1::VerifySkillRequest, v1::VerifySkillResponse>(catalog("VerifySkill"),
                                                                       bind_front(VerifySkill, &context));
  router.Unary<v1::ExportSkillRequest, v1::ExportSkillResponse>(catalog("ExportSkill"),
                                                                bind_front(ExportSkill, &context));
  router.Unary<v1::ExportCatalogRequest, v1::ExportCatalogResponse>(catalog("ExportCatalog"),
                                                                    bind_front(ExportCatalog, &context));

  const auto run = [](const char* method) { return absl::StrCat(kRun, method); };
  router.ServerStream<v1::RunExampleRequest, v1::RunExampleResponse>(run("RunExample"),
                                                                     bind_front(RunExample, &context));
  router.ServerStream<v1::RunSourceRequest, v1::RunSourceResponse>(run("RunSource"), bind_front(RunSource, &context));
  router.ServerStream<v1::WatchRunRequest, v1::WatchRunResponse>(run("WatchRun"), bind_front(WatchRun, &context));
  router.Unary<v1::CancelRunRequest, v1::CancelRunResponse>(run("CancelRun"), bind_front(CancelRun, &context));
  router.Unary<v1::GetRunRequest, v1::GetRunResponse>(run("GetRun"), bind_front(GetRun, &context));
  router.Unary<v1::ListRunsRequest, v1::ListRunsResponse>(run("ListRuns"), bind_front(ListRuns, &context));
  router.Bidi<v1::AttachRunRequest, v1::AttachRunResponse>(
      run("AttachRun"), bind_front(UnimplementedBidi<v1::AttachRunRequest, v1::AttachRunResponse>,
                                   "this version has no interactive input; give stdin with RunExample or RunSource"));
  router.Unary<v1::WriteRunInputRequest, v1::WriteRunInputResponse>(
      run("WriteRunInput"),
      bind_front(Unimplemented<v1::WriteRunInputRequest, v1::WriteRunInputResponse>,
                 "this version has no interactive input; give stdin with RunExample or RunSource"));
  router.ServerStream<v1::ReadArtifactRequest, v1::ReadArtifactResponse>(
      run("ReadArtifact"), bind_front(UnimplementedStream<v1::ReadArtifactRequest, v1::ReadArtifactResponse>,
                                      "this version keeps no files of runs; print what you need"));

  router.Unary<v1::GetCapabilitiesRequest, v1::GetCapabilitiesResponse>(absl::StrCat(kSystem, "GetCapabilities"),
                                                                        bind_front(GetCapabilities, &context));
}

}  // namespace skillrunner::api

// One handler per RPC, each in the file of its name. Thin: they translate, and ask the catalogue and the runner.
#pragma once

#include <grpcpp/grpcpp.h>

#include "api/context.h"
#include "async/task.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "itzamna/skillrunner/v1/system.pb.h"
#include "rpc/call.h"

namespace skillrunner::api {

namespace v1 = ::itzamna::skillrunner::v1;

Task<grpc::Status> ListSkills(Context* context, rpc::Call& call, v1::ListSkillsRequest request,
                              v1::ListSkillsResponse* response);
Task<grpc::Status> GetSkill(Context* context, rpc::Call& call, v1::GetSkillRequest request,
                            v1::GetSkillResponse* response);
Task<grpc::Status> ListDocuments(Context* context, rpc::Call& call, v1::ListDocumentsRequest request,
                                 v1::ListDocumentsResponse* response);
Task<grpc::Status> LintSkill(Context* context, rpc::Call& call, v1::LintSkillRequest request,
                             v1::LintSkillResponse* response);
Task<grpc::Status> SearchSkills(Context* context, rpc::Call& call, v1::SearchSkillsRequest request,
                                v1::SearchSkillsResponse* response);
Task<grpc::Status> WatchCatalog(Context* context, rpc::Call& call, v1::WatchCatalogRequest request,
                                rpc::ResponseStream<v1::WatchCatalogResponse>& responses);
Task<grpc::Status> VerifySkill(Context* context, rpc::Call& call, v1::VerifySkillRequest request,
                               rpc::ResponseStream<v1::VerifySkillResponse>& responses);
Task<grpc::Status> ExportSkill(Context* context, rpc::Call& call, v1::ExportSkillRequest request,
                               v1::ExportSkillResponse* response);
Task<grpc::Status> ExportCatalog(Context* context, rpc::Call& call, v1::ExportCatalogRequest request,
                                 v1::ExportCatalogResponse* response);
Task<grpc::Status> RunExample(Context* context, rpc::Call& call, v1::RunExampleRequest request,
                              rpc::ResponseStream<v1::RunExampleResponse>& responses);
Task<grpc::Status> RunSource(Context* context, rpc::Call& call, v1::RunSourceRequest request,
                             rpc::ResponseStream<v1::RunSourceResponse>& responses);
Task<grpc::Status> WatchRun(Context* context, rpc::Call& call, v1::WatchRunRequest request,
                            rpc::ResponseStream<v1::WatchRunResponse>& responses);
Task<grpc::Status> CancelRun(Context* context, rpc::Call& call, v1::CancelRunRequest request,
                             v1::CancelRunResponse* response);
Task<grpc::Status> GetRun(Context* context, rpc::Call& call, v1::GetRunRequest request, v1::GetRunResponse* response);
Task<grpc::Status> ListRuns(Context* context, rpc::Call& call, v1::ListRunsRequest request,
                            v1::ListRunsResponse* response);
Task<grpc::Status> GetCapabilities(Context* context, rpc::Call& call, v1::GetCapabilitiesRequest request,
                                   v1::GetCapabilitiesResponse* response);

}  // namespace skillrunner::api

#include "rpc/server.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/alarm.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "test_server.h"

namespace skillrunner::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;
using ::testing::HasSubstr;

grpc::Status GetRun(TestServer& server, const std::string& name, std::string* result) {
  grpc::ClientContext context;
  v1::GetRunResponse response;
  const grpc::Status status = server.runs->GetRun(&context, GetRequest(name), &response);
  *result = response.run().name();
  return status;
}

// One unary call with raw bytes, by name.
grpc::Status CallRaw(TestServer& server, const std::string& method, const std::string& bytes) {
  grpc::GenericStub stub(server.channel);
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) continue;
  return status;
}

TEST(Server, AnswersAUnaryCall) {
  TestServer server;
  std::string name;
  const grpc::Status status = GetRun(server, "runs/1", &name);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(name, "runs/1");
}

TEST(Server, HandlersErrorArrivesWithItsDetails) {
  TestServer server;
  std::string name;
  const grpc::Status status = GetRun(server, "missing", &name);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "RESOURCE_NOT_FOUND");
}

TEST(Server, StreamsAllResponsesInOrder) {
  TestServer server;
  grpc::ClientContext context;
  auto reader = server.runs->WatchRun(&context, WatchRequest("end", 5000));
  v1::WatchRunResponse response;
  int64_t last = 0;
  while (reader->Read(&response)) {
    ASSERT_EQ(response.event().sequence(), last + 1);
    last = response.event().sequence();
  }
  const grpc::Status status = reader->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(last, 5000);
}

TEST(Server, StreamMayEndWithAnErrorBeforeAnyResponse) {
  TestServer server;
  grpc::ClientContext context;
  auto reader = server.runs->WatchRun(&context, WatchRequest("missing", 0));
  v1::WatchRunResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(Server, HeadersOfAStreamComeBeforeItsFirstResponse) {
  TestServer server;
  grpc::ClientContext context;
  auto reader = server.runs->WatchRun(&context, WatchRequest("wait", 0));
  reader->WaitForInitialMetadata();  // would hang: the handler sends nothing
  server.service.waiting.WaitFor(1);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Server, ClientsCancelRunsTheHookAndEndsTheHandler) {
  TestServer server;
  grpc::ClientContext context;
  auto reader = server.runs->WatchRun(&context, WatchRequest("wait", 3));
  v1::WatchRunResponse response;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->Read(&response));
  server.service.waiting.WaitFor(1);
  context.TryCancel();
  server.service.ended.WaitFor(1);
  EXPECT_EQ(server.service.cancel_hooks.value(), 1);
  EXPECT_EQ(server.service.deadlines_passed.value(), 0);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Server, DisconnectedClientCountsAsCancelled) {
  TestServer server;
  {
    auto channel = server.NewChannel();
    auto stub = v1::RunService::NewStub(channel);
    grpc::ClientContext context;
    auto reader = stub->WatchRun(&context, WatchRequest("wait", 1));
    v1::WatchRunResponse response;
    ASSERT_TRUE(reader->Read(&response));
    server.service.waiting.WaitFor(1);
  }
  server.service.ended.WaitFor(1);
  EXPECT_EQ(server.service.cancel_hooks.value(), 1);
}

TEST(Server, PassedDeadlineIsToldFromACancel) {
  TestServer server;
  for (const int timeout : {30, 300, 1234}) {
    grpc::ClientContext context;
    context.set_deadline(system_clock::now() + milliseconds(timeout));
    v1::GetRunResponse response;
    const grpc::Status status = server.runs->GetRun(&context, GetRequest("wait"), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  server.service.cancel_hooks.WaitFor(3);
  server.server->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server.service.deadlines_passed.value(), 3);
}

TEST(Server, CancelBeforeTheDeadlineIsNoPassedDeadline) {
  TestServer server;
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + std::chrono::hours(1));
  auto reader = server.runs->WatchRun(&context, WatchRequest("wait", 0));
  server.service.waiting.WaitFor(1);
  context.TryCancel();
  server.service.ended.WaitFor(1);
  EXPECT_EQ(server.service.deadlines_passed.value(), 0);
  reader->Finish();
}

TEST(Server, FailedWriteEndsTheHandler) {
  TestServer server;
  for (int i = 1; i <= 5; ++i) {
    grpc::ClientContext context;
    auto reader = server.runs->WatchRun(&context, WatchRequest("flood", 0));
    v1::WatchRunResponse response;
    ASSERT_TRUE(reader->Read(&response));
    context.TryCancel();
    reader->Finish();
    server.service.ended.WaitFor(i);
    EXPECT_EQ(server.service.failed_writes.value(), i);
  }
}

TEST(Server, ClientThatDoesNotReadHoldsUpOnlyItsOwnStream) {
  ServerOptions options;
  options.loops = 1;
  TestServer server(options);
  grpc::ClientContext context;
  auto reader = server.runs->WatchRun(&context, WatchRequest("flood", 0));
  server.service.waiting.WaitFor(1);
  auto channel = server.NewChannel();
  auto stub = v1::RunService::NewStub(channel);
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext other;
    v1::GetRunResponse response;
    EXPECT_TRUE(stub->GetRun(&other, GetRequest("runs/2"), &response).ok());
  }
  context.TryCancel();
  reader->Finish();
  server.service.ended.WaitFor(1);
}

TEST(Server, BidiStreamEchoesUntilTheClientIsDone) {
  TestServer server;
  grpc::ClientContext context;
  auto stream = server.runs->AttachRun(&context);
  for (int i = 0; i < 100; ++i) {
    v1::AttachRunRequest request;
    request.set_stdin("line " + std::to_string(i));
    ASSERT_TRUE(stream->Write(request));
    v1::AttachRunResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.event().output().data(), request.stdin());
  }
  stream->WritesDone();
  v1::AttachRunResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST(Server, BidiHandlerMayEndWhileItsReaderWaits) {
  TestServer server;
  grpc::ClientContext context;
  auto stream = server.runs->AttachRun(&context);
  v1::AttachRunRequest request;
  request.set_close_stdin(true);
  ASSERT_TRUE(stream->Write(request));
  v1::AttachRunResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
  server.server->Shutdown(absl::InfiniteDuration());  // would hang if the reader's tag were lost
}

TEST(Server, ThousandConcurrentCallsAllEnd) {
  TestServer server;
  constexpr int kCalls = 1000;
  struct Pending {
    grpc::ClientContext context;
    v1::GetRunResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetRunResponse>> reader;
  };
  std::vector<Pending> calls(kCalls);
  std::vector<std::shared_ptr<grpc::Channel>> channels = {server.NewChannel(), server.NewChannel(),
                                                          server.NewChannel()};
  grpc::CompletionQueue queue;
  for (int i = 0; i < kCalls; ++i) {
    Pending& call = calls[static_cast<size_t>(i)];
    auto stub = v1::RunService::NewStub(channels[static_cast<size_t>(i) % channels.size()]);
    call.reader = stub->AsyncGetRun(&call.context, GetRequest("runs/" + std::to_string(i)), &queue);
    call.reader->Finish(&call.response, &call.status, &call);
  }
  for (int i = 0; i < kCalls; ++i) {
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
  }
  for (int i = 0; i < kCalls; ++i) {
    const Pending& call = calls[static_cast<size_t>(i)];
    EXPECT_TRUE(call.status.ok()) << call.status.error_message();
    EXPECT_EQ(call.response.run().name(), "runs/" + std::to_string(i));
  }
}

TEST(Server, ThousandOpenStreamsAreCancelledByTheirClients) {
  TestServer server;
  constexpr int kStreams = 1000;
  {
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>>> readers;
    for (int i = 0; i < kStreams; ++i) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      readers.push_back(server.runs->WatchRun(contexts.back().get(), WatchRequest("wait", 1)));
    }
    server.service.waiting.WaitFor(kStreams);
    for (auto& context : contexts) context->TryCancel();
    for (auto& reader : readers) reader->Finish();
  }
  server.service.ended.WaitFor(kStreams);
  EXPECT_EQ(server.service.cancel_hooks.value(), kStreams);
}

TEST(Server, UnknownMethodIsRefusedWithNearNames) {
  TestServer server;
  const grpc::Status status = CallRaw(server, "/itzamna.skillrunner.v1.RunService/GetRuns", "");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(status.error_message(), HasSubstr("/itzamna.skillrunner.v1.RunService/GetRun "));
}

TEST(Server, MalformedRequestIsAnInvalidArgument) {
  TestServer server;
  const grpc::Status status = CallRaw(server, "/itzamna.skillrunner.v1.RunService/GetRun", "\xff\xff\xff not protobuf");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("itzamna.skillrunner.v1.GetRunRequest"));
}

TEST(Server, MalformedRequestOfAStreamIsAnInvalidArgument) {
  TestServer server;
  const std::string bytes = "\xff\xff\xff not protobuf";
  EXPECT_EQ(CallRaw(server, "/itzamna.skillrunner.v1.RunService/WatchRun", bytes).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(CallRaw(server, "/itzamna.skillrunner.v1.RunService/AttachRun", bytes).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Server, TooLongRequestEndsOnlyItsCall) {
  ServerOptions options;
  options.max_receive_bytes = 1000;
  TestServer server(options);
  std::string name;
  EXPECT_EQ(GetRun(server, std::string(2000, 'x'), &name).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(GetRun(server, std::string(900, 'x'), &name).ok());
}

TEST(Server, CompressedRequestsAreRefused) {
  ServerOptions options;
  options.max_receive_bytes = 100'000;
  TestServer server(options);
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::GetRunResponse response;
  const grpc::Status status = server.runs->GetRun(&context, GetRequest(std::string(20'000'000, 'x')), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
}

TEST(Server, SecondServerOnTheSamePortSaysWhy) {
  TestServer first;
  ServerOptions options;
  options.address = first.address();
  HealthRegistry health;
  const absl::StatusOr<std::unique_ptr<Server>> second = Server::Start(options, Router(), health);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(second.status().message(),
            "cannot listen on " + first.address() + ": address already in use (is another skill-runner running?)");
}

}  // namespace
}  // namespace skillrunner::rpc

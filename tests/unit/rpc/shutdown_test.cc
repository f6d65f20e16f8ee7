// How a server ends while calls are open.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "test_server.h"

namespace skillrunner::rpc {
namespace {

struct OpenStream {
  OpenStream(TestServer& server, const std::string& name, int64_t events)
      : reader(server.runs->WatchRun(&context, WatchRequest(name, events))) {}
  // Reads what is left: Finish() waits for it.
  grpc::Status Finish() {
    v1::WatchRunResponse response;
    while (reader->Read(&response)) continue;
    return reader->Finish();
  }
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>> reader;
};

TEST(Shutdown, WithoutCallsEndsAtOnceWhateverTheGrace) {
  TestServer server;
  server.server->Shutdown(absl::InfiniteDuration());
}

TEST(Shutdown, WithoutGraceCancelsOpenStreams) {
  TestServer server;
  std::vector<std::unique_ptr<OpenStream>> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(std::make_unique<OpenStream>(server, "wait", 1));
  server.service.waiting.WaitFor(20);
  server.server->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server.service.ended.value(), 20);
  EXPECT_EQ(server.service.cancel_hooks.value(), 20);
  for (auto& stream : streams) EXPECT_FALSE(stream->Finish().ok());
}

TEST(Shutdown, CancelsStreamsWhoseClientsDoNotRead) {
  TestServer server;
  OpenStream stream(server, "flood", 0);
  server.service.waiting.WaitFor(1);
  server.server->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server.service.failed_writes.value(), 1);
  EXPECT_FALSE(stream.Finish().ok());
}

TEST(Shutdown, LetsStreamsFinishWithinTheGrace) {
  TestServer server;
  OpenStream stream(server, "drain", 1);
  server.service.waiting.WaitFor(1);
  server.server->Shutdown(absl::InfiniteDuration());
  std::vector<int64_t> sequences;
  v1::WatchRunResponse response;
  while (stream.reader->Read(&response)) sequences.push_back(response.event().sequence());
  EXPECT_THAT(sequences, testing::ElementsAre(1, -1));
  const grpc::Status status = stream.reader->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(server.service.cancel_hooks.value(), 0);
}

TEST(Shutdown, CancelsWhatIsStillOpenAfterTheGrace) {
  TestServer server;
  OpenStream stubborn(server, "wait", 0);
  server.service.waiting.WaitFor(1);
  const absl::Time begin = absl::Now();
  server.server->Shutdown(absl::Milliseconds(200));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(200));
  EXPECT_EQ(server.service.cancel_hooks.value(), 1);
  EXPECT_FALSE(stubborn.Finish().ok());
}

TEST(Shutdown, RefusesNewCallsWhileOldOnesGoOn) {
  TestServer server;
  OpenStream open(server, "wait", 1);
  server.service.waiting.WaitFor(1);
  std::thread shutdown([&server] { server.server->Shutdown(absl::InfiniteDuration()); });
  grpc::Status status;
  while (status.ok()) {
    grpc::ClientContext context;
    v1::GetRunResponse response;
    status = server.runs->GetRun(&context, GetRequest("runs/1"), &response);
  }
  for (int i = 0; i < 100; ++i) {
    grpc::ClientContext context;
    v1::GetRunResponse response;
    status = server.runs->GetRun(&context, GetRequest("runs/1"), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    google::rpc::Status details;
    ASSERT_TRUE(details.ParseFromString(status.error_details()));
    google::rpc::RetryInfo retry;
    EXPECT_TRUE(details.details(1).UnpackTo(&retry));
  }
  EXPECT_EQ(server.service.cancel_hooks.value(), 0);
  open.context.TryCancel();
  shutdown.join();
  EXPECT_EQ(open.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Shutdown, WaitsForReflectionAndHealthStreamsOnlyUntilTheyEndThemselves) {
  TestServer server;
  grpc::ClientContext context;
  auto watch = server.health_stub->Watch(&context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  server.server->Shutdown(absl::InfiniteDuration());
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(Shutdown, TwiceAndFromTwoThreadsIsOnce) {
  TestServer server;
  OpenStream stream(server, "wait", 0);
  server.service.waiting.WaitFor(1);
  std::thread other([&server] { server.server->Shutdown(absl::Milliseconds(50)); });
  server.server->Shutdown(absl::Milliseconds(50));
  other.join();
  server.server->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server.service.ended.value(), 1);
  EXPECT_FALSE(stream.Finish().ok());
}

TEST(Shutdown, UnderLoadLosesNoCall) {
  for (int round = 0; round < 5; ++round) {
    TestServer server;
    std::vector<std::thread> clients;
    Count answered;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&server, &answered] {
        auto stub = v1::RunService::NewStub(server.NewChannel());
        grpc::Status status;
        while (status.ok()) {
          grpc::ClientContext context;
          v1::GetRunResponse response;
          status = stub->GetRun(&context, GetRequest("runs/1"), &response);
          answered.Raise();
        }
        // Every call ends: with its answer, refused, or cut off by the end of its connection.
        EXPECT_TRUE(status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                    status.error_code() == grpc::StatusCode::CANCELLED)
            << status.error_code() << " " << status.error_message();
      });
    }
    answered.WaitFor(200);
    server.server->Shutdown(absl::Milliseconds(100));
    for (std::thread& client : clients) client.join();
  }
}

}  // namespace
}  // namespace skillrunner::rpc

#include "rpc/health_service.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "test_server.h"

namespace skillrunner::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckRequest RequestFor(const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return request;
}

struct Watcher {
  Watcher(TestServer& server, const std::string& service)
      : reader(server.health_stub->Watch(&context, RequestFor(service))) {}
  HealthCheckResponse::ServingStatus Next() {
    HealthCheckResponse response;
    return reader->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
  }
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader;
};

TEST(Health, CheckTellsTheStatusOfKnownServices) {
  TestServer server;
  grpc::ClientContext context;
  HealthCheckResponse response;
  const grpc::Status status =
      server.health_stub->Check(&context, RequestFor("itzamna.skillrunner.v1.RunService"), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
}

TEST(Health, CheckOfAnUnknownServiceIsNotFound) {
  TestServer server;
  grpc::ClientContext context;
  HealthCheckResponse response;
  EXPECT_EQ(server.health_stub->Check(&context, RequestFor("nobody"), &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST(Health, WatchSendsEveryStatusThatLasts) {
  TestServer server;
  Watcher watcher(server, "later");
  EXPECT_EQ(watcher.Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  server.health.Set("later", HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(watcher.Next(), HealthCheckResponse::NOT_SERVING);
  server.health.Set("other", HealthCheckResponse::SERVING);  // no message for it
  server.health.Set("later", HealthCheckResponse::SERVING);
  EXPECT_EQ(watcher.Next(), HealthCheckResponse::SERVING);
  watcher.context.TryCancel();
  EXPECT_EQ(watcher.reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST(Health, WatchersComeAndGoWhileStatusesChange) {
  TestServer server;
  std::vector<std::thread> clients;
  std::atomic<bool> stop = false;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&server] {
      for (int k = 0; k < 30; ++k) {
        Watcher watcher(server, "");
        EXPECT_NE(watcher.Next(), HealthCheckResponse::UNKNOWN);
        watcher.context.TryCancel();
        watcher.reader->Finish();
      }
    });
  }
  std::thread changer([&server, &stop] {
    for (int i = 0; !stop.load(); ++i) {
      server.health.Set("", i % 2 == 0 ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
      std::this_thread::yield();
    }
  });
  for (std::thread& client : clients) client.join();
  stop.store(true);
  changer.join();
}

TEST(HealthRegistry, NothingServesAgainAfterDrain) {
  HealthRegistry registry;
  registry.Set("", HealthCheckResponse::SERVING);
  registry.Drain();
  registry.Set("", HealthCheckResponse::SERVING);
  EXPECT_EQ(registry.Get(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(registry.Get("nobody"), std::nullopt);
}

}  // namespace
}  // namespace skillrunner::rpc

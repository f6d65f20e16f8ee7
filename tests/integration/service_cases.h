// A test over every identity a service can run as here.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "itzamna/skillrunner/v1/catalog.grpc.pb.h"
#include "itzamna/skillrunner/v1/run.grpc.pb.h"
#include "itzamna/skillrunner/v1/system.grpc.pb.h"
#include "testing/processes.h"
#include "testing/run_client.h"
#include "testing/service.h"

namespace skillrunner::testing {

class ServiceFixture : public ::testing::Test {
 protected:
  void Start(const ServiceOptions& options) {
    service_ = std::make_unique<Service>(options);
    channel_ = service_->NewChannel();
    runs_ = v1::RunService::NewStub(channel_);
    catalog_ = v1::CatalogService::NewStub(channel_);
    system_ = v1::SystemService::NewStub(channel_);
  }
  void TearDown() override {
    if (HasFailure() && service_ != nullptr)
      std::fprintf(stderr, "--- log of the service ---\n%s", service_->Log().c_str());
  }

  Service& service() { return *service_; }
  v1::RunService::Stub& runs() { return *runs_; }
  v1::CatalogService::Stub& catalog() { return *catalog_; }
  v1::SystemService::Stub& system() { return *system_; }

  std::unique_ptr<Service> service_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::RunService::Stub> runs_;
  std::unique_ptr<v1::CatalogService::Stub> catalog_;
  std::unique_ptr<v1::SystemService::Stub> system_;
};

inline std::string IdentityCase(const ::testing::TestParamInfo<Identity>& identity) {
  return IdentityName(identity.param);
}

class ServiceCase : public ServiceFixture, public ::testing::WithParamInterface<Identity> {
 protected:
  // Starts a service with these options, as the identity of the test.
  void StartService(ServiceOptions options = {}) {
    options.identity = GetParam();
    Start(options);
  }
};

// Who the service is, and the strongest isolation level it may use.
struct Stand {
  Identity identity = Identity::kUnprivileged;
  std::string isolation = "auto";
};

// A case of the sandbox: at every level that can be had here, as every identity.
class SandboxCase : public ServiceFixture, public ::testing::WithParamInterface<Stand> {
 protected:
  void StartService(ServiceOptions options = {}) {
    options.identity = GetParam().identity;
    options.flags.push_back("--isolation=" + GetParam().isolation);
    Start(options);
  }
};

inline std::vector<Stand> EveryStand(const std::vector<std::string>& ceilings) {
  std::vector<Stand> stands;
  for (const Identity identity : PossibleIdentities()) {
    for (const std::string& ceiling : ceilings) {
      // Which needs a cgroup, that only root can make where nobody delegated one.
      if (ceiling == "full" && identity != Identity::kRoot) continue;
      stands.push_back({identity, ceiling});
    }
  }
  return stands;
}

inline std::string StandCase(const ::testing::TestParamInfo<Stand>& stand) {
  return IdentityName(stand.param.identity) + "_" + stand.param.isolation;
}

#define AT_LEVELS(Suite, ...)                                                                                 \
  INSTANTIATE_TEST_SUITE_P(At, Suite, ::testing::ValuesIn(::skillrunner::testing::EveryStand({__VA_ARGS__})), \
                           ::skillrunner::testing::StandCase)

#define FOR_EVERY_IDENTITY(Suite)                                                                        \
  INSTANTIATE_TEST_SUITE_P(As, Suite, ::testing::ValuesIn(::skillrunner::testing::PossibleIdentities()), \
                           ::skillrunner::testing::IdentityCase)

}  // namespace skillrunner::testing

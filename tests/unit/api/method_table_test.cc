// Every method of every described service is served, and nothing else: gRPC would let calls of a forgotten one hang.
#include <gmock/gmock.h>

#include "api/context.h"
#include "rpc/descriptor_set.h"
#include "rpc/health_service.h"
#include "rpc/reflection_service.h"

namespace skillrunner {
namespace {

TEST(MethodTable, EqualsTheDescriptors) {
  Reactor reactor;
  Runner runner(reactor, {});
  const api::CurrentCatalog catalog(catalog::LoadSnapshot({}));
  Runtimes runtimes({.python = "", .node = "", .bash = ""});
  api::Context context{.runner = runner,
                       .catalog = catalog,
                       .runtimes = runtimes,
                       .default_limits = {},
                       .max_limits = {},
                       .version = ""};
  const auto descriptors = rpc::DescriptorSet::Embedded();
  ASSERT_TRUE(descriptors.ok()) << descriptors.status();
  rpc::HealthRegistry health;
  rpc::Router router;
  api::RegisterServices(router, context);
  rpc::RegisterHealthService(router, health);
  rpc::RegisterReflectionServices(router, *descriptors);
  EXPECT_THAT(rpc::MissingMethods(router, *descriptors), ::testing::IsEmpty());
  EXPECT_THAT(rpc::UndescribedMethods(router, *descriptors), ::testing::IsEmpty());
}

}  // namespace
}  // namespace skillrunner

#include "rpc/router.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.pb.h"
#include "rpc/descriptor_set.h"
#include "rpc/health_service.h"
#include "rpc/reflection_service.h"

namespace skillrunner::rpc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Request = grpc::health::v1::HealthCheckRequest;
using Response = grpc::health::v1::HealthCheckResponse;

Task<grpc::Status> Nothing(Call& /*call*/, Request /*request*/, Response* /*response*/) {
  co_return grpc::Status::OK;
}

TEST(Router, ListsMethodsAndServicesSorted) {
  Router router;
  router.Unary<Request, Response>("/b.Service/Two", Nothing);
  router.Unary<Request, Response>("/b.Service/One", Nothing);
  router.Unary<Request, Response>("/a.Service/One", Nothing);
  EXPECT_THAT(router.methods(), ElementsAre("/a.Service/One", "/b.Service/One", "/b.Service/Two"));
  EXPECT_THAT(router.services(), ElementsAre("a.Service", "b.Service"));
  EXPECT_NE(router.Find("/a.Service/One"), nullptr);
  EXPECT_EQ(router.Find("/a.Service/Two"), nullptr);
}

TEST(Router, UnknownMethodNamesTheNearestAndEscapesWhatWasAsked) {
  Router router;
  router.Unary<Request, Response>("/pkg.Service/SayHello", Nothing);
  const grpc::Status status = router.UnknownMethod("/pkg.Service/SayHelo");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(), "no method /pkg.Service/SayHelo here; did you mean /pkg.Service/SayHello?");
  EXPECT_EQ(router.UnknownMethod("\n").error_message(), "no method \\n here");
}

TEST(RouterDeathTest, RefusesDuplicatesAndNamesThatAreNone) {
  Router router;
  router.Unary<Request, Response>("/pkg.Service/One", Nothing);
  EXPECT_DEATH((router.Unary<Request, Response>("/pkg.Service/One", Nothing)), "");
  EXPECT_DEATH((router.Unary<Request, Response>("pkg.Service/Two", Nothing)), "");
  EXPECT_DEATH((router.Unary<Request, Response>("/pkg.Service/", Nothing)), "");
}

TEST(DescriptorSet, ComparesTheTableWithTheDescriptors) {
  const absl::StatusOr<DescriptorSet> descriptors = DescriptorSet::Embedded();
  ASSERT_TRUE(descriptors.ok()) << descriptors.status();
  Router router;
  HealthRegistry health;
  RegisterHealthService(router, health);
  RegisterReflectionServices(router, *descriptors);
  EXPECT_THAT(UndescribedMethods(router, *descriptors), IsEmpty());
  const std::vector<std::string> missing = MissingMethods(router, *descriptors);
  EXPECT_THAT(missing, Contains("/itzamna.skillrunner.v1.RunService/RunExample"));
  EXPECT_THAT(missing, Not(Contains(StartsWith("/grpc."))));
  router.Unary<Request, Response>("/pkg.Service/One", Nothing);
  EXPECT_THAT(UndescribedMethods(router, *descriptors), ElementsAre("/pkg.Service/One"));
}

TEST(DescriptorSet, RefusesBytesThatAreNone) {
  EXPECT_FALSE(DescriptorSet::Parse("\xff\xff\xff").ok());
}

}  // namespace
}  // namespace skillrunner::rpc

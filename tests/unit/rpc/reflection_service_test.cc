#include "rpc/reflection_service.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "test_server.h"

namespace skillrunner::rpc {
namespace {

using ::testing::ElementsAre;

struct V1 {
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  using Service = grpc::reflection::v1::ServerReflection;
};
struct V1Alpha {
  using Request = grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = grpc::reflection::v1alpha::ServerReflectionResponse;
  using Service = grpc::reflection::v1alpha::ServerReflection;
};

template <class Version>
class Reflection : public ::testing::Test {
 protected:
  using Request = typename Version::Request;
  using Response = typename Version::Response;

  ~Reflection() override {
    stream_->WritesDone();
    const grpc::Status status = stream_->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  Response Ask(const Request& request) {
    Response response;
    EXPECT_TRUE(stream_->Write(request));
    EXPECT_TRUE(stream_->Read(&response));
    EXPECT_EQ(response.valid_host(), request.host());
    EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
    return response;
  }

  std::vector<google::protobuf::FileDescriptorProto> AskForSymbol(const std::string& symbol) {
    Request request;
    request.set_file_containing_symbol(symbol);
    return Files(Ask(request));
  }

  static std::vector<google::protobuf::FileDescriptorProto> Files(const Response& response) {
    std::vector<google::protobuf::FileDescriptorProto> files;
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      EXPECT_TRUE(files.emplace_back().ParseFromString(bytes));
    }
    return files;
  }

  TestServer server_;
  std::unique_ptr<typename Version::Service::Stub> stub_ = Version::Service::NewStub(server_.channel);
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_ = stub_->ServerReflectionInfo(&context_);
};

using Versions = ::testing::Types<V1, V1Alpha>;
TYPED_TEST_SUITE(Reflection, Versions);

TYPED_TEST(Reflection, ListsExactlyTheServedServices) {
  typename TypeParam::Request request;
  request.set_host("example.org");
  request.set_list_services("*");
  const auto response = this->Ask(request);
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
  EXPECT_THAT(names, ElementsAre("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                 "grpc.reflection.v1alpha.ServerReflection", "itzamna.skillrunner.v1.RunService"));
}

TYPED_TEST(Reflection, FindsFilesOfSymbolsOfEveryKind) {
  for (const char* symbol :
       {"itzamna.skillrunner.v1.RunService", "itzamna.skillrunner.v1.RunService.GetRun", "itzamna.skillrunner.v1.Run",
        "itzamna.skillrunner.v1.Run.State", "itzamna.skillrunner.v1.Run.name",
        "itzamna.skillrunner.v1.Run.STATE_QUEUED", "itzamna.skillrunner.v1.RunEvent.event",
        "itzamna.skillrunner.v1.RunFinished.EvidenceEntry"}) {
    const auto files = this->AskForSymbol(symbol);
    ASSERT_FALSE(files.empty()) << symbol;
    EXPECT_EQ(files.front().name(), "itzamna/skillrunner/v1/run.proto") << symbol;
  }
}

TYPED_TEST(Reflection, FilesCarryCommentsAndComeWithAllTheirImports) {
  for (const char* service : {"grpc.health.v1.Health", "itzamna.skillrunner.v1.RunService"}) {
    const auto files = this->AskForSymbol(service);
    ASSERT_FALSE(files.empty());
    bool comments = false;
    for (const auto& location : files.front().source_code_info().location()) {
      comments = comments || !location.leading_comments().empty();
    }
    EXPECT_TRUE(comments) << service;
    std::set<std::string> names;
    for (const auto& file : files) EXPECT_TRUE(names.insert(file.name()).second);
    for (const auto& file : files) {
      for (const std::string& dependency : file.dependency()) EXPECT_EQ(names.count(dependency), 1u) << dependency;
    }
  }
}

TYPED_TEST(Reflection, FindsFilesByName) {
  typename TypeParam::Request request;
  request.set_file_by_filename("google/protobuf/duration.proto");
  const auto files = this->Files(this->Ask(request));
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files.front().package(), "google.protobuf");
}

TYPED_TEST(Reflection, AnswersWithErrorsAndGoesOn) {
  typename TypeParam::Request request;
  EXPECT_EQ(this->Ask(request).error_response().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_file_by_filename("no/such.proto");
  EXPECT_EQ(this->Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_file_containing_symbol("no.Such");
  EXPECT_EQ(this->Ask(request).error_response().error_message(), "not found: no.Such");
  request.mutable_file_containing_extension()->set_containing_type("itzamna.skillrunner.v1.Run");
  request.mutable_file_containing_extension()->set_extension_number(1000);
  EXPECT_EQ(this->Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("no.Such");
  EXPECT_EQ(this->Ask(request).error_response().error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_all_extension_numbers_of_type("itzamna.skillrunner.v1.Run");
  const auto numbers = this->Ask(request);
  EXPECT_EQ(numbers.all_extension_numbers_response().base_type_name(), "itzamna.skillrunner.v1.Run");
  EXPECT_EQ(numbers.all_extension_numbers_response().extension_number_size(), 0);
}

}  // namespace
}  // namespace skillrunner::rpc

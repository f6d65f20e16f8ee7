#include "rpc/reflection_service.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace skillrunner::rpc {
namespace {

constexpr char kV1[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kV1Alpha[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// What the answers come from; one for both versions.
struct Source {
  const DescriptorSet* descriptors;
  std::vector<std::string> services;
};

// A symbol or name as a client sent it, for an error message.
std::string Shown(const std::string& name) {
  return ReplaceInvalidUtf8(name.substr(0, 200));
}

template <class Response>
void SetError(grpc::StatusCode code, const std::string& message, Response* response) {
  response->mutable_error_response()->set_error_code(code);
  response->mutable_error_response()->set_error_message(message);
}

template <class Response>
void SetFile(const Source& source, const google::protobuf::FileDescriptor* file, const std::string& wanted,
             Response* response) {
  if (file == nullptr) {
    SetError(grpc::StatusCode::NOT_FOUND, absl::StrCat("not found: ", Shown(wanted)), response);
    return;
  }
  for (std::string& bytes : source.descriptors->WithImports(*file)) {
    response->mutable_file_descriptor_response()->add_file_descriptor_proto(std::move(bytes));
  }
}

template <class Response>
void SetExtensionNumbers(const google::protobuf::DescriptorPool& pool, const std::string& type, Response* response) {
  const google::protobuf::Descriptor* descriptor = pool.FindMessageTypeByName(type);
  if (descriptor == nullptr) {
    SetError(grpc::StatusCode::NOT_FOUND, absl::StrCat("not found: ", Shown(type)), response);
    return;
  }
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool.FindAllExtensions(descriptor, &extensions);
  auto* numbers = response->mutable_all_extension_numbers_response();
  numbers->set_base_type_name(type);
  for (const google::protobuf::FieldDescriptor* extension : extensions)
    numbers->add_extension_number(extension->number());
}

template <class Request, class Response>
Response Answer(const Source& source, const Request& request) {
  const google::protobuf::DescriptorPool& pool = source.descriptors->pool();
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      SetFile(source, pool.FindFileByName(request.file_by_filename()), request.file_by_filename(), &response);
      break;
    case Request::kFileContainingSymbol:
      SetFile(source, pool.FindFileContainingSymbol(request.file_containing_symbol()), request.file_containing_symbol(),
              &response);
      break;
    case Request::kFileContainingExtension: {
      const auto& wanted = request.file_containing_extension();
      const google::protobuf::Descriptor* type = pool.FindMessageTypeByName(wanted.containing_type());
      const google::protobuf::FieldDescriptor* extension =
          type == nullptr ? nullptr : pool.FindExtensionByNumber(type, wanted.extension_number());
      SetFile(source, extension == nullptr ? nullptr : extension->file(),
              absl::StrCat("extension ", wanted.extension_number(), " of ", wanted.containing_type()), &response);
      break;
    }
    case Request::kAllExtensionNumbersOfType:
      SetExtensionNumbers(pool, request.all_extension_numbers_of_type(), &response);
      break;
    case Request::kListServices:
      for (const std::string& service : source.services) {
        response.mutable_list_services_response()->add_service()->set_name(service);
      }
      break;
    case Request::MESSAGE_REQUEST_NOT_SET:
      SetError(grpc::StatusCode::INVALID_ARGUMENT, "the request asks for nothing", &response);
      break;
  }
  return response;
}

template <class Request, class Response>
Task<grpc::Status> Reflect(std::shared_ptr<const Source> source, Call& call, RequestStream<Request>& requests,
                           ResponseStream<Response>& responses) {
  call.OnDrain([&requests] { requests.Close(); });
  while (true) {
    const std::optional<Request> request = co_await requests.Read();
    if (!request) break;
    const Response response = Answer<Request, Response>(*source, *request);
    const bool alive = co_await responses.Write(response);
    if (!alive) break;
  }
  co_return grpc::Status::OK;
}

template <class Request, class Response>
void Register(Router& router, const char* method, std::shared_ptr<const Source> source) {
  router.Bidi<Request, Response>(method, std::bind_front(Reflect<Request, Response>, std::move(source)));
}

}  // namespace

void RegisterReflectionServices(Router& router, const DescriptorSet& descriptors) {
  std::vector<std::string> services = router.services();
  services.insert(services.end(), {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"});
  std::sort(services.begin(), services.end());
  const auto source = std::make_shared<const Source>(Source{&descriptors, std::move(services)});

  namespace v1 = grpc::reflection::v1;
  namespace v1alpha = grpc::reflection::v1alpha;
  Register<v1::ServerReflectionRequest, v1::ServerReflectionResponse>(router, kV1, source);
  Register<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>(router, kV1Alpha, source);
}

}  // namespace skillrunner::rpc

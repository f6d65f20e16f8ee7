// The descriptors of every service and message of the API, with the comments of the .proto files, as protoc wrote them
// at build time (generated code carries descriptors without comments). Immutable: any thread may use it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "rpc/router.h"

namespace skillrunner::rpc {

class DescriptorSet {
 public:
  // The set that is linked into this program.
  static absl::StatusOr<DescriptorSet> Embedded();
  // From a serialised FileDescriptorSet in which every file comes after its imports.
  static absl::StatusOr<DescriptorSet> Parse(absl::string_view bytes);

  // For look-ups by name.
  const google::protobuf::DescriptorPool& pool() const { return *pool_; }
  // The serialised FileDescriptorProtos of `file`, first, and of everything it imports, directly or not.
  std::vector<std::string> WithImports(const google::protobuf::FileDescriptor& file) const;
  // Full names ("/pkg.Service/Method") of all methods of all services, sorted.
  std::vector<std::string> methods() const;

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_ = std::make_unique<google::protobuf::DescriptorPool>();
  std::map<std::string, std::string> files_;  // by name: as given, because the pool drops the comments
};

// Methods that are described but not served, and served but not described: both empty in a complete server.
std::vector<std::string> MissingMethods(const Router& router, const DescriptorSet& descriptors);
std::vector<std::string> UndescribedMethods(const Router& router, const DescriptorSet& descriptors);

}  // namespace skillrunner::rpc

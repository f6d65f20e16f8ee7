#include "rpc/descriptor_set.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"

asm(R"(
  .pushsection .rodata
  .global skillrunner_descriptor_set_begin
  .hidden skillrunner_descriptor_set_begin
  .global skillrunner_descriptor_set_end
  .hidden skillrunner_descriptor_set_end
skillrunner_descriptor_set_begin:
  .incbin ")" SKILLRUNNER_DESCRIPTOR_SET R"("
skillrunner_descriptor_set_end:
  .byte 0
  .popsection
)");
extern "C" const char skillrunner_descriptor_set_begin[];
extern "C" const char skillrunner_descriptor_set_end[];

namespace skillrunner::rpc {
namespace {

std::vector<std::string> Without(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  std::vector<std::string> left;
  std::set_difference(names.begin(), names.end(), others.begin(), others.end(), std::back_inserter(left));
  return left;
}

}  // namespace

absl::StatusOr<DescriptorSet> DescriptorSet::Embedded() {
  const char* begin = skillrunner_descriptor_set_begin;
  const char* end = skillrunner_descriptor_set_end;
  return Parse(absl::string_view(begin, static_cast<size_t>(end - begin)));
}

absl::StatusOr<DescriptorSet> DescriptorSet::Parse(absl::string_view bytes) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a FileDescriptorSet");
  }
  DescriptorSet result;
  for (const google::protobuf::FileDescriptorProto& file : set.file()) {
    if (result.pool_->BuildFile(file) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("the descriptor of ", file.name(), " is invalid"));
    }
    result.files_[file.name()] = file.SerializeAsString();
  }
  return result;
}

std::vector<std::string> DescriptorSet::WithImports(const google::protobuf::FileDescriptor& file) const {
  std::vector<const google::protobuf::FileDescriptor*> found = {&file};
  std::set<const google::protobuf::FileDescriptor*> seen = {&file};
  std::vector<std::string> result;
  for (size_t i = 0; i < found.size(); ++i) {
    result.push_back(files_.at(found[i]->name()));
    for (int k = 0; k < found[i]->dependency_count(); ++k) {
      if (seen.insert(found[i]->dependency(k)).second) found.push_back(found[i]->dependency(k));
    }
  }
  return result;
}

std::vector<std::string> DescriptorSet::methods() const {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files_) {
    const google::protobuf::FileDescriptor* file = pool_->FindFileByName(name);
    for (int s = 0; s < file->service_count(); ++s) {
      const google::protobuf::ServiceDescriptor* service = file->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        names.push_back(absl::StrCat("/", service->full_name(), "/", service->method(m)->name()));
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> MissingMethods(const Router& router, const DescriptorSet& descriptors) {
  return Without(descriptors.methods(), router.methods());
}

std::vector<std::string> UndescribedMethods(const Router& router, const DescriptorSet& descriptors) {
  return Without(router.methods(), descriptors.methods());
}

}  // namespace skillrunner::rpc

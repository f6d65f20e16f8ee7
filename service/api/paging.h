// Page sizes and tokens of list calls. A token is the name of the last resource of the page before.
#pragma once

#include <google/protobuf/message_lite.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "rpc/errors.h"

namespace skillrunner::api {

inline constexpr int kLargestPage = 1000;

// The page size to use; adds a violation for one that is out of range.
inline size_t PageSize(int requested, int default_size, std::vector<rpc::FieldViolation>* violations) {
  if (requested < 0 || requested > kLargestPage) {
    violations->push_back({"page_size", absl::StrCat("must be 0 to ", kLargestPage, ", not ", requested)});
  }
  return static_cast<size_t>(requested == 0 ? default_size : requested);
}

// How much goes into a page, whatever its size was asked to be: clients of gRPC take 4 MiB unless they say otherwise.
// What is larger by itself is a page of its own.
class PageBytes {
 public:
  explicit PageBytes(size_t most = 3 << 20) : most_(most) {}
  // The page goes on with one more of `item`'s size.
  bool Takes(const google::protobuf::MessageLite& item) {
    bytes_ += item.ByteSizeLong();
    return bytes_ <= most_ || bytes_ == item.ByteSizeLong();
  }

 private:
  const size_t most_;
  size_t bytes_ = 0;
};

}  // namespace skillrunner::api

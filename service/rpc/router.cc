#include "rpc/router.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/near_names.h"

namespace skillrunner::rpc {

void Router::Add(std::string method, Serve serve) {
  const size_t slash = method.rfind('/');
  const bool named = slash != std::string::npos && slash > 1 && method.front() == '/' && slash + 1 < method.size();
  if (!named || !methods_.emplace(std::move(method), std::move(serve)).second) std::abort();
}

const Router::Serve* Router::Find(const std::string& method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? nullptr : &found->second;
}

std::vector<std::string> Router::methods() const {
  std::vector<std::string> names;
  for (const auto& [name, serve] : methods_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Router::services() const {
  std::vector<std::string> names;
  for (const auto& [name, serve] : methods_) names.push_back(name.substr(1, name.rfind('/') - 1));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

grpc::Status Router::UnknownMethod(const std::string& method) const {
  const std::vector<std::string> near = NearNames(method, methods());
  std::string sentence = absl::StrCat("no method ", absl::CHexEscape(method.substr(0, 200)), " here");
  if (!near.empty()) absl::StrAppend(&sentence, "; did you mean ", absl::StrJoin(near, " or "), "?");
  return Unimplemented(sentence);
}

}  // namespace skillrunner::rpc

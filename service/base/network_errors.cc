#include "base/network_errors.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"

namespace skillrunner {
namespace {

// Of Python and glibc, Node.js, curl and wget, sudo and ssh, urllib3, Go.
constexpr const char* kErrors[] = {"ClientConnectorError",
                                   "Temporary failure in name resolution",
                                   "Name or service not known",
                                   "Network is unreachable",
                                   "ENOTFOUND",
                                   "EAI_AGAIN",
                                   "ENETUNREACH",
                                   "Could not resolve host",
                                   "unable to resolve host",
                                   "Failed to resolve",
                                   "dial udp"};

}  // namespace

bool TellsOfNoNetwork(absl::string_view text) {
  return std::any_of(std::begin(kErrors), std::end(kErrors),
                     [text](const char* error) { return absl::StrContains(text, error); });
}

}  // namespace skillrunner

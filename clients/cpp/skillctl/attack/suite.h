// The attack suite: runs guests against a service and says how each ended. Cases run beside each other, a group at a
// time; those that must be alone, after the others of their group.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "skillctl/attack/guest.h"
#include "skillrunner_client/client.h"

namespace skillrunner::attack {

enum class Verdict {
  kPassed,
  kFailed,
  kKnown,          // failed, as the guest says it does at this level
  kNotApplicable,  // at this level, or not to be seen by a client
  kNotInstalled,   // the program needs something this host lacks
};

struct CaseResult {
  std::string id;
  std::string title;
  v1::IsolationLevel level = v1::ISOLATION_LEVEL_UNSPECIFIED;
  Verdict verdict = Verdict::kPassed;
  std::string why;  // empty for kPassed
  absl::Duration took;
  absl::Duration late;  // by how much a wall limit was outlived, at most
};

struct SuiteOptions {
  // Cases by id (A4: with all of A4.x) or group (A). Empty: all.
  std::vector<std::string> only;
  // Cases at a time.
  int parallel = 4;
  // Time limits of the cases are multiplied with it: for emulated machines.
  int slow = 1;
  // Added to each guest's environment; what it is about is in docs/attack-suite.md.
  std::map<std::string, std::string> environment;
  // Looks at the host between batches, when none of the suite's runs is under way. What is left behind, else empty.
  // After a finding the cases of the batch run again, one at a time, to tell whose it is.
  std::function<std::string()> host_check;
  // Called from the threads that run cases, one call at a time.
  std::function<void(const CaseResult&)> on_result;
};

// Everything the suite knows, sorted by id: guests, cases made of calls, and the lines that are tested elsewhere.
// INVALID_ARGUMENT where a guest's header is wrong.
struct Suite {
  std::vector<Guest> guests;
  std::vector<Elsewhere> elsewhere;
  Guest next_run;  // started after each case: it finds nothing of any other run
};
absl::StatusOr<Suite> LoadSuite();

// A case that no guest alone can show, since it is about what clients do.
struct ClientCase {
  std::string id;
  std::string title;
  // Empty: all was well.
  std::function<std::string(client::Client*)> run;
};
std::vector<ClientCase> ClientCases();

// NOT_FOUND where `only` names what is not there. Sorted by id.
absl::StatusOr<std::vector<CaseResult>> RunSuite(client::Client* client, const Suite& suite,
                                                 const SuiteOptions& options);

// Orders A2 before A10, and A4.children behind A4.
bool IdLess(const std::string& a, const std::string& b);

}  // namespace skillrunner::attack

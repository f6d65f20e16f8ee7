// A guest of the attack suite: a program of tests/guests/ with its expectation in the comments at its top.
//
// Header: lines `# key: value` (`//` for JavaScript), up to the first line that is none; a line that begins with at
// least three blanks behind the comment sign continues the one above.
//
//   id             of the attack catalogue, such as A4 or A4.children; the letter is its group
//   title          the outcome in one sentence
//   limits         memory=64MiB wall=2s cpu=1s processes=20 output=64KiB disk=4MiB files=64: what the run asks for
//   cause          TerminationCause without its prefix, several with `|`. Default: EXITED
//   exit           exit code, several with `|`, or any. Default: 0 where the cause is EXITED, else any
//   signal         likewise. Default: any
//   stdout         extended regular expression, found in the last 64 KiB of it, or any.
//                  Default: `^OK\n$` where the cause is EXITED, else any
//   stdout-repeat  COUNT TEXT: all of stdout is this C-escaped text (\n \\ \xHH), so many times
//   stderr, message, evidence   regular expressions; evidence is looked for in its `key=value` lines
//   output-bytes   what stdout and stderr bring together, exactly
//   within         most time from request to end, such as 10s. Default: 5 times (wall limit + 250 ms)
//   cancel-at      CancelRun is called once stdout contains this text
//   runs           `a ; b`: runs of the same program, one after another, each with its word as argument. `a & b`: at
//   the
//                  same time, each is started once the one before has written something. All must meet the expectation.
//   repeat         so many times. Default: 1
//   alone          yes: no other case runs meanwhile
//   needs          MECHANISM: not applicable where the service says that it is not in force (GetCapabilities), with its
//                  reason
//   not-at         LEVEL[,LEVEL]: REASON. Not applicable at these levels (full, namespaced, restricted, or all)
//   known          LEVEL[,LEVEL]: REASON. Fails there today; reported with the reason, and not as a failure
//
// A program that lacks what it needs prints `not installed: PACKAGE` and exits with 77.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner::attack {

namespace v1 = ::itzamna::skillrunner::v1;

// Empty: nothing expected.
struct Expectation {
  std::set<v1::TerminationCause> causes;
  std::set<int> exit_codes;
  std::set<int> signals;
  std::optional<std::string> stdout_pattern;
  std::optional<std::string> stdout_text;  // the whole
  std::optional<std::string> stderr_pattern;
  std::optional<std::string> message_pattern;
  std::optional<std::string> evidence_pattern;
  std::optional<size_t> output_bytes;
  std::optional<absl::Duration> within;
};

// Runs that go side by side, each with its argument (which may be empty).
using Together = std::vector<std::string>;

struct Guest {
  std::string id;
  std::string title;
  std::string runtime;
  std::string source;  // header included: it is a comment
  v1::Limits limits;
  Expectation expectation;
  std::string cancel_at;
  std::vector<Together> runs;
  int repeat = 1;
  bool alone = false;
  std::string needs;  // empty: none
  std::map<v1::IsolationLevel, std::string> not_at;
  std::map<v1::IsolationLevel, std::string> known;

  char group() const { return id[0]; }
};

// INVALID_ARGUMENT, naming file and line, where the header is wrong.
absl::StatusOr<Guest> ParseGuest(const std::string& file_name, const std::string& text);

// A line of the catalogue that is tested elsewhere or not yet.
struct Elsewhere {
  std::string id;
  std::string title;
  std::string reason;
};
// `ID | TITLE | REASON` lines; empty lines and those with `#` in front are skipped.
absl::StatusOr<std::vector<Elsewhere>> ParseElsewhere(const std::string& text);

// `limits` as in the header.
absl::Status ParseLimits(absl::string_view text, v1::Limits* limits);

}  // namespace skillrunner::attack

#include "skillctl/reports.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"
#include "skillctl/render.h"
#include "skillrunner_client/names.h"
#include "skillrunner_client/text.h"

namespace skillrunner::skillctl {
namespace {

using client::EscapeForTerminal;

const char* SarifLevel(v1::Severity severity) {
  switch (severity) {
    case v1::SEVERITY_ERROR:
      return "error";
    case v1::SEVERITY_WARNING:
      return "warning";
    default:
      return "note";
  }
}

std::string File(const v1::DescriptorDiagnostic& finding) {
  return finding.root().empty() ? finding.position().path()
                                : absl::StrCat(finding.root(), "/", finding.position().path());
}

// A path as a URI reference: in SARIF, `#` would begin a fragment, and others are not allowed.
std::string UriOf(absl::string_view path) {
  std::string uri;
  for (const char c : path) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("/-._~", c)) {
      uri += c;
    } else {
      absl::StrAppend(&uri, "%", absl::StrFormat("%02X", static_cast<unsigned char>(c)));
    }
  }
  return uri;
}

// Text of an XML attribute or element: what XML cannot hold becomes U+FFFD.
std::string Xml(absl::string_view text) {
  std::string out;
  for (const char c : ReplaceInvalidUtf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t') {
      out += "\xEF\xBF\xBD";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";
    } else {
      out += c;
    }
  }
  return absl::StrReplaceAll(out, {{"\xEF\xBF\xBE", "\xEF\xBF\xBD"}, {"\xEF\xBF\xBF", "\xEF\xBF\xBD"}});
}

double Seconds(const google::protobuf::Duration& duration) {
  return static_cast<double>(duration.seconds()) + duration.nanos() / 1e9;
}

}  // namespace

std::string RenderSarif(const std::vector<v1::DescriptorDiagnostic>& findings) {
  using nlohmann::json;
  std::map<std::string, std::string> rules;
  json results = json::array();
  for (const v1::DescriptorDiagnostic& finding : findings) {
    rules[finding.code()] = finding.source();
    json region = json::object();
    // No columns: ours are bytes, which SARIF cannot say.
    if (finding.position().line() > 0) region["startLine"] = finding.position().line();
    json location = {{"artifactLocation", {{"uri", UriOf(File(finding))}}}};
    if (!region.empty()) location["region"] = region;
    results.push_back({{"ruleId", finding.code()},
                       {"level", SarifLevel(finding.severity())},
                       {"message", {{"text", finding.message()}}},
                       {"locations", json::array({{{"physicalLocation", location}}})}});
  }
  json descriptors = json::array();
  for (const auto& [code, source] : rules) {
    json rule = {{"id", code}};
    if (!source.empty()) rule["fullDescription"] = {{"text", absl::StrCat("Stated by ", source)}};
    descriptors.push_back(rule);
  }
  const json report = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       json::array(
           {{{"tool", {{"driver", {{"name", "skillctl"}, {"version", SKILLCTL_VERSION}, {"rules", descriptors}}}}},
             {"results", results}}})}};
  return report.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string RenderFindings(const std::vector<v1::DescriptorDiagnostic>& findings) {
  std::string text;
  for (const v1::DescriptorDiagnostic& finding : findings) {
    absl::StrAppend(&text, EscapeForTerminal(File(finding)));
    if (finding.position().line() > 0) absl::StrAppend(&text, ":", finding.position().line());
    if (finding.position().line() > 0 && finding.position().column() > 0)
      absl::StrAppend(&text, ":", finding.position().column());
    absl::StrAppend(&text, ": ", Words(finding.severity()), ": ", EscapeForTerminal(finding.message()), " [",
                    EscapeForTerminal(finding.code()), "]\n");
  }
  return text;
}

std::string RenderJUnit(const std::vector<VerifiedSkill>& skills, const std::vector<v1::DescriptorDiagnostic>& broken) {
  std::string suites;
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  for (const VerifiedSkill& skill : skills) {
    std::string cases;
    double time = 0;
    size_t failed = 0;
    size_t skipped = 0;
    const std::string suite = Xml(client::LastId(skill.name));
    for (const v1::ExampleVerdict& verdict : skill.verdicts) {
      time += Seconds(verdict.wall_time());
      absl::StrAppend(&cases, "    <testcase name=\"", Xml(client::LastId(verdict.example())), "\" classname=\"", suite,
                      "\" file=\"", Xml(verdict.position().path()), "\" line=\"", verdict.position().line(),
                      "\" time=\"", absl::StrFormat("%.3f", Seconds(verdict.wall_time())), "\"");
      const std::string attributes =
          absl::StrCat(" message=\"", Xml(absl::StrCat(verdict.reason(), ": ", verdict.message())), "\"");
      if (verdict.verdict() == v1::ExampleVerdict::VERDICT_FAILED) {
        ++failed;
        absl::StrAppend(&cases, ">\n      <failure type=\"", Xml(verdict.reason()), "\"", attributes, ">",
                        Xml(verdict.stderr_tail()), Xml(verdict.stdout_tail()), "</failure>\n    </testcase>\n");
      } else if (verdict.verdict() == v1::ExampleVerdict::VERDICT_SKIPPED) {
        ++skipped;
        absl::StrAppend(&cases, ">\n      <skipped", attributes, "/>\n    </testcase>\n");
      } else {
        absl::StrAppend(&cases, "/>\n");
      }
    }
    const size_t broke_off = skill.error.empty() ? 0 : 1;
    if (broke_off != 0) {
      absl::StrAppend(&cases, "    <testcase name=\"verify\" classname=\"", suite,
                      "\" time=\"0.000\">\n      <error type=\"call-failed\" message=\"", Xml(skill.error),
                      "\"/>\n    </testcase>\n");
    }
    tests += skill.verdicts.size() + broke_off;
    failures += failed;
    errors += broke_off;
    absl::StrAppend(&suites, "  <testsuite name=\"", suite, "\" tests=\"", skill.verdicts.size() + broke_off,
                    "\" failures=\"", failed, "\" errors=\"", broke_off, "\" skipped=\"", skipped, "\" time=\"",
                    absl::StrFormat("%.3f", time), "\">\n", cases, "  </testsuite>\n");
  }
  if (!broken.empty()) {
    absl::StrAppend(&suites, "  <testsuite name=\"descriptors\" tests=\"", broken.size(), "\" failures=\"0\" errors=\"",
                    broken.size(), "\" skipped=\"0\" time=\"0.000\">\n");
    for (const v1::DescriptorDiagnostic& diagnostic : broken) {
      const std::string file = Xml(File(diagnostic));
      absl::StrAppend(&suites, "    <testcase name=\"", file, "\" classname=\"descriptors\" file=\"", file,
                      "\" line=\"", diagnostic.position().line(), "\" time=\"0.000\">\n      <error type=\"",
                      Xml(diagnostic.code()), "\" message=\"", Xml(diagnostic.message()), "\"/>\n    </testcase>\n");
    }
    absl::StrAppend(&suites, "  </testsuite>\n");
    tests += broken.size();
    errors += broken.size();
  }
  return absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"skillctl verify\" tests=\"",
                      tests, "\" failures=\"", failures, "\" errors=\"", errors, "\">\n", suites, "</testsuites>\n");
}

std::string RenderVerdict(const v1::ExampleVerdict& verdict) {
  const bool failed = verdict.verdict() == v1::ExampleVerdict::VERDICT_FAILED;
  const bool skipped = verdict.verdict() == v1::ExampleVerdict::VERDICT_SKIPPED;
  std::string name(verdict.example());
  name = absl::StrReplaceAll(name.substr(name.find('/') + 1), {{"/examples/", "/"}});
  std::string text = absl::StrCat(failed ? "FAIL  " : skipped ? "skip  " : "pass  ", EscapeForTerminal(name));
  if (!skipped) absl::StrAppend(&text, absl::StrFormat("  %.2fs", Seconds(verdict.wall_time())));
  if (!verdict.reason().empty()) {
    absl::StrAppend(&text, "  ", EscapeForTerminal(verdict.reason()), ": ", EscapeForTerminal(verdict.message()));
  }
  absl::StrAppend(&text, "\n");
  if (!failed) return text;
  absl::StrAppend(&text, "      at ", EscapeForTerminal(verdict.position().path()), ":",
                  verdict.failed_line() > 0 ? verdict.failed_line() : verdict.position().line(), "\n");
  for (const absl::string_view line :
       absl::StrSplit(absl::StrCat(verdict.stderr_tail(), verdict.stdout_tail()), '\n', absl::SkipEmpty()))
    absl::StrAppend(&text, "      | ", EscapeForTerminal(line), "\n");
  return text;
}

}  // namespace skillrunner::skillctl

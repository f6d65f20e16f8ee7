// The service's messages in words. Pure functions; results are safe for a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "itzamna/skillrunner/v1/catalog.pb.h"
#include "itzamna/skillrunner/v1/run.pb.h"
#include "itzamna/skillrunner/v1/system.pb.h"

namespace skillrunner::skillctl {

namespace v1 = ::itzamna::skillrunner::v1;

// `wall-time-limit` for TERMINATION_CAUSE_WALL_TIME_LIMIT, `-` for the unspecified value.
std::string Words(v1::TerminationCause cause);
std::string Words(v1::Run::State state);
std::string Words(v1::IsolationLevel level);
std::string Words(v1::Severity severity);

std::string RenderDuration(const google::protobuf::Duration& duration);
std::string RenderSize(int64_t bytes);                            // `64 MiB`, `1.5 KiB`, `112 B`
std::string RenderTime(const google::protobuf::Timestamp& time);  // local time, to the second
std::string RenderLimits(const v1::Limits& limits);

// One line, without newline, for --events: `[3 +0.012s] output: stdout, 32 bytes at 0`. The time counts from `first`.
std::string RenderEvent(const v1::RunEvent& event, const google::protobuf::Timestamp& first);

// Why a run did not succeed: its message, or its cause where the service gave none.
std::string RenderFailure(const v1::RunFinished& finished);

std::string RenderSkillList(const v1::ListSkillsResponse& answer, size_t columns);
std::string RenderSearch(const v1::SearchSkillsResponse& answer, size_t columns);
std::string RenderSkill(const v1::Skill& skill);
// Headings and texts alone.
std::string RenderSections(const v1::Skill& skill);
std::string RenderDiagnostics(const google::protobuf::RepeatedPtrField<v1::DescriptorDiagnostic>& diagnostics);
std::string RenderRunList(const v1::ListRunsResponse& answer, size_t columns);
std::string RenderRun(const v1::Run& run);
std::string RenderCapabilities(const v1::GetCapabilitiesResponse& capabilities);

}  // namespace skillrunner::skillctl

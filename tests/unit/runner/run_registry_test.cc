#include "runner/run_registry.h"

#include <gtest/gtest.h>

namespace skillrunner {
namespace {

RunPlan Plan(const std::string& request_id = "", const std::string& fingerprint = "") {
  RunPlan plan;
  plan.request_id = request_id;
  plan.fingerprint = fingerprint;
  return plan;
}

void Finish(RunRegistry& registry, const std::shared_ptr<skillrunner::Run>& run) {
  run->Finished({});
  registry.NoteFinished(run);
}

TEST(RunRegistry, AcceptedIsInTheJournalWhenARunIsAdded) {
  RunRegistry registry(10, {});
  const auto entry = registry.Add(Plan());
  ASSERT_TRUE(entry.ok());
  const auto batch = entry->run->journal().Read(0, 10, 1 << 20);
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0]->accepted().run().name(), entry->run->name());
  EXPECT_EQ(registry.Find(entry->run->name()), entry->run);
  EXPECT_EQ(registry.Find("runs/other"), nullptr);
}

TEST(RunRegistry, RequestIdJoinsTheSameAndRefusesAnother) {
  RunRegistry registry(10, {});
  const auto first = registry.Add(Plan("id", "x"));
  const auto second = registry.Add(Plan("id", "x"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(second->joined);
  EXPECT_EQ(first->run, second->run);
  EXPECT_FALSE(first->run->DetachStarter());
  EXPECT_TRUE(first->run->DetachStarter());
  EXPECT_EQ(registry.Add(Plan("id", "y")).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(RunRegistry, RefusesBeyondItsNumberAndAfterClosing) {
  RunRegistry registry(2, {});
  const auto first = registry.Add(Plan());
  ASSERT_TRUE(registry.Add(Plan()).ok());
  EXPECT_EQ(registry.Add(Plan()).status().code(), absl::StatusCode::kResourceExhausted);
  Finish(registry, first->run);
  EXPECT_TRUE(registry.Add(Plan()).ok());
  registry.Close();
  EXPECT_EQ(registry.Add(Plan()).status().code(), absl::StatusCode::kUnavailable);
}

TEST(RunRegistry, ForgetsTheOldestFinishedRunsWithTheirRequestIds) {
  RunRegistry registry(10, {.runs = 2});
  std::vector<std::shared_ptr<skillrunner::Run>> runs;
  for (int i = 0; i < 4; ++i) {
    runs.push_back(registry.Add(Plan("id" + std::to_string(i)))->run);
    Finish(registry, runs.back());
  }
  EXPECT_EQ(registry.Find(runs[0]->name()), nullptr);
  EXPECT_EQ(registry.Find(runs[1]->name()), nullptr);
  EXPECT_NE(registry.Find(runs[2]->name()), nullptr);
  EXPECT_FALSE(registry.Add(Plan("id0"))->joined);
  EXPECT_TRUE(registry.Add(Plan("id3"))->joined);
}

TEST(RunRegistry, ForgottenRunsThatAreReadKeepTheirOutputWithinReason) {
  const auto forgotten_while_read = [](size_t read_bytes) {
    RunRegistry registry(10, {.runs = 1, .output_bytes = 0, .read_bytes = read_bytes});
    const auto read = registry.Add(Plan())->run;
    Finish(registry, read);
    Finish(registry, registry.Add(Plan())->run);
    EXPECT_EQ(registry.Find(read->name()), nullptr);
    return read;
  };
  EXPECT_FALSE(forgotten_while_read(1 << 20)->journal().Read(0, 10, 1 << 20).dropped);
  EXPECT_TRUE(forgotten_while_read(10)->journal().Read(0, 10, 1 << 20).dropped);
}

TEST(RunRegistry, UnfinishedRunsAreNeverForgotten) {
  RunRegistry registry(10, {.runs = 1, .output_bytes = 1});
  const auto living = registry.Add(Plan())->run;
  for (int i = 0; i < 5; ++i) Finish(registry, registry.Add(Plan())->run);
  EXPECT_EQ(registry.Find(living->name()), living);
  EXPECT_EQ(registry.unfinished(), 1U);
}

}  // namespace
}  // namespace skillrunner

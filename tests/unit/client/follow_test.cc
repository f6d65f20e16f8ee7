// Client against a real gRPC server whose streams break as the test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "scripted_service.h"
#include "skillrunner_client/client.h"

namespace skillrunner::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Stream = ScriptedRuns::Stream;

class Following : public ::testing::Test {
 protected:
  RunOutcome Run(const RunOptions& options = {}) {
    v1::RunExampleRequest request;
    request.set_example("skills/async/examples/basic");
    return client_.RunExample(request, Record(), options);
  }
  EventCallback Record() {
    return [this](const v1::RunEvent& event) {
      sequences_.push_back(event.sequence());
      output_ += event.output().text() + event.output().data();
      if (on_event_) on_event_(event);
    };
  }
  ScriptedRuns& runs() { return server_.runs(); }

  ScriptedServer server_;
  Client client_{MakeChannel(server_.address())};
  std::vector<int64_t> sequences_;
  std::string output_;
  EventCallback on_event_;
};

const Journal& ThreeLines() {
  static const Journal journal =
      Journal().Accepted().Out("one\n").Out("two\n").Raw("\xff\0\n").Finished(v1::TERMINATION_CAUSE_EXITED, 0);
  return journal;
}

TEST_F(Following, DeliversEveryEventOnceAndTheOutcome) {
  runs().SetJournal(ThreeLines());
  const RunOutcome outcome = Run();
  EXPECT_TRUE(outcome.status.ok());
  ASSERT_TRUE(outcome.finished.has_value());
  EXPECT_EQ(outcome.finished->state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_EQ(outcome.run, kRunName);
  EXPECT_EQ(outcome.last_sequence, 5);
  EXPECT_EQ(outcome.reattached, 0);
  EXPECT_THAT(sequences_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Following, KeepAlivesAreNoEvents) {
  runs().SetJournal(ThreeLines());
  runs().Script({{.keep_alive = true}});
  Run();
  EXPECT_THAT(sequences_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Following, BrokenStreamIsTakenUpBehindTheLastEvent) {
  runs().SetJournal(ThreeLines());
  runs().Script({{.events = 2, .status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone")}, {.events = 1}});
  const RunOutcome outcome = Run();
  EXPECT_TRUE(outcome.finished.has_value());
  EXPECT_EQ(outcome.reattached, 2);
  EXPECT_THAT(runs().watched_after(), ElementsAre(2, 3));
  EXPECT_THAT(sequences_, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(output_, std::string("one\ntwo\n\xff"));
}

TEST_F(Following, MissingEventsAreFetched) {
  runs().SetJournal(ThreeLines());
  runs().Script({{.events = 1}, {.skip = 1}});
  const RunOutcome outcome = Run();
  EXPECT_TRUE(outcome.finished.has_value());
  EXPECT_THAT(runs().watched_after(), ElementsAre(1, 1));
  EXPECT_THAT(sequences_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Following, RepeatedEventsAreDeliveredOnce) {
  runs().SetJournal(ThreeLines());
  runs().Script({{.events = 3}, {.skip = -2}});
  EXPECT_TRUE(Run().finished.has_value());
  EXPECT_THAT(sequences_, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(Following, GivesUpAfterTheAttemptsAllowed) {
  runs().SetJournal(Journal().Accepted());
  runs().Script({{.events = 1}, {.events = 0}, {.events = 0}, {.events = 0}});
  const RunOutcome outcome = Run({.max_reattach = 2});
  EXPECT_FALSE(outcome.finished.has_value());
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(outcome.reattached, 2);
  EXPECT_EQ(outcome.run, kRunName);
}

TEST_F(Following, RunThatWasNeverAcceptedIsNotTriedAgain) {
  runs().Script({{.events = 0}});
  const RunOutcome outcome = Run();
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(outcome.run.empty());
  EXPECT_THAT(runs().watched_after(), IsEmpty());
}

TEST_F(Following, RefusalIsReturnedAsItCame) {
  runs().Script({{.events = 0, .status = grpc::Status(grpc::StatusCode::NOT_FOUND, "no such skill")}});
  const RunOutcome outcome = Run();
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(outcome.status.error_message(), "no such skill");
}

TEST_F(Following, ReattachingToARunTheServiceForgotTellsSo) {
  runs().SetJournal(Journal().Accepted());
  runs().Script({{.events = 1}, {.events = 0, .status = grpc::Status(grpc::StatusCode::NOT_FOUND, "no such run")}});
  const RunOutcome outcome = Run();
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_FALSE(outcome.finished.has_value());
}

TEST_F(Following, CancelledRunStillTellsHowItEnded) {
  runs().SetJournal(Journal().Accepted().Out("working\n"));
  grpc::Status cancelled;
  std::thread canceller;
  on_event_ = [&](const v1::RunEvent& event) {
    if (!event.has_output()) return;
    canceller = std::thread([&] {
      v1::Run run;
      cancelled = client_.CancelRun(kRunName, &run);
    });
  };
  const RunOutcome outcome = Run();
  canceller.join();
  EXPECT_TRUE(cancelled.ok());
  ASSERT_TRUE(outcome.finished.has_value());
  EXPECT_EQ(outcome.finished->cause(), v1::TERMINATION_CAUSE_CANCELLED_BY_CLIENT);
}

TEST_F(Following, StopLeavesTheStreamAtOnce) {
  runs().SetJournal(Journal().Accepted());
  std::stop_source stop;
  on_event_ = [&](const v1::RunEvent&) { stop.request_stop(); };
  const RunOutcome outcome = Run({.stop = stop.get_token()});
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(outcome.run, kRunName);
  EXPECT_TRUE(runs().WaitForDisconnect());
  EXPECT_THAT(runs().watched_after(), IsEmpty());
}

TEST_F(Following, DeadlineEndsItWithoutReattaching) {
  runs().SetJournal(Journal().Accepted());
  const RunOutcome outcome = Run({.deadline = absl::Now() + absl::Milliseconds(100)});
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(runs().watched_after(), IsEmpty());
}

TEST_F(Following, WatchStartsBehindTheSequenceGiven) {
  runs().SetJournal(ThreeLines());
  v1::WatchRunRequest request;
  request.set_name(kRunName);
  request.set_after_sequence(3);
  EXPECT_TRUE(client_.WatchRun(request, Record()).finished.has_value());
  EXPECT_THAT(sequences_, ElementsAre(4, 5));
}

TEST_F(Following, ValidRequestOfValidateOnlyIsOkWithoutARun) {
  v1::RunExampleRequest request;
  request.set_validate_only(true);
  const RunOutcome outcome = client_.RunExample(request, Record());
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_FALSE(outcome.finished.has_value());
  EXPECT_THAT(sequences_, IsEmpty());
}

TEST_F(Following, SourceIsRunLikeAnExample) {
  runs().SetJournal(ThreeLines());
  v1::RunSourceRequest request;
  request.set_source("print()");
  EXPECT_TRUE(client_.RunSource(request, Record()).finished.has_value());
  EXPECT_EQ(runs().last_source().source(), "print()");
}

TEST_F(Following, AllPagesOfSkillsAreJoined) {
  v1::ListSkillsResponse answer;
  ASSERT_TRUE(client_.ListSkills(v1::SKILL_VIEW_SUMMARY, &answer).ok());
  EXPECT_EQ(answer.skills_size(), 2);
  EXPECT_EQ(answer.diagnostics_size(), 1);
  EXPECT_TRUE(answer.next_page_token().empty());
}

TEST_F(Following, RunsAreListedUpToTheNumberAskedFor) {
  v1::ListRunsResponse answer;
  ASSERT_TRUE(client_.ListRuns(3, &answer).ok());
  EXPECT_EQ(answer.runs_size(), 3);
  ASSERT_TRUE(client_.ListRuns(50, &answer).ok());
  EXPECT_EQ(answer.runs_size(), 5);
}

TEST(Unreachable, WatchingDoesNotKeepTrying) {
  Client client(MakeChannel("127.0.0.1:1"));
  v1::WatchRunRequest request;
  request.set_name(kRunName);
  const RunOutcome outcome = client.WatchRun(request, [](const v1::RunEvent&) {});
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(outcome.reattached, 0);
}

}  // namespace
}  // namespace skillrunner::client

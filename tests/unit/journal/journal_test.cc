#include "journal/journal.h"

#include <gtest/gtest.h>

#include <thread>

#include "async/nursery.h"
#include "async/reactor.h"
#include "async/task.h"

namespace skillrunner {
namespace {

namespace v1 = ::itzamna::skillrunner::v1;

constexpr size_t kAll = 1 << 30;

v1::RunEvent Output(const std::string& text) {
  v1::RunEvent event;
  event.mutable_output()->set_text(text);
  return event;
}

v1::RunEvent Finished() {
  v1::RunEvent event;
  event.mutable_finished();
  return event;
}

TEST(Journal, NumbersFromOneWithoutGapsAndReplaysFromAnySequence) {
  Journal journal;
  for (int i = 0; i < 10; ++i) journal.Append(Output(std::to_string(i)));
  for (int64_t after = 0; after <= 10; ++after) {
    const Journal::Batch batch = journal.Read(after, 100, kAll);
    ASSERT_EQ(batch.events.size(), static_cast<size_t>(10 - after));
    EXPECT_FALSE(batch.complete);
    for (size_t i = 0; i < batch.events.size(); ++i) {
      EXPECT_EQ(batch.events[i]->sequence(), after + 1 + static_cast<int64_t>(i));
      EXPECT_TRUE(batch.events[i]->has_event_time());
    }
  }
  EXPECT_TRUE(journal.Read(99, 10, kAll).events.empty());
}

TEST(Journal, IsCompleteOnlyOnceTheLastEventWasGiven) {
  Journal journal;
  journal.Append(Output("a"));
  journal.Append(Finished());
  EXPECT_TRUE(journal.complete());
  EXPECT_FALSE(journal.Read(0, 1, kAll).complete);
  EXPECT_TRUE(journal.Read(1, 1, kAll).complete);
  EXPECT_TRUE(journal.Read(2, 1, kAll).complete);
}

TEST(Journal, ReaderIsGivenNoMoreBytesAtOnceThanItAsksFor) {
  Journal journal;
  for (int i = 0; i < 10; ++i) journal.Append(Output(std::string(100'000, 'x')));
  EXPECT_EQ(journal.Read(0, 100, 150'000).events.size(), 2U);
  EXPECT_EQ(journal.Read(0, 100, 1).events.size(), 1U);
}

TEST(Journal, ReaderLearnsThatWhatItHasNotReadWasDropped) {
  Journal journal;
  journal.Append(Output("a"));
  journal.Append(Finished());
  const Journal::Batch kept = journal.Read(0, 1, kAll);
  journal.Drop();
  EXPECT_EQ(kept.events[0]->output().text(), "a");
  const Journal::Batch batch = journal.Read(1, 1, kAll);
  EXPECT_TRUE(batch.dropped);
  EXPECT_FALSE(batch.complete);
  EXPECT_TRUE(journal.Read(2, 1, kAll).complete);  // who has read it all need not know
  EXPECT_TRUE(journal.complete());
  EXPECT_EQ(journal.last_sequence(), 2);
}

TEST(JournalDeathTest, NothingFollowsFinished) {
  Journal journal;
  journal.Append(Finished());
  EXPECT_DEATH(journal.Append(Finished()), "");
}

// A reader on an executor of its own that reads until the end, as streams do.
class Follower {
 public:
  explicit Follower(Journal& journal) : journal_(journal), thread_([this] { Run(); }) {}
  // Waits for the end, and gives the last sequence it saw.
  int64_t Join() {
    thread_.join();
    return last_;
  }

 private:
  void Run() {
    reactor_.Post([this] { tasks_.Start(Follow()); });
    reactor_.Run();
  }
  Task<void> Follow() {
    {
      WakeUp wake_up(reactor_);
      const Journal::Subscription subscription(journal_, wake_up.notifier());
      bool complete = false;
      while (!complete) {
        wake_up.event().Reset();
        const Journal::Batch batch = journal_.Read(last_, 3, kAll);
        for (const auto& event : batch.events) {
          EXPECT_EQ(event->sequence(), last_ + 1);
          last_ = event->sequence();
        }
        complete = batch.complete;
        if (batch.events.empty() && !complete) co_await wake_up.event().Wait();
      }
    }
    reactor_.Stop();
  }

  Journal& journal_;
  Reactor reactor_;
  Nursery tasks_;
  int64_t last_ = 0;
  std::thread thread_;
};

TEST(Journal, EveryFollowerSeesEveryEventOnceWhateverTheTiming) {
  constexpr int kEvents = 5000;
  Journal journal;
  std::vector<std::unique_ptr<Follower>> followers;
  for (int i = 0; i < 3; ++i) followers.push_back(std::make_unique<Follower>(journal));
  for (int i = 0; i < kEvents; ++i) journal.Append(Output("x"));
  followers.push_back(std::make_unique<Follower>(journal));
  journal.Append(Finished());
  for (auto& follower : followers) EXPECT_EQ(follower->Join(), kEvents + 1);
}

}  // namespace
}  // namespace skillrunner

#include "zygote/python/hot_pages.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace skillrunner::python {
namespace {

constexpr size_t kPages = 64;

class HotPagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    size_ = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    memory_ =
        static_cast<char*>(::mmap(nullptr, kPages * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(memory_, MAP_FAILED);
    ::madvise(memory_, kPages * size_, MADV_NOHUGEPAGE);
    std::memset(memory_, 1, kPages * size_);
  }
  void TearDown() override { ::munmap(memory_, kPages * size_); }

  // Page faults of a copy that writes to the first half of the pages.
  long FaultsOfACopy(const HotPages& pages) const {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    if (::fork() == 0) {
      (void)pages.Populate();
      rusage before{};
      rusage after{};
      ::getrusage(RUSAGE_SELF, &before);
      WriteHalf();
      ::getrusage(RUSAGE_SELF, &after);
      const long faults = after.ru_minflt - before.ru_minflt;
      ::_exit(::write(ends[1], &faults, sizeof(faults)) == sizeof(faults) ? 0 : 1);
    }
    long faults = -1;
    EXPECT_EQ(::read(ends[0], &faults, sizeof(faults)), static_cast<ssize_t>(sizeof(faults)));
    ::wait(nullptr);
    ::close(ends[0]);
    ::close(ends[1]);
    return faults;
  }
  void WriteHalf() const {
    for (size_t page = 0; page < kPages / 2; ++page) memory_[page * size_] = 2;
  }

  char* memory_ = nullptr;
  size_t size_ = 0;
};

TEST_F(HotPagesTest, CopiesHaveTheirOwnOfWhatACopyWasSeenToWriteTo) {
  EXPECT_GE(FaultsOfACopy(HotPages()), static_cast<long>(kPages / 2));
  const HotPages pages = HotPages::Learn([this] { WriteHalf(); });
  ASSERT_TRUE(pages.known());
  EXPECT_LT(FaultsOfACopy(pages), static_cast<long>(kPages / 4));
  EXPECT_EQ(memory_[0], 1);
}

// As sanitizers make them: terabytes of which little is used.
TEST_F(HotPagesTest, LargeReservationsAreNotLookedThrough) {
  constexpr size_t kLarge = size_t{1} << 40;
  void* const large =
      ::mmap(nullptr, kLarge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(large, MAP_FAILED);
  EXPECT_TRUE(HotPages::Learn([this] { WriteHalf(); }).known());
  ::munmap(large, kLarge);
}

TEST_F(HotPagesTest, NoneAreKnownOfACopyThatDied) {
  EXPECT_FALSE(HotPages::Learn([] { ::_exit(3); }).known());
  EXPECT_FALSE(HotPages::Learn([] { ::raise(SIGKILL); }).known());
  EXPECT_FALSE(HotPages::Learn([] { ::pause(); }, 10'000'000).known());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // and nothing of them is left
}

}  // namespace
}  // namespace skillrunner::python

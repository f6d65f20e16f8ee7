#include "runner/admission.h"

#include <gtest/gtest.h>

#include <memory>

namespace skillrunner {
namespace {

TEST(Admission, AdmitsUpToItsNumberAndThenInTheOrderOfArrival) {
  Admission admission(1);
  Event changed[3];
  auto first = std::make_unique<Admission::Ticket>(admission, changed[0]);
  auto second = std::make_unique<Admission::Ticket>(admission, changed[1]);
  auto third = std::make_unique<Admission::Ticket>(admission, changed[2]);
  EXPECT_TRUE(first->admitted());
  EXPECT_FALSE(second->admitted());
  EXPECT_EQ(admission.waiting(), 2U);
  first.reset();
  EXPECT_TRUE(second->admitted());
  EXPECT_TRUE(changed[1].is_set());
  EXPECT_FALSE(third->admitted());
  EXPECT_EQ(admission.running(), 1U);
}

TEST(Admission, WhoLeavesTheQueueIsSkipped) {
  Admission admission(1);
  Event changed[3];
  auto first = std::make_unique<Admission::Ticket>(admission, changed[0]);
  auto second = std::make_unique<Admission::Ticket>(admission, changed[1]);
  auto third = std::make_unique<Admission::Ticket>(admission, changed[2]);
  second.reset();
  first.reset();
  EXPECT_TRUE(third->admitted());
  third.reset();
  EXPECT_EQ(admission.running(), 0U);
}

}  // namespace
}  // namespace skillrunner

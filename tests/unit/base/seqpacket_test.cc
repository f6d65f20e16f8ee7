#include "base/seqpacket.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/files.h"

namespace skillrunner {
namespace {

TEST(Seqpacket, MessagesKeepTheirBoundsAndDescriptors) {
  auto pair = MakeSeqpacketPair();
  ASSERT_TRUE(pair.ok());
  const auto memfd = MakeMemfd("test", "content");
  ASSERT_TRUE(memfd.ok());
  ASSERT_TRUE(SendMessage(pair->first.get(), "one", {memfd->get()}).ok());
  ASSERT_TRUE(SendMessage(pair->first.get(), "two").ok());
  const auto one = ReceiveMessage(pair->second.get());
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->bytes, "one");
  ASSERT_EQ(one->fds.size(), 1U);
  char buffer[16];
  EXPECT_EQ(::pread(one->fds[0].get(), buffer, sizeof(buffer), 0), 7);
  EXPECT_EQ(ReceiveMessage(pair->second.get())->bytes, "two");
  EXPECT_EQ(ReceiveMessage(pair->second.get(), /*dont_wait=*/true).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Seqpacket, WhatAPeerSaidBeforeItLeftStillArrives) {
  auto pair = MakeSeqpacketPair();
  ASSERT_TRUE(SendMessage(pair->second.get(), "never read").ok());
  ASSERT_TRUE(SendMessage(pair->first.get(), "last words").ok());
  pair->first.reset();  // with a message unread: the next call at the other end would fail with ECONNRESET
  const auto last = ReceiveMessage(pair->second.get());
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->bytes, "last words");
  EXPECT_EQ(ReceiveMessage(pair->second.get()).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(SendMessage(pair->second.get(), "hello?").code(), absl::StatusCode::kUnavailable);
}

TEST(Seqpacket, RefusesWhatDoesNotFit) {
  auto pair = MakeSeqpacketPair();
  EXPECT_FALSE(SendMessage(pair->first.get(), "").ok());
  EXPECT_FALSE(SendMessage(pair->first.get(), std::string(kMaxMessageBytes + 1, 'x')).ok());
}

}  // namespace
}  // namespace skillrunner

#include "journal/output_chunker.h"

#include <gtest/gtest.h>

#include <random>

namespace skillrunner {
namespace {

using Chunk = OutputChunker::Chunk;

std::string Join(const std::vector<Chunk>& chunks) {
  std::string bytes;
  for (const Chunk& chunk : chunks) {
    EXPECT_EQ(chunk.offset(), static_cast<int64_t>(bytes.size()));
    const std::string& payload = chunk.has_text() ? chunk.text() : chunk.data();
    EXPECT_FALSE(payload.empty());
    EXPECT_LE(payload.size(), OutputChunker::kMaxChunkBytes);
    bytes += payload;
  }
  return bytes;
}

TEST(OutputChunker, CharacterCutByAReadWaitsForItsRest) {
  const std::string text = "é€😀";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    OutputChunker chunker(Chunk::STREAM_STDOUT);
    std::vector<Chunk> chunks = chunker.Add(text.substr(0, cut));
    for (Chunk& chunk : chunker.Add(text.substr(cut))) chunks.push_back(chunk);
    for (Chunk& chunk : chunker.End()) chunks.push_back(chunk);
    EXPECT_EQ(Join(chunks), text);
    for (const Chunk& chunk : chunks) EXPECT_TRUE(chunk.has_text()) << cut;
  }
}

TEST(OutputChunker, WhatIsNoTextComesAsData) {
  OutputChunker chunker(Chunk::STREAM_STDERR);
  std::vector<Chunk> chunks = chunker.Add("good");
  for (Chunk& chunk : chunker.Add("bad \xff byte")) chunks.push_back(chunk);
  for (Chunk& chunk : chunker.Add("\xC3")) chunks.push_back(chunk);
  for (Chunk& chunk : chunker.End()) chunks.push_back(chunk);
  ASSERT_EQ(chunks.size(), 4U);
  EXPECT_EQ(chunks[0].text(), "good");
  EXPECT_EQ(chunks[1].text(), "bad ");
  EXPECT_EQ(chunks[2].data(), "\xff byte");
  EXPECT_EQ(chunks[3].data(), "\xC3");
  EXPECT_EQ(chunks[3].stream(), Chunk::STREAM_STDERR);
}

TEST(OutputChunker, RandomBytesInRandomPiecesJoinWithoutLoss) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::string bytes;
    // Half the rounds mostly text, half anything.
    while (bytes.size() < 200'000)
      bytes += round % 2 == 0 ? std::string("añ€😀").substr(0, 1 + random() % 10)
                              : std::string(1 + random() % 50, static_cast<char>(random()));
    OutputChunker chunker(Chunk::STREAM_STDOUT);
    std::vector<Chunk> chunks;
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = 1 + random() % 100'000;
      for (Chunk& chunk : chunker.Add(absl::string_view(bytes).substr(at, size))) chunks.push_back(chunk);
      at += size;
    }
    for (Chunk& chunk : chunker.End()) chunks.push_back(chunk);
    ASSERT_EQ(Join(chunks), bytes);
    ASSERT_EQ(chunker.total_bytes(), static_cast<int64_t>(bytes.size()));
  }
}

}  // namespace
}  // namespace skillrunner

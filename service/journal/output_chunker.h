// Cuts what a program writes into OutputChunk messages: text where it is valid UTF-8, data where it is not. A character
// that a read cut in two waits for its rest. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "itzamna/skillrunner/v1/run.pb.h"

namespace skillrunner {

class OutputChunker {
 public:
  using Chunk = itzamna::skillrunner::v1::OutputChunk;
  static constexpr size_t kMaxChunkBytes = 64 * 1024;

  explicit OutputChunker(Chunk::Stream stream) : stream_(stream) {}

  // Adds bytes as they were read, any number; gives the chunks they complete, in order.
  std::vector<Chunk> Add(absl::string_view bytes);
  // The stream has ended: gives what still waited.
  std::vector<Chunk> End();

  // Bytes added so far.
  int64_t total_bytes() const { return offset_ + static_cast<int64_t>(waiting_.size()); }

 private:
  void Emit(absl::string_view bytes, bool text, std::vector<Chunk>* chunks);

  const Chunk::Stream stream_;
  int64_t offset_ = 0;   // of the next chunk
  std::string waiting_;  // the beginning of a character, at most 3 bytes
};

}  // namespace skillrunner

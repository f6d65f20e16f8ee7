#include "journal/output_chunker.h"

#include <utility>

#include "base/utf8.h"

namespace skillrunner {

void OutputChunker::Emit(absl::string_view bytes, bool text, std::vector<Chunk>* chunks) {
  if (bytes.empty()) return;
  Chunk chunk;
  chunk.set_stream(stream_);
  chunk.set_offset(offset_);
  (text ? chunk.mutable_text() : chunk.mutable_data())->assign(bytes.data(), bytes.size());
  offset_ += static_cast<int64_t>(bytes.size());
  chunks->push_back(std::move(chunk));
}

std::vector<OutputChunker::Chunk> OutputChunker::Add(absl::string_view bytes) {
  std::vector<Chunk> chunks;
  std::string joined;
  if (!waiting_.empty()) {
    joined = std::exchange(waiting_, {});
    joined.append(bytes.data(), bytes.size());
    bytes = joined;
  }
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, kMaxChunkBytes);
    const bool last = piece.size() == bytes.size();
    const Utf8Prefix prefix = ScanUtf8(piece);
    if (prefix.valid_bytes == piece.size() || prefix.incomplete) {
      Emit(piece.substr(0, prefix.valid_bytes), true, &chunks);
      bytes.remove_prefix(prefix.valid_bytes);
      if (prefix.incomplete && last) {
        waiting_.assign(bytes.data(), bytes.size());
        return chunks;
      }
    } else {
      // From the first bad byte on one chunk of data, rather than a storm of small ones around each.
      Emit(piece.substr(0, prefix.valid_bytes), true, &chunks);
      Emit(piece.substr(prefix.valid_bytes), false, &chunks);
      bytes.remove_prefix(piece.size());
    }
  }
  return chunks;
}

std::vector<OutputChunker::Chunk> OutputChunker::End() {
  std::vector<Chunk> chunks;
  const std::string rest = std::exchange(waiting_, {});
  Emit(rest, false, &chunks);
  return chunks;
}

}  // namespace skillrunner

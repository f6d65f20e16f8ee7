#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace skillrunner {
namespace {

struct Sequence {
  int length = 0;  // 0: no character starts with this byte
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xBF;
};

Sequence SequenceFor(uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {.length = 2};
  if (lead == 0xE0) return {.length = 3, .second_min = 0xA0};
  if (lead == 0xED) return {.length = 3, .second_max = 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {.length = 3};
  if (lead == 0xF0) return {.length = 4, .second_min = 0x90};
  if (lead >= 0xF1 && lead <= 0xF3) return {.length = 4};
  if (lead == 0xF4) return {.length = 4, .second_max = 0x8F};
  return {};
}

}  // namespace

Utf8Prefix ScanUtf8(absl::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t size = bytes.size();
  size_t at = 0;
  while (at < size) {
    if (size - at >= 8) {
      uint64_t word;
      std::memcpy(&word, data + at, sizeof(word));
      if ((word & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    if (data[at] < 0x80) {
      ++at;
      continue;
    }
    const Sequence sequence = SequenceFor(data[at]);
    if (sequence.length == 0) return {at, false};
    for (int i = 1; i < sequence.length; ++i) {
      if (at + static_cast<size_t>(i) == size) return {at, true};
      const uint8_t byte = data[at + static_cast<size_t>(i)];
      const uint8_t low = i == 1 ? sequence.second_min : 0x80;
      const uint8_t high = i == 1 ? sequence.second_max : 0xBF;
      if (byte < low || byte > high) return {at, false};
    }
    at += static_cast<size_t>(sequence.length);
  }
  return {at, false};
}

std::string ReplaceInvalidUtf8(absl::string_view bytes) {
  std::string text;
  while (true) {
    const size_t valid = ScanUtf8(bytes).valid_bytes;
    text.append(bytes.data(), valid);
    if (valid == bytes.size()) return text;
    text.append("\xEF\xBF\xBD");
    bytes.remove_prefix(valid + 1);
  }
}

}  // namespace skillrunner

// Encoding of small structs for messages between our own processes: fixed-width little-endian numbers, length-prefixed
// strings. A struct lists its fields once, in `template <class Archive> void Fields(Archive& a) { a(x, y, z); }`, and
// is written and read by it. Reading never trusts its input: a bad message gives false, not a crash.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace skillrunner {

class WireWriter {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  template <class T>
  void Put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      Put(static_cast<int64_t>(value));
    } else if constexpr (std::is_integral_v<T>) {
      const auto wide = static_cast<int64_t>(value);
      bytes_.append(reinterpret_cast<const char*>(&wide), sizeof(wide));
    } else if constexpr (std::is_same_v<T, std::string>) {
      Put(static_cast<int64_t>(value.size()));
      bytes_.append(value);
    } else {
      const_cast<T&>(value).Fields(*this);  // Fields() serves both directions; this one only reads
    }
  }
  template <class T>
  void Put(const std::vector<T>& values) {
    Put(static_cast<int64_t>(values.size()));
    for (const T& value : values) Put(value);
  }
  std::string bytes_;
};

class WireReader {
 public:
  explicit WireReader(absl::string_view bytes) : rest_(bytes) {}
  template <class... T>
  void operator()(T&... values) {
    (Get(values), ...);
  }
  // Whether everything read was there and nothing is left.
  bool Done() const { return ok_ && rest_.empty(); }

 private:
  template <class T>
  void Get(T& value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      int64_t wide = 0;
      if (rest_.size() < sizeof(wide)) {
        Fail();
        return;
      }
      std::memcpy(&wide, rest_.data(), sizeof(wide));
      rest_.remove_prefix(sizeof(wide));
      value = static_cast<T>(wide);
    } else if constexpr (std::is_same_v<T, std::string>) {
      int64_t size = 0;
      Get(size);
      if (size < 0 || static_cast<uint64_t>(size) > rest_.size()) {
        Fail();
        return;
      }
      value.assign(rest_.data(), static_cast<size_t>(size));
      rest_.remove_prefix(static_cast<size_t>(size));
    } else {
      value.Fields(*this);
    }
  }
  template <class T>
  void Get(std::vector<T>& values) {
    int64_t count = 0;
    Get(count);
    // Every element takes at least eight bytes, so a count cannot make us allocate more than the message justifies.
    if (count < 0 || static_cast<uint64_t>(count) > rest_.size() / 8) {
      Fail();
      return;
    }
    values.resize(static_cast<size_t>(count));
    for (T& value : values) Get(value);
  }
  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  absl::string_view rest_;
  bool ok_ = true;
};

// One of several message types, told apart by Type::kTag.
template <class T>
std::string Encode(const T& message) {
  WireWriter writer;
  writer(T::kTag, message);
  return writer.Take();
}

// False: `bytes` is not a T.
template <class T>
bool Decode(absl::string_view bytes, T* message) {
  WireReader reader(bytes);
  auto tag = T::kTag;
  reader(tag);
  if (tag != T::kTag) return false;
  reader(*message);
  return reader.Done();
}

}  // namespace skillrunner

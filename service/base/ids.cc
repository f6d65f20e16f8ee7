#include "base/ids.h"

#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

#include "base/clock.h"

namespace skillrunner {

std::string NewSortableId() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford base 32
  std::string id(26, '0');
  auto millis = static_cast<uint64_t>(absl::ToUnixMillis(absl::Now()));
  for (int i = 9; i >= 0; --i) {
    id[static_cast<size_t>(i)] = kAlphabet[millis & 31];
    millis >>= 5;
  }
  uint8_t random[16];
  // Up to 256 bytes are delivered whole once the kernel's pool is seeded (getrandom(2)).
  if (::getrandom(random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) std::abort();
  for (size_t i = 0; i < sizeof(random); ++i) id[10 + i] = kAlphabet[random[i] & 31];
  return id;
}

}  // namespace skillrunner

// What compilers made, kept for the next run of the same source. Belongs to the reactor's thread.
//
// Only the server writes it, and only with what a compiler printed in a sandbox that held nothing but the source: no
// arguments, input, variables or files of a request. The key is a hash of that source, the compiler's version and its
// command line. So an entry can be spoilt by its own source at most, and is given to runs of that very source only
// (docs/adr/0005-compile-in-a-sandbox-of-its-own.md).
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace skillrunner {

class CompileCache {
 public:
  explicit CompileCache(size_t most_bytes) : most_bytes_(most_bytes) {}

  // Null: it is not there.
  std::shared_ptr<const std::string> Find(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    latest_.splice(latest_.begin(), latest_, found->second.place);
    return found->second.made;
  }

  // Forgets what was not asked for the longest, where there is no room. What is larger than a quarter of all is not
  // kept.
  void Keep(const std::string& key, std::shared_ptr<const std::string> made) {
    if (made->size() > most_bytes_ / 4 || entries_.count(key) != 0) return;
    bytes_ += made->size();
    latest_.push_front(key);
    entries_[key] = {std::move(made), latest_.begin()};
    while (bytes_ > most_bytes_) {
      const auto oldest = entries_.find(latest_.back());
      bytes_ -= oldest->second.made->size();
      entries_.erase(oldest);
      latest_.pop_back();
    }
  }

  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::shared_ptr<const std::string> made;
    std::list<std::string>::iterator place;
  };
  const size_t most_bytes_;
  size_t bytes_ = 0;
  std::list<std::string> latest_;  // keys, the one asked for last first
  std::map<std::string, Entry> entries_;
};

}  // namespace skillrunner

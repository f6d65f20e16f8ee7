#include "catalog/loader.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "catalog/assemble.h"
#include "catalog/descriptor.h"
#include "catalog/hashes.h"

namespace skillrunner::catalog {
namespace {

// Two changes within a tick of the clock that stamps files look like one: a file read so soon after a change is read
// again the next time.
constexpr int64_t kTickNanos = 50'000'000;

int64_t WallNanos() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Why the new content is worse than the old; empty if it is not.
std::string WhyBroken(const ParsedFile& before, const ParsedFile& now) {
  if (before.skill == nullptr) return "";
  if (now.skill == nullptr) return now.diagnostics.empty() ? "it is broken" : now.diagnostics.front().message;
  if (before.skill->front_matter.empty()) return "";
  for (const Diagnostic& diagnostic : now.skill->diagnostics) {
    for (const char* code : {"front-matter-invalid", "front-matter-unclosed", "front-matter-too-large"}) {
      if (diagnostic.code == code) return diagnostic.message;
    }
  }
  return "";
}

}  // namespace

struct Loader::File {
  FileStamp stamp;
  FileKind kind = FileKind::kDescriptor;
  bool settled = false;                     // the stamp can be trusted
  bool seen = false;                        // by the walk under way
  std::shared_ptr<const ParsedFile> shown;  // its content, or the last good one
  std::string kept_because;                 // why `shown` is the last good one; empty: it is the content
};

bool Loader::PathLess::operator()(const std::string& a, const std::string& b) const {
  // A separator comes before every byte that a name can have.
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x == '/' ? 0 : static_cast<unsigned char>(x)) < (y == '/' ? 0 : static_cast<unsigned char>(y));
  });
}

class Loader::Visit final : public FileVisitor {
 public:
  Visit(const Root& root, Files* files, LoadCounts* counts, const std::function<void(int)>& watch)
      : root_(root), files_(files), counts_(counts), watch_(watch) {}

  void OnDirectory(int fd) override { Watch(fd); }
  void OnLinkedFile(int fd) override { Watch(fd); }

  bool Wants(const FoundFile& found) override {
    ++counts_->files;
    const auto known = files_->find(found.path);
    if (known == files_->end() || !known->second.settled || known->second.stamp != found.stamp) return true;
    known->second.seen = true;
    return false;
  }

  void OnFile(const FoundFile& found, const std::string& bytes) override {
    ++counts_->read;
    File& file = (*files_)[found.path];
    file.stamp = found.stamp;
    file.kind = found.kind;
    file.settled = WallNanos() - found.stamp.changed_nanos > kTickNanos;
    file.seen = true;
    // A stamp that is not settled yet, a touched file, a checkout: other times, same bytes. What was parsed stays.
    if (file.shown != nullptr && file.shown->skill != nullptr && file.shown->skill->revision == Sha256Hex(bytes)) {
      file.kept_because.clear();
      return;
    }
    auto parsed = std::make_shared<ParsedFile>(ParseFile(root_, found.path, bytes));
    file.kept_because = file.shown == nullptr ? "" : WhyBroken(*file.shown, *parsed);
    if (file.kept_because.empty()) file.shown = std::move(parsed);
  }

  void OnUnreadable(const std::string& path) override { unreadable_.push_back(path); }
  const std::vector<std::string>& unreadable() const { return unreadable_; }

 private:
  void Watch(int fd) {
    if (watch_) watch_(fd);
  }

  const Root& root_;
  Files* files_;
  LoadCounts* counts_;
  const std::function<void(int)>& watch_;
  std::vector<std::string> unreadable_;
};

Loader::Loader(std::vector<Root> roots) : roots_(std::move(roots)), files_(roots_.size()) {}
Loader::~Loader() = default;

std::shared_ptr<const Snapshot> Loader::Load(const std::function<void(int fd)>& watch) {
  counts_ = {};
  std::vector<Diagnostic> diagnostics;
  std::vector<AssembledFile> all;
  for (size_t i = 0; i < roots_.size(); ++i) {
    Files& files = files_[i];
    for (auto& [path, file] : files) file.seen = false;
    Visit visit(roots_[i], &files, &counts_, watch);
    ReadDescriptorFiles(roots_[i], &visit, &diagnostics);
    KeepUnreadable(i, visit.unreadable());
    for (auto& [path, file] : files) {
      if (!file.kept_because.empty()) ++counts_.kept_good;
      all.push_back(
          {.root = i, .path = path, .kind = file.kind, .parsed = file.shown, .kept_because = file.kept_because});
    }
  }
  return Assemble(roots_, all, std::move(diagnostics));
}

// Of the files that were not seen: those in unreadable places stay, the others are gone.
void Loader::KeepUnreadable(size_t root, const std::vector<std::string>& unreadable) {
  Files& files = files_[root];
  for (auto file = files.begin(); file != files.end();) {
    if (file->second.seen) {
      ++file;
      continue;
    }
    bool keep = false;
    for (const std::string& place : unreadable) {
      keep = keep || place.empty() || place == file->first || absl::StartsWith(file->first, absl::StrCat(place, "/"));
    }
    if (!keep || file->second.shown == nullptr || file->second.shown->skill == nullptr) {
      file = files.erase(file);
      continue;
    }
    file->second.kept_because = "it cannot be read";
    file->second.settled = false;
    ++file;
  }
}

}  // namespace skillrunner::catalog

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "catalog/live_catalog.h"
#include "catalog/loader.h"
#include "catalog/search_index.h"
#include "comparisons.h"

namespace skillrunner::bench {
namespace {

namespace fs = std::filesystem;

constexpr char kBaseline[] = "read the same bytes";
constexpr absl::Duration kPatience = absl::Seconds(60);

// Words enough that not every descriptor has each, and a name that only one has.
std::string Word(size_t number) {
  static constexpr const char* kRoots[] = {"async", "tarefa", "event", "corrot", "socket", "buffer",
                                           "query", "índice", "cache", "thread", "padrão", "stream"};
  return absl::StrCat(kRoots[number % 12], number / 12 % 97);
}

std::string Descriptor(size_t number, const std::string& mark) {
  std::string text =
      absl::StrCat("---\nname: skill-", number, "\ndescription: Descrição de ", Word(number), " com ", Word(number * 7),
                   " e ", mark, "\ndomain: programming\nlevel: L", number % 4, "\nstatus: approved\ntags: [",
                   Word(number * 3), ", ", Word(number * 5), "]\n---\n# Skill ", number, "\n");
  for (size_t section = 0; section < 6; ++section) {
    absl::StrAppend(&text, "\n## Seção ", section, "\n\n");
    for (size_t line = 0; line < 5; ++line) {
      for (size_t word = 0; word < 9; ++word)
        absl::StrAppend(&text, Word(number * 31 + section * 131 + line * 17 + word * 5), " ");
      text += "\n";
    }
    if (section % 2 == 0) continue;
    absl::StrAppend(&text,
                    "\n```python\nimport asyncio\n\n\nasync def main():\n    await asyncio.sleep(0)\n    print(\"",
                    Word(number + section), "\")\n\n\nasyncio.run(main())\n```\n");
  }
  return text;
}

void Write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

fs::path PathOf(const fs::path& root, size_t number) {
  return root / absl::StrCat("group", number % 100) / absl::StrCat("skill-", number) / "SKILL.md";
}

// What any program that has to know all of it must do: find every file and read it.
std::vector<std::string> ReadAll(const fs::path& root) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::string bytes(fs::file_size(entry.path()), '\0');
    std::ifstream(entry.path(), std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    files.push_back(std::move(bytes));
  }
  return files;
}

template <class Function>
double Milliseconds(const Function& function) {
  const absl::Time start = absl::Now();
  function();
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

// The newest snapshot of a catalogue that follows its directory.
class Follower {
 public:
  explicit Follower(const catalog::Root& root) : live_({root}) {
    live_.Start([this](std::shared_ptr<const catalog::Snapshot> snapshot) {
      absl::MutexLock lock(&mutex_);
      newest_ = std::move(snapshot);
    });
  }
  bool Sees(const std::string& id, const std::string& mark) {
    const auto seen = [&] {
      const auto skill = newest_ == nullptr ? nullptr : newest_->find(id);
      return skill != nullptr && absl::StrContains(skill->description, mark);
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&seen), kPatience);
  }

 private:
  absl::Mutex mutex_;
  std::shared_ptr<const catalog::Snapshot> newest_;
  catalog::LiveCatalog live_;
};

absl::Status CompareLoads(const Effort& effort, const catalog::Root& root, Report& report) {
  const fs::path directory = root.access_path;
  std::vector<double> cold, index, again, followed, baseline;
  for (int round = 0; round < effort.catalog_rounds; ++round) {
    catalog::Loader loader({root});
    std::shared_ptr<const catalog::Snapshot> snapshot;
    cold.push_back(Milliseconds([&] { snapshot = loader.Load(); }));
    if (snapshot->skills().size() != effort.descriptors) return absl::InternalError("not every descriptor was loaded");
    size_t files = 0;
    baseline.push_back(Milliseconds([&] { files = ReadAll(directory).size(); }));
    if (files != effort.descriptors) return absl::InternalError("not every descriptor was read");
    catalog::SearchIndex search;
    index.push_back(Milliseconds([&] { search.Update(snapshot); }));

    const size_t edited = static_cast<size_t>(round) * 37 % effort.descriptors;
    const std::string id = absl::StrCat("skill-", edited);
    absl::SleepFor(absl::Milliseconds(100));  // so that the stamps of all files are trusted
    loader.Load();
    Write(PathOf(directory, edited), Descriptor(edited, absl::StrCat("edit", round)));
    again.push_back(Milliseconds([&] { snapshot = loader.Load(); }));
    if (loader.counts().read != 1 || !absl::StrContains(snapshot->find(id)->description, absl::StrCat("edit", round)))
      return absl::InternalError("the edit was not loaded, or more than it");
    if (search.Update(snapshot) != 1) return absl::InternalError("more than the edit was indexed");
  }
  Follower follower(root);
  for (int round = 0; round < effort.catalog_rounds; ++round) {
    const std::string mark = absl::StrCat("followed", round);
    bool seen = false;
    followed.push_back(Milliseconds([&] {
      Write(PathOf(directory, 1), Descriptor(1, mark));
      seen = follower.Sees("skill-1", mark);
    }));
    if (!seen) return absl::InternalError("the edit was not seen");
  }
  report.Add({"catalogue: cold load", "skill-runner", "ms", false, std::move(cold)});
  report.Add({"catalogue: cold load", kBaseline, "ms", true, baseline});
  report.Add({"catalogue: search index", "skill-runner", "ms", false, std::move(index)});
  report.Add({"catalogue: search index", kBaseline, "ms", true, baseline});
  report.Add({"catalogue: reload of one", "skill-runner", "ms", false, std::move(again)});
  report.Add({"catalogue: reload of one", "from edit to snapshot", "ms", false, std::move(followed)});
  report.Add({"catalogue: reload of one", kBaseline, "ms", true, std::move(baseline)});
  return absl::OkStatus();
}

absl::Status CompareSearches(const Effort& effort, const catalog::Root& root, Report& report) {
  catalog::SearchIndex index;
  index.Update(catalog::LoadSnapshot({root}));
  const std::vector<std::string> files = ReadAll(root.access_path);
  std::vector<double> ours, scan;
  for (int query = 0; query < effort.searches; ++query) {
    const auto number = static_cast<size_t>(query);
    // One word that a few have, two words, the beginning of a word, and one that nearly all have.
    const std::string texts[] = {Word(number), absl::StrCat(Word(number), " ", Word(number * 7 + 3)),
                                 Word(number).substr(0, 4), "import"};
    const std::string& text = texts[query % 4];
    catalog::SearchAnswer answer;
    ours.push_back(1000 * Milliseconds([&] { answer = index.Search({.text = text}); }));
    if (answer.matches.empty()) return absl::InternalError(absl::StrCat("nothing was found for ", text));
    const std::string word = text.substr(0, text.find(' '));
    size_t found = 0;
    scan.push_back(1000 * Milliseconds([&] {
                     for (const std::string& bytes : files) found += absl::StrContains(bytes, word) ? 1 : 0;
                   }));
    if (found == 0) return absl::InternalError(absl::StrCat("no file has ", word));
  }
  report.Add({"catalogue: search", "skill-runner", "us", false, std::move(ours)});
  report.Add({"catalogue: search", "scan of the same bytes", "us", true, std::move(scan)});
  return absl::OkStatus();
}

}  // namespace

absl::Status CompareCatalogScale(const Effort& effort, Report& report) {
  std::string pattern = (fs::temp_directory_path() / "skill-bench-catalogue-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return absl::InternalError("no directory for the descriptors");
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    fs::remove_all(pattern, ignored);
  };
  size_t bytes = 0;
  for (size_t i = 0; i < effort.descriptors; ++i) {
    const std::string text = Descriptor(i, "nada");
    bytes += text.size();
    Write(PathOf(pattern, i), text);
  }
  report.AddCondition("catalogue", absl::StrCat(effort.descriptors, " descriptors of ", bytes / effort.descriptors,
                                                " bytes with 3 code blocks each, in the page cache"));
  const catalog::Root root{pattern, pattern};
  RETURN_IF_ERROR(CompareLoads(effort, root, report));
  return CompareSearches(effort, root, report);
}

}  // namespace skillrunner::bench

// Real files, real edits, real inotify: what the thread makes of them. Each case also runs without inotify.
#include "catalog/live_catalog.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "catalog/changes.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Seconds(30);  // on a machine that does other things

std::string Named(const std::string& name, const std::string& more = "") {
  return "---\nname: " + name + "\ndescription: d\n---\n# " + name + "\n\n```sh\ntrue\n```\n" + more;
}

// Root reads everything: this thread, and those it starts, are nobody for as long as this lives. The system call
// itself, because setresuid() changes all threads.
class AsNobody {
 public:
  explicit AsNobody(const std::string& to_be_read) {
    if (::geteuid() != 0) return;
    ::chmod(to_be_read.c_str(), 0755);
    was_root_ = ::syscall(SYS_setresuid, -1, kNobody, -1) == 0;
  }
  ~AsNobody() {
    if (was_root_) (void)::syscall(SYS_setresuid, -1, 0, -1);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool was_root_ = false;
};

class LiveCatalogCase : public ::testing::TestWithParam<bool> {
 protected:
  void Open(std::vector<Root> roots) {
    live_ = std::make_unique<LiveCatalog>(std::move(roots), GetParam());
    newest_ = live_->snapshot();
    live_->Start([this](std::shared_ptr<const Snapshot> snapshot) {
      absl::MutexLock lock(&mutex_);
      newest_ = std::move(snapshot);
      ++published_;
    });
  }
  void Open() { Open({{"shown", dir_.path()}}); }
  ~LiveCatalogCase() override { live_.reset(); }

  std::shared_ptr<const Snapshot> Newest() {
    absl::MutexLock lock(&mutex_);
    return newest_;
  }
  int published() {
    absl::MutexLock lock(&mutex_);
    return published_;
  }

  // Waits until the newest snapshot is as wanted.
  bool Becomes(const std::function<bool(const Snapshot&)>& wanted) {
    const auto reached = [&] { return wanted(*newest_); };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }
  bool Has(const std::string& id) {
    return Becomes([&](const Snapshot& snapshot) { return snapshot.find(id) != nullptr; });
  }
  bool HasNot(const std::string& id) {
    return Becomes([&](const Snapshot& snapshot) { return snapshot.find(id) == nullptr; });
  }
  bool HasAnother(const std::string& id, const std::string& revision) {
    return Becomes([&](const Snapshot& snapshot) {
      return snapshot.find(id) != nullptr && snapshot.find(id)->revision != revision;
    });
  }

  TempDir dir_;
  absl::Mutex mutex_;
  std::shared_ptr<const Snapshot> newest_;
  int published_ = 0;
  std::unique_ptr<LiveCatalog> live_;
};

TEST_P(LiveCatalogCase, SeesFilesComeChangeAndGo) {
  dir_.Write("a/SKILL.md", Named("a"));
  Open();
  const auto first = Newest();
  ASSERT_NE(first->find("a"), nullptr);
  dir_.Write("b/SKILL.md", Named("b"));
  ASSERT_TRUE(Has("b"));
  // A directory that is new is watched, too.
  dir_.Write("b/SKILL.md", Named("b", "more\n"));
  ASSERT_TRUE(HasAnother("b", Newest()->find("b")->revision) ||
              Newest()->find("b")->body.find("more") != std::string::npos);
  dir_.Write("b/c/deep/SKILL.md", Named("c"));
  ASSERT_TRUE(Has("c"));
  fs::remove_all(dir_ / "b");
  ASSERT_TRUE(HasNot("b"));
  ASSERT_TRUE(HasNot("c"));
  // Whoever holds the first snapshot still has it, and what did not change is the same object.
  EXPECT_EQ(first->skills().size(), 1U);
  EXPECT_EQ(Newest()->find("a"), first->find("a"));
}

TEST_P(LiveCatalogCase, SeesWhatEditorsDoToSave) {
  dir_.Write("s/SKILL.md", Named("s"));
  Open();
  std::string revision = Newest()->find("s")->revision;
  // Write beside it and rename over it, as vim and most others do.
  dir_.Write("s/.SKILL.md.swp", Named("s", "renamed\n"));
  fs::rename(dir_ / "s/.SKILL.md.swp", dir_ / "s/SKILL.md");
  ASSERT_TRUE(HasAnother("s", revision));
  revision = Newest()->find("s")->revision;
  // Move it away, write it anew, delete what was moved.
  fs::rename(dir_ / "s/SKILL.md", dir_ / "s/SKILL.md~");
  dir_.Write("s/SKILL.md", Named("s", "anew\n"));
  fs::remove(dir_ / "s/SKILL.md~");
  ASSERT_TRUE(HasAnother("s", revision));
  revision = Newest()->find("s")->revision;
  // Truncate and write in place, and keep the file open.
  const UniqueFd file(::open((dir_ / "s/SKILL.md").c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  const std::string text = Named("s", "in place\n");
  ASSERT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_TRUE(Becomes([&](const Snapshot& now) {
    return now.find("s") != nullptr && now.find("s")->body.find("in place") != std::string::npos;
  }));
  EXPECT_EQ(FindCode(Newest()->find("s")->diagnostics, "kept-last-good"), nullptr);
}

TEST_P(LiveCatalogCase, SeesRenamedDirectoriesAndWatchesThemUnderTheirNewName) {
  dir_.Write("old/x.md", "# Moved\n");
  Open();
  ASSERT_NE(Newest()->find("moved"), nullptr);
  fs::rename(dir_ / "old", dir_ / "new");
  ASSERT_TRUE(Becomes(
      [](const Snapshot& now) { return now.find("moved") != nullptr && now.find("moved")->path == "new/x.md"; }));
  dir_.Write("new/y.md", "# Another\n");
  ASSERT_TRUE(Has("another"));
}

// As Kubernetes mounts a ConfigMap: links through a link that is replaced as a whole.
TEST_P(LiveCatalogCase, ReadsAVolumeOfKubernetesOnceAndSeesItsUpdates) {
  dir_.Write("..2026_1/s.md", "# S\n");
  fs::create_directory_symlink("..2026_1", dir_ / "..data");
  fs::create_symlink("..data/s.md", dir_ / "s.md");
  Open();
  ASSERT_EQ(Newest()->skills().size(), 1U);
  EXPECT_EQ(Newest()->skills()[0]->path, "s.md");
  EXPECT_TRUE(Newest()->diagnostics().empty());
  dir_.Write("..2026_2/s.md", "# S\n\nnew\n");
  fs::create_directory_symlink("..2026_2", dir_ / "..data_tmp");
  fs::rename(dir_ / "..data_tmp", dir_ / "..data");
  fs::remove_all(dir_ / "..2026_1");
  ASSERT_TRUE(Becomes([](const Snapshot& now) {
    return now.skills().size() == 1 && now.skills()[0]->body.find("new") != std::string::npos;
  }));
}

TEST_P(LiveCatalogCase, SeesEditsOfALinkedFileThatHasAnotherName) {
  dir_.Write("x.txt", "# S\n");
  dir_.Write("node_modules/y.txt", "# T\n");
  fs::create_symlink("x.txt", dir_ / "s.md");
  fs::create_symlink("node_modules/y.txt", dir_ / "t.md");
  Open();
  ASSERT_EQ(Newest()->skills().size(), 2U);
  std::string revision = Newest()->find("s")->revision;
  dir_.Write("x.txt", "# S\n\nmore\n");
  ASSERT_TRUE(HasAnother("s", revision));
  revision = Newest()->find("t")->revision;
  dir_.Write("node_modules/new.txt", "# T\n\nmore\n");
  fs::rename(dir_ / "node_modules/new.txt", dir_ / "node_modules/y.txt");
  ASSERT_TRUE(HasAnother("t", revision));
}

TEST_P(LiveCatalogCase, KeepsTheLastGoodRevisionOfABrokenFileAndSaysSo) {
  dir_.Write("s/SKILL.md", Named("s"));
  Open();
  const auto good = Newest();
  dir_.Write("s/SKILL.md", "---\nname: [\n---\n# Broken\n");
  ASSERT_TRUE(Becomes([](const Snapshot& now) {
    return now.find("s") != nullptr && FindCode(now.find("s")->diagnostics, "kept-last-good") != nullptr;
  }));
  EXPECT_EQ(Newest()->find("s")->revision, good->find("s")->revision);
  const std::vector<Change> changes = Compare(*good, *Newest());
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].kind, Change::Kind::kBroken);
  dir_.Write("s/SKILL.md", Named("s", "repaired\n"));
  ASSERT_TRUE(HasAnother("s", good->find("s")->revision));
  EXPECT_EQ(FindCode(Newest()->find("s")->diagnostics, "kept-last-good"), nullptr);
}

TEST_P(LiveCatalogCase, KeepsASkillWhoseDirectoryCannotBeReadUntilItCan) {
  dir_.Write("s/SKILL.md", Named("s"));
  {
    const AsNobody nobody(dir_.path());
    Open();
  }
  ::chmod((dir_ / "s").c_str(), 0);
  ASSERT_TRUE(
      Becomes([](const Snapshot& now) { return FindCode(now.diagnostics(), "unreadable-directory") != nullptr; }));
  EXPECT_NE(Newest()->find("s"), nullptr);
  ::chmod((dir_ / "s").c_str(), 0755);
  ASSERT_TRUE(Becomes([](const Snapshot& now) { return now.diagnostics().empty(); }));
}

TEST_P(LiveCatalogCase, FollowsTheNameOfARootThatIsReplaced) {
  dir_.Write("one/a.md", "# A\n");
  dir_.Write("two/b.md", "# B\n");
  fs::create_directory_symlink("one", dir_ / "current");
  // As the service has it: opened once, at the start.
  const UniqueFd held(::open((dir_ / "current").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Open({{dir_ / "current", absl::StrCat("/proc/self/fd/", held.get())}});
  ASSERT_NE(Newest()->find("a"), nullptr);
  fs::create_directory_symlink("two", dir_ / "next");
  fs::rename(dir_ / "next", dir_ / "current");
  ASSERT_TRUE(Has("b"));
  EXPECT_EQ(Newest()->find("a"), nullptr);
}

TEST_P(LiveCatalogCase, KeepsTheSkillsOfADeletedRootUntilItIsThereAgain) {
  dir_.Write("root/a.md", "# A\n");
  const UniqueFd held(::open((dir_ / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Open({{dir_ / "root", absl::StrCat("/proc/self/fd/", held.get())}});
  fs::rename(dir_ / "root", dir_ / "gone");
  fs::remove_all(dir_ / "gone");
  ASSERT_TRUE(Becomes([](const Snapshot& now) { return FindCode(now.diagnostics(), "root-unreadable") != nullptr; }));
  dir_.Write("root/b.md", "# B\n");
  ASSERT_TRUE(Has("b"));
  EXPECT_EQ(Newest()->find("a"), nullptr);
  EXPECT_TRUE(Newest()->diagnostics().empty());
}

TEST_P(LiveCatalogCase, IsNotLedInCirclesByLinks) {
  dir_.Write("s/SKILL.md", Named("s"));
  fs::create_directory_symlink("..", dir_ / "s/loop");
  fs::create_symlink("self.md", dir_ / "self.md");
  Open();
  dir_.Write("t/SKILL.md", Named("t"));
  ASSERT_TRUE(Has("t"));
  EXPECT_EQ(Newest()->skills().size(), 2U);
  EXPECT_NE(FindCode(Newest()->diagnostics(), "symlink-loop"), nullptr);
}

TEST_P(LiveCatalogCase, PublishesNothingWhereNothingThatMattersChanged) {
  dir_.Write("s/SKILL.md", Named("s"));
  Open();
  const auto replace = [&](const std::string& name, const std::string& text) {
    dir_.Write(name + ".new", text);
    fs::rename(dir_ / (name + ".new"), dir_ / name);
  };
  for (int i = 0; i < 20; ++i) {
    replace("s/notes.txt", absl::StrCat(i));
    replace("s/SKILL.md", Named("s"));  // the same bytes
  }
  replace("t/SKILL.md", Named("t"));
  ASSERT_TRUE(Has("t"));
  EXPECT_EQ(published(), 1);
}

TEST_P(LiveCatalogCase, SurvivesMoreEventsThanTheKernelKeeps) {
  Open();
  // The queue holds 16,384 events by default: creating, writing and closing 8,000 files are more.
  for (int i = 0; i < 8000; ++i) dir_.Write(absl::StrCat("d", i % 10, "/n", i, ".txt"), "x");
  for (int i = 0; i < 200; ++i) dir_.Write(absl::StrCat("d", i % 10, "/s", i, ".md"), absl::StrCat("# S", i, "\n"));
  ASSERT_TRUE(Becomes([](const Snapshot& now) { return now.skills().size() == 200; }));
}

TEST_P(LiveCatalogCase, EndsAtOnceWhileItIsBusy) {
  Open();
  for (int i = 0; i < 100; ++i) dir_.Write(absl::StrCat("s", i, ".md"), "# S\n");
  live_.reset();
}

INSTANTIATE_TEST_SUITE_P(Live, LiveCatalogCase, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Watching" : "Walking"; });

// In a process, and a user namespace, of its own, where a limit of inotify is that low: edits in many directories are
// seen all the same.
enum Exit { kSeen = 0, kUnseen = 1, kNothingWrong = 2, kNoNamespace = 77 };

Exit SeeEditsWith(const char* limit, const char* value) {
  if (::unshare(CLONE_NEWUSER) != 0) return kNoNamespace;
  const UniqueFd file(::open(absl::StrCat("/proc/sys/user/", limit).c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || ::write(file.get(), value, strlen(value)) < 0) return kNoNamespace;
  TempDir dir;
  for (int i = 0; i < 8; ++i) dir.Write(absl::StrCat("d", i, "/x.md"), absl::StrCat("# Before", i, "\n"));
  DirectoryWatch watch;
  watch.BeginRound();
  for (int i = 0; i < 8; ++i) {
    const UniqueFd fd(::open((dir / absl::StrCat("d", i)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    watch.Add(fd.get());
  }
  watch.EndRound();
  if (watch.problem().find(limit + strlen("max_inotify_")) == std::string::npos) return kNothingWrong;

  absl::Mutex mutex;
  std::shared_ptr<const Snapshot> newest;
  LiveCatalog live({{"shown", dir.path()}});
  live.Start([&](std::shared_ptr<const Snapshot> snapshot) {
    absl::MutexLock lock(&mutex);
    newest = std::move(snapshot);
  });
  for (int i = 0; i < 8; ++i) {
    dir.Write(absl::StrCat("d", i, "/x.md"), absl::StrCat("# After", i, "\n"));
    const auto seen = [&] { return newest != nullptr && newest->find(absl::StrCat("after", i)) != nullptr; };
    absl::MutexLock lock(&mutex);
    if (!mutex.AwaitWithTimeout(absl::Condition(&seen), kPatience)) return kUnseen;
  }
  return kSeen;
}

void ExpectEditsSeenWith(const char* limit, const char* value) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(SeeEditsWith(limit, value));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kNoNamespace) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(WEXITSTATUS(status), kSeen);
}

TEST(LiveCatalogLimits, WalksWhereTheKernelWatchesNoMoreDirectories) {
  ExpectEditsSeenWith("max_inotify_watches", "4");
}

TEST(LiveCatalogLimits, WalksWhereTheKernelHasNoInstanceLeft) {
  ExpectEditsSeenWith("max_inotify_instances", "0");
}

TEST(DirectoryWatch, LetsGoOfDirectoriesThatAreNotAddedAgain) {
  TempDir dir;
  dir.Write("a/x.md", "x");
  dir.Write("b/x.md", "x");
  const UniqueFd a(::open((dir / "a").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd b(::open((dir / "b").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DirectoryWatch watch;
  watch.BeginRound();
  watch.Add(a.get());
  watch.Add(b.get());
  watch.EndRound();
  EXPECT_EQ(watch.problem(), "");
  EXPECT_FALSE(watch.TakeEvents());
  dir.Write("b/x.md", "y");
  EXPECT_TRUE(watch.TakeEvents());
  watch.BeginRound();
  watch.Add(a.get());
  watch.EndRound();
  watch.TakeEvents();
  dir.Write("b/x.md", "z");
  EXPECT_FALSE(watch.TakeEvents());
  dir.Write("a/notes.txt", "new name");
  EXPECT_TRUE(watch.TakeEvents());
  dir.Write("a/notes.txt", "other content");
  EXPECT_FALSE(watch.TakeEvents());
  dir.Write("a/x.md", "content");
  EXPECT_TRUE(watch.TakeEvents());
}

TEST(DirectoryWatch, TakesLostEventsForAChange) {
  const int most = std::stoi("0" + ReadWhole("/proc/sys/fs/inotify/max_queued_events"));
  if (most == 0 || most > 200'000) GTEST_SKIP() << "the queue is not one to fill";
  TempDir dir;
  dir.Write("a.txt", "x");
  dir.Write("b.txt", "x");
  const UniqueFd fd(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd a(::open((dir / "a.txt").c_str(), O_WRONLY | O_CLOEXEC));
  const UniqueFd b(::open((dir / "b.txt").c_str(), O_WRONLY | O_CLOEXEC));
  DirectoryWatch watch;
  watch.BeginRound();
  watch.Add(fd.get());
  watch.EndRound();
  // In turns: events that are equal to the one before are merged with it. No descriptor is among them.
  const auto write_both = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_EQ(::write(i % 2 == 0 ? a.get() : b.get(), "y", 1), 1);
  };
  write_both(100);
  EXPECT_FALSE(watch.TakeEvents());
  write_both(most + 100);
  EXPECT_TRUE(watch.TakeEvents());
  EXPECT_FALSE(watch.TakeEvents());
}

TEST(Changes, AreToldApart) {
  const auto skill = [](const std::string& id, const std::string& revision) {
    auto made = std::make_shared<Skill>();
    made->id = id;
    made->revision = revision;
    return made;
  };
  const auto same = skill("same", "1");
  auto broken = skill("broken", "1");
  broken->diagnostics.push_back({"kept-last-good", Severity::kWarning, "m", {"p", 0, 0}, "r", ""});
  auto noted = skill("noted", "1");
  noted->diagnostics.push_back({"id-collision", Severity::kWarning, "m", {"p", 0, 0}, "r", ""});
  const Snapshot before(
      {same, skill("gone", "1"), skill("edited", "1"), skill("broken", "1"), skill("noted", "1"), skill("equal", "1")},
      {}, {});
  const Snapshot after({same, skill("new", "1"), skill("edited", "2"), broken, noted, skill("equal", "1")}, {}, {});
  std::vector<std::string> seen;
  for (const Change& change : Compare(before, after)) {
    seen.push_back(
        absl::StrCat((change.after != nullptr ? change.after : change.before)->id, " ", static_cast<int>(change.kind)));
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("broken 3", "edited 1", "gone 2", "new 0", "noted 1"));
  EXPECT_FALSE(SameContent(before, after));
  EXPECT_TRUE(SameContent(after, after));
  EXPECT_TRUE(SameContent(Snapshot({skill("a", "1")}, {}, {}), Snapshot({skill("a", "1")}, {}, {})));
  EXPECT_FALSE(SameContent(Snapshot(), Snapshot({}, {}, {Diagnostic{"empty-file"}})));
  Document document;
  document.path = "INDEX.md";
  EXPECT_FALSE(SameContent(Snapshot(), Snapshot({}, {document}, {})));
}

}  // namespace
}  // namespace skillrunner::catalog

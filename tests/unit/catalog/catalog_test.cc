#include "catalog/catalog.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "catalog_testing.h"

namespace skillrunner::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Ids(const Snapshot& snapshot) {
  std::vector<std::string> ids;
  for (const auto& skill : snapshot.skills()) ids.push_back(skill->id);
  return ids;
}

// "code path" of each diagnostic.
std::vector<std::string> Problems(const Snapshot& snapshot) {
  std::vector<std::string> problems;
  for (const Diagnostic& diagnostic : snapshot.diagnostics())
    problems.push_back(absl::StrCat(diagnostic.code, " ", diagnostic.position.path));
  return problems;
}

std::shared_ptr<const Snapshot> Load(const TempDir& dir) {
  return LoadSnapshot({{"shown", dir.path()}});
}

constexpr char kBody[] = "\n```sh\ntrue\n```\n";

TEST(Catalog, FindsDescriptorsAtAnyDepthSortedById) {
  TempDir dir;
  dir.Write("z.md", absl::StrCat("# Beta", kBody));
  dir.Write("a/b/SKILL.md", absl::StrCat("# Gamma", kBody));
  dir.Write(".prompt-os/x.MD", absl::StrCat("# Alpha", kBody));
  dir.Write(".git/x.md", "# Hidden");
  dir.Write("notes.txt", "# No");
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), ElementsAre("alpha", "beta", "gamma"));
  EXPECT_THAT(snapshot->diagnostics(), IsEmpty());
  ASSERT_NE(snapshot->find("gamma"), nullptr);
  EXPECT_EQ(snapshot->find("gamma")->path, "a/b/SKILL.md");
  EXPECT_EQ(snapshot->find("gamma")->root, "shown");
  EXPECT_EQ(snapshot->find("gam"), nullptr);
  EXPECT_NE(FindExample(*snapshot->find("gamma"), "gamma"), nullptr);
  EXPECT_EQ(FindExample(*snapshot->find("gamma"), "other"), nullptr);
}

TEST(Catalog, ReadsThroughADirectoryDescriptor) {
  TempDir dir;
  dir.Write("x.md", absl::StrCat("# X", kBody));
  const UniqueFd fd(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto snapshot = LoadSnapshot({{"shown", absl::StrCat("/proc/self/fd/", fd.get())}});
  EXPECT_THAT(Ids(*snapshot), ElementsAre("x"));
}

TEST(Catalog, NamesWhatIsNotASkill) {
  TempDir dir;
  for (const char* name : {"INDEX.md", "ReadMe.md", "PERSONA.md", "SKILL_TEMPLATE.md", "_draft_x.md", "s/exemples/e.md",
                           "s/references/r.md", "s/assets/deep/a.md"}) {
    dir.Write(name, "# T");
  }
  dir.Write("examples/SKILL.md", absl::StrCat("# Kept", kBody));
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), ElementsAre("kept"));
  EXPECT_EQ(snapshot->diagnostics().size(), 8U);
  for (const Diagnostic& diagnostic : snapshot->diagnostics()) {
    EXPECT_EQ(diagnostic.code, "not-a-skill");
    EXPECT_EQ(diagnostic.severity, Severity::kInfo);
    EXPECT_EQ(diagnostic.root, "shown");
  }
}

TEST(Catalog, GivesTheIdToTheFirstOfTheFirstRoot) {
  TempDir first;
  TempDir second;
  first.Write("b.md", absl::StrCat("# Same", kBody));
  second.Write("a.md", absl::StrCat("# Same", kBody));
  second.Write("c.md", absl::StrCat("# Same", kBody));
  const auto snapshot = LoadSnapshot({{"first", first.path()}, {"second", second.path()}});
  ASSERT_THAT(Ids(*snapshot), ElementsAre("same", "same-2", "same-3"));
  EXPECT_EQ(snapshot->find("same")->path, "b.md");
  EXPECT_EQ(snapshot->find("same-2")->path, "a.md");
  const Diagnostic* loser = FindCode(snapshot->find("same-2")->diagnostics, "id-collision");
  ASSERT_NE(loser, nullptr);
  EXPECT_EQ(loser->severity, Severity::kWarning);
  EXPECT_THAT(loser->message, HasSubstr("first/b.md"));
  const Diagnostic* winner = FindCode(snapshot->find("same")->diagnostics, "id-collision");
  ASSERT_NE(winner, nullptr);
  EXPECT_THAT(winner->message, HasSubstr("second/a.md"));
  EXPECT_EQ(snapshot->diagnostics().size(), 4U);
}

TEST(Catalog, GivesADistinctIdEvenWhereTheNumberedOneIsTaken) {
  TempDir dir;
  dir.Write("a.md", absl::StrCat("# Same 2", kBody));
  dir.Write("b.md", absl::StrCat("# Same", kBody));
  dir.Write("c.md", absl::StrCat("# Same", kBody));
  EXPECT_THAT(Ids(*Load(dir)), ElementsAre("same", "same-2", "same-3"));
}

TEST(Catalog, ReportsEmptyAndOversizedFiles) {
  TempDir dir;
  dir.Write("empty.md", "");
  dir.Write("blank.md", " \n\t\n");
  dir.Write("large.md", "# T");
  std::filesystem::resize_file(dir / "large.md", (8 << 20) + 1);
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), IsEmpty());
  EXPECT_THAT(Problems(*snapshot),
              UnorderedElementsAre("empty-file blank.md", "empty-file empty.md", "file-too-large large.md"));
}

TEST(Catalog, NeverBlocksOnSpecialFiles) {
  TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo.md").c_str(), 0600), 0);
  std::filesystem::create_symlink("fifo.md", dir / "link.md");
  std::filesystem::create_directory(dir / "folder.md");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (dir / "socket.md").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  dir.Write("good.md", absl::StrCat("# Good", kBody));
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), ElementsAre("good"));
  EXPECT_THAT(Problems(*snapshot),
              ElementsAre("not-a-regular-file fifo.md", "not-a-regular-file link.md", "not-a-regular-file socket.md"));
}

TEST(Catalog, FollowsLinksBelowTheRootOnly) {
  TempDir outside;
  outside.Write("secret.md", "# Secret");
  TempDir dir;
  dir.Write("real/x.md", absl::StrCat("# X", kBody));
  std::filesystem::create_symlink("../real/x.md", dir / "real/../y.md");
  std::filesystem::remove(dir / "y.md");
  std::filesystem::create_directory(dir / "sub");
  dir.Write(".store/linked.txt", absl::StrCat("# Linked", kBody));
  std::filesystem::create_symlink("../.store/linked.txt", dir / "sub/linked.md");
  std::filesystem::create_symlink("loop.md", dir / "loop.md");
  std::filesystem::create_symlink("..", dir / "sub/parent");
  std::filesystem::create_symlink("nowhere", dir / "dangling.md");
  std::filesystem::create_symlink(outside / "secret.md", dir / "absolute.md");
  std::filesystem::create_symlink(outside.path(), dir / "outside");
  std::filesystem::create_symlink("../../../../../../etc", dir / "etc");
  std::filesystem::create_symlink("/proc/self/root", dir / "magic");
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), ElementsAre("linked", "x"));
  EXPECT_THAT(Problems(*snapshot),
              UnorderedElementsAre("symlink-loop loop.md", "symlink-loop sub/parent", "unreadable-file dangling.md",
                                   "symlink-escapes-root absolute.md", "symlink-escapes-root outside",
                                   "symlink-escapes-root etc", "symlink-escapes-root magic"));
}

TEST(Catalog, StopsAtItsDepth) {
  TempDir dir;
  std::string path;
  for (int i = 0; i < kMaxDirectoryDepth; ++i) path += "d/";
  dir.Write(path + "at.md", absl::StrCat("# At", kBody));
  dir.Write(path + "d/below.md", absl::StrCat("# Below", kBody));
  const auto snapshot = Load(dir);
  EXPECT_THAT(Ids(*snapshot), ElementsAre("at"));
  EXPECT_THAT(Problems(*snapshot), ElementsAre("directory-too-deep " + path + "d"));
}

TEST(Catalog, ReportsARootThatIsGoneAndLoadsTheOthers) {
  TempDir dir;
  dir.Write("x.md", absl::StrCat("# X", kBody));
  const auto snapshot =
      LoadSnapshot({{"gone", "/nonexistent/skills"}, {"file", (dir / "x.md").string()}, {"shown", dir.path()}});
  EXPECT_THAT(Ids(*snapshot), ElementsAre("x"));
  ASSERT_THAT(Codes(snapshot->diagnostics()), ElementsAre("root-unreadable", "root-unreadable"));
  EXPECT_EQ(snapshot->diagnostics()[0].root, "gone");
  EXPECT_THAT(snapshot->diagnostics()[0].message, HasSubstr("No such file or directory"));
  EXPECT_FALSE(absl::StrContains(snapshot->diagnostics()[0].message, "/nonexistent"));
}

TEST(Catalog, ShowsNamesThatAreNotUtf8) {
  TempDir dir;
  dir.Write("caf\xE9.md", "text\n");
  const auto snapshot = Load(dir);
  ASSERT_THAT(Ids(*snapshot), ElementsAre("caf"));
  EXPECT_EQ(snapshot->skills()[0]->path, "caf\xEF\xBF\xBD.md");
}

TEST(Catalog, ReportsUnreadableFilesAndDirectories) {
  TempDir dir;
  dir.Write("closed.md", absl::StrCat("# Closed", kBody));
  dir.Write("locked/x.md", absl::StrCat("# X", kBody));
  dir.Write("open.md", absl::StrCat("# Open", kBody));
  ::chmod((dir / "closed.md").c_str(), 0);
  ::chmod((dir / "locked").c_str(), 0);
  ::chmod(dir.path().c_str(), 0755);
  // Root reads everything: another user has to try.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    const auto snapshot = Load(dir);
    const bool as_expected =
        Ids(*snapshot) == std::vector<std::string>{"open"} &&
        Problems(*snapshot) == std::vector<std::string>{"unreadable-file closed.md", "unreadable-directory locked"} &&
        absl::StrContains(snapshot->diagnostics()[0].message, "Permission denied");
    ::_exit(as_expected ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::chmod((dir / "locked").c_str(), 0755);
  EXPECT_EQ(status, 0);
}

TEST(Catalog, OutlivesItsSnapshot) {
  TempDir dir;
  dir.Write("x.md", absl::StrCat("# X", kBody));
  auto snapshot = Load(dir);
  const std::shared_ptr<const Skill> skill = snapshot->find("x");
  snapshot.reset();
  EXPECT_EQ(skill->examples.at(0).source, "true\n");
}

}  // namespace
}  // namespace skillrunner::catalog

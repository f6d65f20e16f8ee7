// The catalogue of a running service: edits of its directory, those who watch, those who search.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace fs = std::filesystem;
using Change = v1::WatchCatalogResponse;

std::string Descriptor(const std::string& name, const std::string& code, const std::string& text = "") {
  return absl::StrCat("---\nname: ", name, "\ndescription: Fala de ", name, "\nlevel: L1\n---\n# ", name,
                      "\n\n## Examples\n\n### Main\n\n```python\n", code, "```\n", text);
}

class Catalog : public ServiceCase {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/skill-runner-descriptors-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    fs::permissions(directory_, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    Write("first/SKILL.md", Descriptor("first", "print('one')\n"));
    StartService({.skills = directory_.string()});
  }
  void TearDown() override {
    ServiceCase::TearDown();
    service_.reset();
    fs::remove_all(directory_);
  }

  // As editors do: beside it, then over it.
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream(directory_ / (name + ".new"), std::ios::binary) << text;
    fs::rename(directory_ / (name + ".new"), directory_ / name);
  }

  v1::Skill Get(const std::string& name, v1::SkillView view = v1::SKILL_VIEW_FULL, const std::string& section = "") {
    grpc::ClientContext context;
    v1::GetSkillRequest request;
    request.set_name(name);
    request.set_view(view);
    request.set_section(section);
    v1::GetSkillResponse response;
    const grpc::Status status = catalog().GetSkill(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.skill();
  }

  grpc::Status Search(const v1::SearchSkillsRequest& request, v1::SearchSkillsResponse* response) {
    grpc::ClientContext context;
    return catalog().SearchSkills(&context, request, response);
  }
  std::vector<std::string> Found(const std::string& query) {
    v1::SearchSkillsRequest request;
    request.set_query(query);
    v1::SearchSkillsResponse response;
    EXPECT_TRUE(Search(request, &response).ok());
    EXPECT_EQ(response.skills_size(), response.matches_size());
    std::vector<std::string> names;
    for (const v1::Skill& skill : response.skills()) names.push_back(skill.name());
    return names;
  }

  fs::path directory_;
};

// A stream of changes, read with a deadline.
class Watch {
 public:
  Watch(v1::CatalogService::Stub& stub, bool include_current) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::WatchCatalogRequest request;
    request.set_include_current(include_current);
    stream_ = stub.WatchCatalog(&context_, request);
  }
  ~Watch() {
    if (stream_ == nullptr) return;
    context_.TryCancel();
    stream_->Finish();
  }
  // "ADDED skills/x"; "" for a response without a change; "END" behind the last.
  std::string Next() {
    if (!stream_->Read(&last)) return "END";
    if (last.change() == Change::CHANGE_UNSPECIFIED) return "";
    return absl::StrCat(v1::WatchCatalogResponse::Change_Name(last.change()).substr(7), " ", last.skill().name());
  }
  grpc::Status Finish() {
    const grpc::Status status = stream_->Finish();
    stream_.reset();
    return status;
  }
  v1::WatchCatalogResponse last;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchCatalogResponse>> stream_;
};

TEST_P(Catalog, StreamsWhatIsThereAndThenWhatChanges) {
  Watch watch(catalog(), /*include_current=*/true);
  EXPECT_EQ(watch.Next(), "ADDED skills/first");
  const std::string revision = watch.last.skill().revision();
  EXPECT_EQ(watch.Next(), "");
  Write("second/SKILL.md", Descriptor("second", "print(2)\n"));
  EXPECT_EQ(watch.Next(), "ADDED skills/second");
  Write("first/SKILL.md", Descriptor("first", "print('two')\n"));
  EXPECT_EQ(watch.Next(), "UPDATED skills/first");
  const std::string edited = watch.last.skill().revision();
  EXPECT_NE(edited, revision);
  EXPECT_EQ(Get("skills/first").revision(), edited);
  EXPECT_EQ(Get("skills/first").examples(0).source(), "print('two')\n");

  Write("first/SKILL.md", "---\nname: [\n---\n# Broken\n");
  EXPECT_EQ(watch.Next(), "BROKEN skills/first");
  EXPECT_EQ(watch.last.skill().revision(), edited);
  bool said = false;
  for (const auto& diagnostic : watch.last.skill().diagnostics()) said = said || diagnostic.code() == "kept-last-good";
  EXPECT_TRUE(said);
  EXPECT_EQ(Get("skills/first").examples(0).source(), "print('two')\n");

  fs::remove_all(directory_ / "second");
  EXPECT_EQ(watch.Next(), "REMOVED skills/second");
  grpc::ClientContext context;
  v1::GetSkillRequest request;
  request.set_name("skills/second");
  v1::GetSkillResponse response;
  EXPECT_EQ(catalog().GetSkill(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_P(Catalog, StreamsChangesAloneWhereThatIsWanted) {
  Watch watch(catalog(), /*include_current=*/false);
  EXPECT_EQ(watch.Next(), "");
  Write("second/SKILL.md", Descriptor("second", "print(2)\n"));
  EXPECT_EQ(watch.Next(), "ADDED skills/second");
}

TEST_P(Catalog, EndsItsWatchersWhenTheServiceShutsDown) {
  Watch watch(catalog(), /*include_current=*/false);
  EXPECT_EQ(watch.Next(), "");
  EXPECT_EQ(service().Stop(), 0);
  EXPECT_EQ(watch.Next(), "END");
  EXPECT_EQ(watch.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_P(Catalog, LetsARunEndWithTheRevisionItStartedWith) {
  Write("first/SKILL.md",
        Descriptor("first", "import time\nprint('old', flush=True)\ntime.sleep(1.5)\nprint('end')\n"));
  Watch watch(catalog(), /*include_current=*/true);
  std::string revision;
  while (revision.empty()) {
    ASSERT_NE(watch.Next(), "END");
    const v1::Skill skill = Get("skills/first");
    if (skill.examples(0).source().find("old") != std::string::npos) revision = skill.revision();
  }
  v1::RunExampleRequest request;
  request.set_example(Get("skills/first").examples(0).name());
  bool edited = false;
  const RunRecord record = RunExample(runs(), request, [&](const v1::RunEvent& event, grpc::ClientContext&) {
    if (!event.has_output() || edited) return;
    edited = true;
    Write("first/SKILL.md", Descriptor("first", "print('new')\n"));
    while (Get("skills/first").revision() == revision) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  EXPECT_EQ(record.Problem(), "");
  EXPECT_TRUE(edited);
  EXPECT_EQ(record.Stdout(), "old\nend\n");
  EXPECT_EQ(record.events.at(0).accepted().run().skill_revision(), revision);
  EXPECT_EQ(RunExample(runs(), request).Stdout(), "new\n");
}

TEST_P(Catalog, IsSearched) {
  EXPECT_THAT(Found("fala"), ElementsAre("skills/first"));
  EXPECT_THAT(Found("FÁLA"), ElementsAre("skills/first"));
  EXPECT_THAT(Found("nothing-like-it"), IsEmpty());
  EXPECT_THAT(Found("\"fala* OR"), ElementsAre("skills/first"));
  Watch watch(catalog(), /*include_current=*/false);
  EXPECT_EQ(watch.Next(), "");
  Write("second/SKILL.md", Descriptor("second", "print('unheard of')\n"));
  ASSERT_EQ(watch.Next(), "ADDED skills/second");
  EXPECT_THAT(Found("unheard"), ElementsAre("skills/second"));

  v1::SearchSkillsRequest request;
  request.set_query("fala");
  request.set_page_size(1);
  request.set_view(v1::SKILL_VIEW_SUMMARY);
  v1::SearchSkillsResponse response;
  ASSERT_TRUE(Search(request, &response).ok());
  EXPECT_EQ(response.total_size(), 2);
  ASSERT_EQ(response.skills_size(), 1);
  EXPECT_THAT(response.matches(0).snippet(), HasSubstr("[Fala]"));
  EXPECT_GT(response.matches(0).score(), 0);
  EXPECT_EQ(response.skills(0).path(), "");
  const std::string first = response.skills(0).name();
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(Search(request, &response).ok());
  ASSERT_EQ(response.skills_size(), 1);
  EXPECT_NE(response.skills(0).name(), first);
  EXPECT_EQ(response.next_page_token(), "");
}

TEST_P(Catalog, RefusesSearchesItCannotMake) {
  const auto refused = [&](const std::function<void(v1::SearchSkillsRequest*)>& change) {
    v1::SearchSkillsRequest request;
    change(&request);
    v1::SearchSkillsResponse response;
    return Search(request, &response).error_code() == grpc::StatusCode::INVALID_ARGUMENT;
  };
  EXPECT_TRUE(refused([](auto* request) { request->set_query("***"); }));
  EXPECT_TRUE(refused([](auto* request) { request->set_query(std::string(2000, 'x')); }));
  std::string many;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&many, "w ");
  EXPECT_TRUE(refused([&](auto* request) { request->set_query(many); }));
  EXPECT_TRUE(refused([](auto* request) { request->set_page_size(-1); }));
  EXPECT_TRUE(refused([](auto* request) { request->set_page_token("x"); }));
  EXPECT_TRUE(refused([](auto* request) { request->set_view(v1::SKILL_VIEW_SECTION); }));
}

// Whatever is put into the directory, what is good is served and runs.
TEST_P(Catalog, ServesOnWhateverIsPutIntoItsDirectory) {
  std::ofstream(directory_ / "huge.md").close();
  fs::resize_file(directory_ / "huge.md", 100 << 20);
  ASSERT_EQ(::mkfifo((directory_ / "fifo.md").c_str(), 0644), 0);
  fs::create_directory_symlink("..", directory_ / "first/loop");
  fs::create_symlink("self.md", directory_ / "self.md");
  fs::create_symlink("/etc/passwd", directory_ / "outside.md");
  std::string fences = "# Fences\n";
  for (int i = 0; i < 10'000; ++i) fences += "```py\n1\n```\n";
  Write("fences.md", fences);
  std::string bomb = "---\na0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, "]\n");
  Write("bomb.md", bomb + "---\n# Bomb\n");
  Write("deep.md", "# Deep\n" + std::string(1 << 20, '>') + "\n" + std::string(1 << 20, '[') + "\n");
  Write("bytes.md", std::string("\xEF\xBB\xBF# Bytes\r\n\xFF\xFE\0\r\n```sh\r\ntrue\r\n```\r\n", 35));
  std::string nested = "d";
  for (int i = 0; i < 40; ++i) nested += "/d";
  Write(nested + "/x.md", "# X\n");
  Write("zz.md", Descriptor("last", "print('still here')\n"));

  Watch watch(catalog(), /*include_current=*/true);
  while (watch.Next() != "ADDED skills/last") ASSERT_TRUE(watch.last.has_skill() || watch.last.change() == 0);
  std::set<std::string> codes;
  grpc::ClientContext context;
  v1::ListSkillsResponse listed;
  ASSERT_TRUE(catalog().ListSkills(&context, v1::ListSkillsRequest(), &listed).ok());
  for (const auto& diagnostic : listed.diagnostics()) codes.insert(diagnostic.code());
  EXPECT_THAT(codes, ::testing::IsSupersetOf({"file-too-large", "not-a-regular-file", "symlink-loop",
                                              "symlink-escapes-root", "directory-too-deep"}));
  EXPECT_EQ(Get("skills/fences").examples_size(), 10'000);
  EXPECT_EQ(Get("skills/bytes").examples(0).source(), "true\n");
  EXPECT_EQ(Get("skills/bomb").title(), "Bomb");
  v1::RunExampleRequest request;
  request.set_example("skills/last/examples/main");
  EXPECT_EQ(RunExample(runs(), request).Stdout(), "still here\n");
}

// What `skillctl` makes of it, as its users run it.
TEST_P(Catalog, IsSearchedAndLintedFromTheCommandLine) {
  const auto skillctl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {StagedDirectory() + "/bin/skillctl", "--address=" + service().address()});
    return RunCommand(words);
  };
  const CommandResult found = skillctl({"search", "fala"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("first"));
  EXPECT_THAT(skillctl({"search", "nothing-like-it"}).out, HasSubstr("no skills"));
  EXPECT_EQ(skillctl({"search", "***"}).exit_code, 64 + 3);

  EXPECT_EQ(skillctl({"show", "first", "--section", "main"}).out, "### Main\n```python\nprint('one')\n```\n");
  EXPECT_EQ(skillctl({"show", "first", "--section", "no such"}).exit_code, 64 + 3);

  const CommandResult human = skillctl({"lint", "first", "--profile", "itzamna-adr001"});
  EXPECT_EQ(human.exit_code, 1);
  EXPECT_THAT(human.out,
              HasSubstr("first/SKILL.md:1:1: error: front matter has no key `keywords` [adr001-key-missing]"));
  EXPECT_THAT(human.out, HasSubstr("1 skills: "));
  const CommandResult json = skillctl({"lint", "first", "--profile", "itzamna-adr001", "--format", "json"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_THAT(json.out, StartsWith("{\"diagnostics\":["));
  const CommandResult sarif = skillctl({"lint", "first", "--profile", "itzamna-adr001", "--format", "sarif"});
  EXPECT_EQ(sarif.exit_code, 1);
  EXPECT_THAT(sarif.out, HasSubstr("\"ruleId\": \"adr001-key-missing\""));
  EXPECT_EQ(skillctl({"lint", "first", "--profile", "no-such"}).exit_code, 64 + 3);
  EXPECT_EQ(skillctl({"lint", "none"}).exit_code, 64 + 5);

  // A directory: with a service of its own.
  const CommandResult directory = skillctl({"lint", directory_.string(), "--profile", "agent-skills"});
  EXPECT_EQ(directory.exit_code, 1) << directory.err;
  EXPECT_THAT(directory.out,
              HasSubstr("first/SKILL.md:4:1: error: the specification knows no key `level` [skill-unknown-key]"));

  // Clean, but for a warning that --strict minds.
  EXPECT_EQ(skillctl({"lint", "first"}).exit_code, 0);
  Watch watch(catalog(), /*include_current=*/false);
  EXPECT_EQ(watch.Next(), "");
  Write("first/SKILL.md", Descriptor("first", "import no_such_module\n"));
  ASSERT_EQ(watch.Next(), "UPDATED skills/first");
  const CommandResult warned = skillctl({"lint", "first"});
  EXPECT_EQ(warned.exit_code, 0);
  EXPECT_THAT(warned.out, HasSubstr("[import-missing]"));
  EXPECT_EQ(skillctl({"lint", "first", "--strict"}).exit_code, 1);
  Write("first/SKILL.md", Descriptor("first", "print('open\n"));
  ASSERT_EQ(watch.Next(), "UPDATED skills/first");
  const CommandResult wrong = skillctl({"lint"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.out, HasSubstr("first/SKILL.md:13:7: error: the code does not compile"));
}

TEST_P(Catalog, LintCompilesProgramsAndSaysWhatItLeftOut) {
  Write("lint.md",
        absl::StrCat("# Lint\n\n## Examples\n\n```python\nx = '", std::string(1100 << 10, 'x'),
                     "'\n```\n\n### Broken\n\n```python\nprint(\n```\n\n### Fine\n\n```bash\necho 'total 5 ('\n"
                     "```\n\n**Output:**\n\n```bash\ntotal 5 (\n```\n"));
  StartService({.skills = directory_.string()});
  grpc::ClientContext context;
  v1::LintSkillRequest request;
  request.set_name("skills/lint");
  v1::LintSkillResponse response;
  const grpc::Status status = catalog().LintSkill(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  std::vector<int> lines;
  for (const v1::DescriptorDiagnostic& finding : response.diagnostics()) {
    if (finding.code() == "code-does-not-compile") lines.push_back(finding.position().line());
  }
  EXPECT_EQ(lines, std::vector<int>{12});
  ASSERT_EQ(response.unchecked_size(), 1);
  EXPECT_THAT(response.unchecked(0), HasSubstr("1 blocks are left out"));
}

TEST_P(Catalog, PagesFitIntoWhatClientsTake) {
  const std::string code = absl::StrCat("text = '", std::string(900 << 10, 'x'), "'\n");
  for (int i = 0; i < 6; ++i) {
    const std::string name = absl::StrCat("large-", i);
    Write(name + "/SKILL.md", Descriptor(name, code));
  }
  StartService({.skills = directory_.string()});
  std::vector<std::string> names;
  int pages = 0;
  v1::ListSkillsRequest request;
  request.set_view(v1::SKILL_VIEW_FULL);
  do {
    grpc::ClientContext context;
    v1::ListSkillsResponse response;
    const grpc::Status status = catalog().ListSkills(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const v1::Skill& skill : response.skills()) names.push_back(skill.name());
    ++pages;
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 7U);
  EXPECT_GT(pages, 1);
}

TEST_P(Catalog, SkillWithTooLargeAnOutlineDoesNotHideTheOthers) {
  Write("a.md", "# A\n");
  std::string many = "# B\n\n";
  for (int i = 0; i < 30'000; ++i) many += "```py\nx\n```\n";
  Write("b.md", many);
  Write("c.md", "# C\n");
  StartService({.skills = directory_.string()});
  grpc::ClientContext context;
  v1::ListSkillsResponse response;
  const grpc::Status status = catalog().ListSkills(&context, v1::ListSkillsRequest(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_LT(response.ByteSizeLong(), 100'000U);
  std::map<std::string, v1::Skill> skills;
  for (const v1::Skill& skill : response.skills()) skills[skill.name()] = skill;
  EXPECT_TRUE(skills.contains("skills/a") && skills.contains("skills/c"));
  const v1::Skill& b = skills["skills/b"];
  EXPECT_EQ(b.path(), "b.md");
  EXPECT_EQ(b.examples_size(), 0);
  EXPECT_EQ(b.example_count(), 30'000);
  ASSERT_EQ(b.diagnostics_size(), 1);
  EXPECT_EQ(b.diagnostics(0).code(), "outline-too-large");
}

TEST_P(Catalog, ManyDiagnosticsAreCountedWhereTheyAreNotShown) {
  constexpr int kFiles = 1500;
  const std::string deep = absl::StrCat(std::string(200, 'a'), "/", std::string(200, 'b'), "/", std::string(200, 'c'));
  for (int i = 0; i < kFiles; ++i) Write(absl::StrCat(deep, "/empty-", i, ".md"), "");
  StartService({.skills = directory_.string()});
  grpc::ClientContext context;
  v1::ListSkillsResponse response;
  const grpc::Status status = catalog().ListSkills(&context, v1::ListSkillsRequest(), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_GT(response.diagnostics_size(), 100);
  EXPECT_LT(response.ByteSizeLong(), 1 << 20);
  const v1::DescriptorDiagnostic& last = response.diagnostics(response.diagnostics_size() - 1);
  EXPECT_EQ(last.code(), "more-diagnostics");
  EXPECT_EQ(last.message(), absl::StrCat(kFiles + 1 - response.diagnostics_size(), " more diagnostics are not shown"));
}

FOR_EVERY_IDENTITY(Catalog);

}  // namespace
}  // namespace skillrunner::testing

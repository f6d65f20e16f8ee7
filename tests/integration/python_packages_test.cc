// The operator's own Python packages (--python-packages): there for every program, and nobody writes to them.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "package_copy.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

class PythonPackages : public SandboxCase {
 protected:
  void StartWith(const std::string& profiles) {
    StartService(
        {.flags = {absl::StrCat("--python-packages=", packages_.path(), "/plain,", packages_.path(), "/environment"),
                   absl::StrCat("--python-profiles=", profiles)}});
  }
  static bool WasWarm(const RunRecord& record) {
    for (const v1::RunEvent& event : record.events) {
      if (event.has_started()) return event.started().warm();
    }
    return false;
  }

  const PackageCopy packages_;
};

constexpr char kProgram[] =
    "import counting, greeting\n"
    "import os\n"
    "print(greeting.hello('world'), counting.up_to(3))\n"
    "for path in (greeting.__file__, os.path.join(os.path.dirname(counting.__file__), 'new')):\n"
    "    try:\n"
    "        print('written', open(path, 'w'))\n"
    "    except OSError:\n"
    "        print('refused')\n"
    "try:\n"
    "    print(open(os.path.join(os.path.dirname(counting.__file__), '..', 'secret.txt')).read())\n"
    "except OSError:\n"
    "    print('hidden')\n";
constexpr char kOutput[] = "hello, world 1, 2, 3\nrefused\nrefused\nhidden\n";

TEST_P(PythonPackages, AreThereAndReadOnlyForWarmAndColdPrograms) {
  StartWith("bare,counting+greeting");
  const v1::RunSourceRequest warm = PythonSource(kProgram);
  RunRecord record;
  EXPECT_TRUE(Eventually([&] { return WasWarm(record = RunSource(runs(), warm)); }));
  EXPECT_EQ(record.Stdout(), kOutput) << record.Stderr();
  v1::RunSourceRequest cold = warm;
  cold.set_fresh_interpreter(true);
  record = RunSource(runs(), cold);
  EXPECT_FALSE(WasWarm(record));
  EXPECT_EQ(record.Stdout(), kOutput) << record.Stderr();
}

TEST_P(PythonPackages, AreMountedReadOnly) {
  if (GetParam().isolation == "restricted") return;  // no mounts: Landlock alone refuses what is written
  StartWith("bare");
  const RunRecord record = RunSource(
      runs(), PythonSource("import counting, os; print(os.statvfs(counting.__file__).f_flag & os.ST_RDONLY)"));
  EXPECT_EQ(record.Stdout(), "1\n") << record.Stderr();
}

TEST_P(PythonPackages, AreWarmInAProfile) {
  StartWith("counting+greeting");
  const std::string source = "import sys\nprint('greeting' in sys.modules)\nimport counting, greeting\n";
  EXPECT_TRUE(Eventually([&] { return RunSource(runs(), PythonSource(source)).Stdout() == "True\n"; }));
}

TEST_P(PythonPackages, AreNotImportedAheadWhereACopyWouldMissSomething) {
  StartWith("bare,threaded");
  v1::GetCapabilitiesResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(system().GetCapabilities(&context, v1::GetCapabilitiesRequest(), &response).ok());
  ASSERT_EQ(response.warm_profiles_size(), 2);
  EXPECT_FALSE(response.warm_profiles(1).available());
  EXPECT_EQ(response.warm_profiles(1).reason(),
            "the import of threaded starts threads, which a copy would not do again");
  const RunRecord record = RunSource(runs(), PythonSource("import threaded; print('imported')"));
  EXPECT_EQ(record.Stdout(), "imported\n") << record.Stderr();
}

TEST_P(PythonPackages, GiveWayToAPathOfTheRequest) {
  StartWith("bare");
  v1::RunSourceRequest request = PythonSource("import counting");
  (*request.mutable_env())["PYTHONPATH"] = "/work";
  const RunRecord record = RunSource(runs(), request);
  EXPECT_FALSE(WasWarm(record));
  EXPECT_THAT(record.Stderr(), ::testing::HasSubstr("No module named 'counting'"));
}

AT_LEVELS(PythonPackages, "full", "namespaced", "restricted");

}  // namespace
}  // namespace skillrunner::testing

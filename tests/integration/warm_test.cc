// Copies of a warm interpreter: what a program finds in its own, and what it must not find.
#include <gmock/gmock.h>

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::HasSubstr;

class Warm : public ServiceCase {
 protected:
  void SetUp() override { StartService(); }

  static bool WasWarm(const RunRecord& record) {
    for (const v1::RunEvent& event : record.events) {
      if (event.has_started()) return event.started().warm();
    }
    return false;
  }
  RunRecord Run(const std::string& source) { return RunSource(runs(), PythonSource(source)); }
};

TEST_P(Warm, SiblingsShareNoRandomness) {
  const std::string source =
      "import asyncio, aiohttp, random, secrets, ssl, tempfile, uuid\n"
      "print(random.random()); print(ssl.RAND_bytes(16)); print(uuid.uuid4()); print(uuid.uuid1())\n"
      "print(secrets.token_hex()); print(random.Random().random()); print(next(tempfile._get_candidate_names()))\n"
      "print(random.SystemRandom().random())\n";
  std::set<std::string> values;
  size_t count = 0;
  for (int i = 0; i < 4; ++i) {
    const RunRecord record = Run(source);
    EXPECT_TRUE(WasWarm(record));
    EXPECT_EQ(record.finished().exit_code(), 0) << record.Stderr();
    for (const absl::string_view line : absl::StrSplit(record.Stdout(), '\n', absl::SkipEmpty())) {
      ++count;
      EXPECT_TRUE(values.insert(std::string(line)).second) << line;
    }
  }
  EXPECT_EQ(count, 32U);
}

TEST_P(Warm, SiblingsShareNoKeyOfMultiprocessing) {
  StartService({.flags = {"--python-profiles=multiprocessing"}});
  const std::string source =
      "import multiprocessing\n"
      "print(bytes(multiprocessing.current_process().authkey))\n";
  EXPECT_TRUE(Eventually([&] { return WasWarm(Run(source)); }));
  std::set<std::string> keys;
  for (int i = 0; i < 3; ++i) {
    const RunRecord record = Run(source);
    EXPECT_TRUE(WasWarm(record));
    EXPECT_TRUE(keys.insert(record.Stdout()).second) << record.Stdout() << record.Stderr();
  }
}

TEST_P(Warm, NothingARunDoesToItsInterpreterReachesAnother) {
  const std::string vandal =
      "import asyncio, builtins, gc, os, signal, sys\n"
      "builtins.print = None; sys.path.clear(); os.environ['MARK'] = 'x'; asyncio.run = None; sys.mark = 1\n"
      "signal.signal(signal.SIGINT, signal.SIG_IGN); os.chdir('/tmp'); os.umask(0); gc.disable()\n"
      "asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy()); sys.setrecursionlimit(50)\n"
      "open('/work/mark', 'w').write('x')\n";
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(WasWarm(Run(vandal)));
  const RunRecord record =
      Run("import asyncio, gc, os, signal, sys\n"
          "print(hasattr(sys, 'mark'), 'MARK' in os.environ, callable(asyncio.run), len(sys.path) > 2, os.getcwd())\n"
          "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, gc.isenabled(), os.listdir('.'))\n"
          "print(asyncio.events._event_loop_policy, sys.getrecursionlimit(), oct(os.umask(0)))\n");
  EXPECT_TRUE(WasWarm(record));
  EXPECT_EQ(record.Stdout(), "False False True True /work\nTrue True ['main.py']\nNone 1000 0o22\n");
}

TEST_P(Warm, NothingOfTheServiceIsInTheCopy) {
  const RunRecord record =
      // Spelt so that the pattern does not match itself.
      Run("import os, re\n"
          "pattern = re.compile(b'--por[t]-file=|SKILL_RUNNE[R]_[A-Z]+=')\n"
          "found = set()\n"
          "with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:\n"
          "  for line in maps:\n"
          "    first, last = (int(x, 16) for x in line.split()[0].split('-'))\n"
          "    if 'r' not in line.split()[1] or '[v' in line or last - first > 1 << 28: continue\n"
          "    try: memory.seek(first); data = memory.read(last - first)\n"
          "    except OSError: continue\n"
          "    found |= set(pattern.findall(data))\n"
          "print(sorted(os.listdir('/proc/self/fd')), found)\n"
          "print([name for name in os.environ if 'SKILL' in name])\n");
  EXPECT_TRUE(WasWarm(record));
  EXPECT_EQ(record.finished().exit_code(), 0) << record.Stderr();
  EXPECT_THAT(record.Stdout(), HasSubstr("['0', '1', '2', "));
  EXPECT_THAT(record.Stdout(), HasSubstr("\n[]\n"));
  EXPECT_THAT(record.Stdout(), ::testing::Not(HasSubstr("port")));
  EXPECT_THAT(record.Stdout(), ::testing::Not(HasSubstr("SKILL_RUNNER")));
}

TEST_P(Warm, ModulesAreImportedAheadOnlyForProgramsThatImportThem) {
  EXPECT_EQ(Run("import sys; print('asyncio' in sys.modules, 'aiohttp' in sys.modules)").Stdout(), "False False\n");
  EXPECT_EQ(Run("import sys; print('asyncio' in sys.modules, 'aiohttp' in sys.modules)\nimport asyncio\n").Stdout(),
            "True False\n");
  const RunRecord record = Run("import sys; print('aiohttp' in sys.modules)\nimport asyncio, aiohttp\n");
  EXPECT_EQ(record.Stdout(), "True\n");
  EXPECT_TRUE(WasWarm(record));
}

TEST_P(Warm, WhatChangesTheStartOfAnInterpreterStartsACold) {
  v1::RunSourceRequest request = PythonSource("import sys; print(sys.flags.optimize)");
  (*request.mutable_env())["PYTHONOPTIMIZE"] = "2";
  const RunRecord optimised = RunSource(runs(), request);
  EXPECT_FALSE(WasWarm(optimised));
  EXPECT_EQ(optimised.Stdout(), "2\n");

  request = PythonSource("import os; print(os.environ['NAME'])");
  (*request.mutable_env())["NAME"] = "value";
  const RunRecord named = RunSource(runs(), request);
  EXPECT_TRUE(WasWarm(named));
  EXPECT_EQ(named.Stdout(), "value\n");

  request = PythonSource("print(1)");
  request.set_fresh_interpreter(true);
  EXPECT_FALSE(WasWarm(RunSource(runs(), request)));
}

TEST_P(Warm, FilesOfTheProgramWinOverModulesImportedAhead) {
  v1::RunSourceRequest request = PythonSource("import asyncio; print(asyncio.mark)");
  v1::InputFile* file = request.add_files();
  file->set_path("asyncio.py");
  file->set_content("mark = 'mine'\n");
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Stdout(), "mine\n");
}

TEST_P(Warm, ArgumentsAndInputArrive) {
  v1::RunSourceRequest request = PythonSource("import sys; print(sys.argv, sys.stdin.read())");
  request.add_args("a b");
  request.add_args("ç");
  request.set_stdin("input €\n");
  const RunRecord record = RunSource(runs(), request);
  EXPECT_TRUE(WasWarm(record));
  EXPECT_EQ(record.Stdout(), "['main.py', 'a b', 'ç'] input €\n\n");
}

TEST_P(Warm, EveryProfileIsReportedWithItsSandboxes) {
  v1::GetCapabilitiesResponse response;
  ASSERT_TRUE(Eventually([&] {
    grpc::ClientContext context;
    if (!system().GetCapabilities(&context, v1::GetCapabilitiesRequest(), &response).ok()) return false;
    int ready = 0;
    for (const v1::WarmProfile& profile : response.warm_profiles()) ready += profile.sandboxes_ready() > 0;
    return ready == 3;
  })) << response.ShortDebugString();
}

FOR_EVERY_IDENTITY(Warm);

}  // namespace
}  // namespace skillrunner::testing

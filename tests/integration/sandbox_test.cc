// Hostile programs, and programs that must work. Each case states what must come of it; after each the service still
// serves.
#include <gmock/gmock.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::HasSubstr;

class Sandbox : public SandboxCase {
 protected:
  void SetUp() override { StartService(); }
  void TearDown() override {
    // Whatever it did: the next run does not notice.
    const RunRecord next =
        RunSource(runs(), PythonSource("import os\nprint(sorted(os.listdir('/tmp')), os.listdir('/work'))"));
    EXPECT_EQ(next.Problem(), "");
    EXPECT_EQ(next.Stdout(), "[] ['main.py']\n");
    SandboxCase::TearDown();
  }
  RunRecord Python(const std::string& source) { return RunSource(runs(), PythonSource(source)); }
  // Runs a program that prints "OK" if and only if all is as it must be.
  void ExpectOk(const std::string& source) {
    const RunRecord record = Python(source);
    EXPECT_EQ(record.Problem(), "");
    EXPECT_EQ(record.Stdout(), "OK\n") << record.Stderr() << record.finished().ShortDebugString();
    EXPECT_EQ(record.finished().exit_code(), 0);
  }
};

TEST_P(Sandbox, ForkBombMeetsTheProcessLimit) {
  v1::RunSourceRequest request = PythonSource(
      "import os, sys, time\n"
      "children = 0\n"
      "try:\n"
      "  while True:\n"
      "    if os.fork() == 0: time.sleep(60)\n"
      "    children += 1\n"
      "except OSError as error:\n"
      "  print(children, error.errno)\n"
      "  sys.exit(3)\n");
  request.mutable_limits()->set_processes(20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "19 11\n");  // with itself 20; EAGAIN
  EXPECT_EQ(record.finished().exit_code(), 3);
}

TEST_P(Sandbox, TooMuchMemoryIsAMemoryLimitAndNotASignal) {
  v1::RunSourceRequest request =
      PythonSource("print('before')\nx = bytearray(400 << 20)\nimport time\ntime.sleep(5)\nprint('after')\n");
  request.mutable_limits()->set_memory_bytes(64 << 20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT) << record.finished().ShortDebugString();
  EXPECT_THAT(record.finished().message(), HasSubstr("64 MiB"));
  EXPECT_EQ(record.Stdout(), "before\n");
}

TEST_P(Sandbox, MemorySplitOverChildrenIsAddedUp) {
  v1::RunSourceRequest request = PythonSource(
      "import os, sys, time\n"
      "pids = []\n"
      "for i in range(3):\n"
      "  pid = os.fork()\n"
      "  if pid == 0:\n"
      "    x = bytearray(os.urandom(1)) * (60 << 20)\n"
      "    time.sleep(5)\n"
      "    os._exit(0)\n"
      "  pids.append(pid)\n"
      "sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) != 0 for p in pids))\n");
  request.mutable_limits()->set_memory_bytes(128 << 20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT) << record.finished().ShortDebugString();
}

TEST_P(Sandbox, BusyLoopMeetsTheCpuLimitAndSleepTheWallLimit) {
  v1::RunSourceRequest busy = PythonSource("while True: pass\n");
  busy.mutable_limits()->mutable_cpu_time()->set_nanos(500'000'000);
  EXPECT_EQ(RunSource(runs(), busy).finished().cause(), v1::TERMINATION_CAUSE_CPU_TIME_LIMIT);
  v1::RunSourceRequest forked = PythonSource("import os\nos.fork(); os.fork()\nwhile True: pass\n");
  forked.mutable_limits()->mutable_cpu_time()->set_seconds(1);
  EXPECT_EQ(RunSource(runs(), forked).finished().cause(), v1::TERMINATION_CAUSE_CPU_TIME_LIMIT);
  v1::RunSourceRequest sleep = PythonSource("import time\ntime.sleep(60)\n");
  sleep.mutable_limits()->mutable_wall_time()->set_nanos(400'000'000);
  EXPECT_EQ(RunSource(runs(), sleep).finished().cause(), v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
}

TEST_P(Sandbox, FloodKeepsItsFirstBytesAndNamesTheOutputLimit) {
  v1::RunSourceRequest request =
      PythonSource("import sys\nwhile True:\n  sys.stdout.write('o' * 1000)\n  sys.stderr.write('e' * 1000)\n");
  request.mutable_limits()->set_output_bytes(100'000);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_OUTPUT_LIMIT);
  EXPECT_EQ(record.Stdout().size() + record.Stderr().size(), 100'000U);
}

TEST_P(Sandbox, ByteByByteWritingDoesNotBecomeAnEventForEachByte) {
  const RunRecord record = Python("import os\nfor i in range(300000): os.write(1, b'x')\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout().size(), 300'000U);
  EXPECT_LT(record.events.size(), 20'000U);
}

TEST_P(Sandbox, DaemonThatHoldsThePipeDoesNotOutliveTheProgram) {
  const RunRecord record = RunSource(runs(), BashSource("(setsid sleep 600 &) ; echo done"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "done\n");
  EXPECT_LT(record.finished().usage().wall_time().seconds(), 60);
}

TEST_P(Sandbox, ClosedStandardStreamsDoNotEndTheRun) {
  const RunRecord record = Python("import os, time\nfor fd in (0, 1, 2): os.close(fd)\ntime.sleep(0.3)\nos._exit(5)\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().exit_code(), 5);
}

TEST_P(Sandbox, SystemIsReadOnlyAndTheHostsSecretsAreNotThere) {
  ExpectOk(
      "import errno, os\n"
      "for path in ('/x', '/etc/x', '/usr/x', '/usr/lib/python3/x', '/bin/x', '/dev/x'):\n"
      "  try: open(path, 'w'); print('wrote', path)\n"
      "  except OSError as e: assert e.errno in (errno.EROFS, errno.EACCES), (path, e)\n"
      "for path in ('/etc/shadow', '/root', '/home', '/sys', '/etc/ssl/private', '/var/lib', '/var/run/docker.sock', "
      "'/etc/machine-id',\n"
      "             '/oldroot', '/newroot', '/run/secrets'):\n"
      "  assert not os.path.exists(path), path\n"
      "assert os.path.realpath('/../../..') == '/'\n"
      "print('OK')\n");
}

TEST_P(Sandbox, OnlyOwnProcessesAreSeenAndTheInitIsClosed) {
  ExpectOk(
      "import os\n"
      "pids = [int(p) for p in os.listdir('/proc') if p.isdigit()]\n"
      "assert set(pids) == {1, os.getpid()}, pids\n"
      "for name in ('environ', 'mem', 'maps', 'root', 'fd/0', 'cwd'):\n"
      "  try: os.open('/proc/1/' + name, os.O_RDONLY); print('opened', name)\n"
      "  except PermissionError: pass\n"
      "  except FileNotFoundError: pass\n"
      "for path in ('/proc/kcore', '/proc/sysrq-trigger', '/proc/sys/kernel/hostname', "
      "'/proc/sys/vm/overcommit_memory'):\n"
      "  try: os.open(path, os.O_WRONLY); print('opened', path)\n"
      "  except OSError: pass\n"
      "print('OK')\n");
}

TEST_P(Sandbox, NoCapabilitiesNoNewPrivilegesNoExtraDescriptors) {
  ExpectOk(
      "import os\n"
      "fds = os.listdir('/proc/self/fd')\n"
      "assert sorted(map(int, fds))[:3] == [0, 1, 2] and len(fds) == 4, fds\n"
      "status = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)\n"
      "for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'): assert int(status[name], 16) == 0, name\n"
      "assert status['NoNewPrivs'].strip() == '1' and status['Seccomp'].strip() == '2'\n"
      "assert os.getuid() == 1000 and os.getgroups() in ([], [1000])\n"
      "assert os.uname().nodename == 'sandbox'\n"
      "print('OK')\n");
}

TEST_P(Sandbox, EnvironmentHoldsNothingOfTheService) {
  ExpectOk(
      "import os\nassert set(os.environ) <= {'PATH', 'HOME', 'LANG', 'USER', 'LC_CTYPE'}, "
      "dict(os.environ)\nprint('OK')\n");
}

TEST_P(Sandbox, ForbiddenSystemCallsAreRefusedNotKilled) {
  ExpectOk(
      "import ctypes, errno, os, socket\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(number, *arguments):\n"
      "  ctypes.set_errno(0)\n"
      "  result = libc.syscall(number, *arguments)\n"
      "  return ctypes.get_errno() if result == -1 else 0\n"
      "EPERM, ENOSYS = errno.EPERM, errno.ENOSYS\n"
      "expected = {'mount': (165, EPERM), 'umount2': (166, EPERM), 'unshare': (272, EPERM), 'setns': (308, EPERM), "
      "'ptrace': (101, EPERM),\n"
      "  'bpf': (321, EPERM), 'keyctl': (250, EPERM), 'perf_event_open': (298, EPERM), 'userfaultfd': (323, EPERM), "
      "'pivot_root': (155, EPERM),\n"
      "  'chroot': (161, EPERM), 'io_uring_setup': (425, ENOSYS), 'clone3': (435, ENOSYS), 'personality': (135, "
      "EPERM),\n"
      "  'process_vm_readv': (310, EPERM), 'open_by_handle_at': (304, EPERM), 'kexec_load': (246, EPERM), 'not yet "
      "there': (999, ENOSYS),\n"
      "  'x32 getpid': (0x40000000 + 39, ENOSYS)}\n"
      "for name, (number, error) in expected.items():\n"
      "  got = call(number, 0, 0, 0, 0, 0)\n"
      "  assert got == error, (name, got)\n"
      "assert call(56, 0x10000000, 0, 0, 0, 0) == EPERM, 'clone(CLONE_NEWUSER)'\n"
      "for family in (socket.AF_NETLINK, socket.AF_PACKET, 38, 40):\n"
      "  try: socket.socket(family, socket.SOCK_RAW); print('socket', family)\n"
      "  except OSError as e: assert e.errno in (errno.EAFNOSUPPORT, errno.EPERM), e\n"
      "try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print('raw')\n"
      "except PermissionError: pass\n"
      "print('OK')\n");
}

TEST_P(Sandbox, TerminalInjectionIsRefusedInEverySpelling) {
  ExpectOk(
      "import ctypes, errno, os, pty\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "libc.ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p]\n"
      "master, slave = pty.openpty()\n"
      "for request in (0x5412, 0x5412 | 1 << 32, 0x541C, 0x541C | 1 << 40):\n"
      "  assert libc.ioctl(slave, request, b'x') == -1 and ctypes.get_errno() == errno.EPERM, hex(request)\n"
      "assert os.isatty(slave)\n"
      "print('OK')\n");
}

TEST_P(Sandbox, NetworkIsLoopbackOnly) {
  ExpectOk(
      "import asyncio, errno, socket, time\n"
      "start = time.monotonic()\n"
      "for address in (('1.1.1.1', 80), ('169.254.169.254', 80), ('10.0.0.1', 22)):\n"
      "  try: socket.create_connection(address, 5); print('connected', address)\n"
      "  except OSError as e: assert e.errno == errno.ENETUNREACH, e\n"
      "try: socket.getaddrinfo('example.com', 80); print('resolved')\n"
      "except socket.gaierror: pass\n"
      "assert time.monotonic() - start < 5\n"
      "async def main():\n"
      "  async def echo(reader, writer): writer.write(await reader.readline()); await writer.drain(); writer.close()\n"
      "  server = await asyncio.start_server(echo, '127.0.0.1', 8080)\n"
      "  reader, writer = await asyncio.open_connection('localhost', 8080)\n"
      "  writer.write(b'OK\\n')\n"
      "  print((await reader.readline()).decode().strip())\n"
      "asyncio.run(main())\n");
}

TEST_P(Sandbox, TheServiceItselfIsOutOfReach) {
  ExpectOk(
      absl::StrCat("import socket\n"
                   "try: socket.create_connection(('127.0.0.1', ",
                   service().port(),
                   "), 2); print('connected')\n"
                   "except ConnectionRefusedError: print('OK')\n"));
}

TEST_P(Sandbox, KillingEverythingHarmsOnlyItself) {
  const RunRecord record = Python(
      "import os, signal\nprint('before')\nos.kill(1, 9)\ntry: os.kill(-1, signal.SIGTERM)\nexcept ProcessLookupError: "
      "print('OK')\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "before\nOK\n");
}

TEST_P(Sandbox, TheInitsLimitsAndPriorityAreNotTheProgramsToChange) {
  ExpectOk(
      "import os, resource\n"
      "refused = 0\n"
      "for attempt in (lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1)), lambda: "
      "os.setpriority(os.PRIO_PROCESS, 1, 19),\n"
      "                lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)), lambda: "
      "os.sched_setaffinity(1, [0])):\n"
      "  try: attempt()\n"
      "  except PermissionError: refused += 1\n"
      "assert refused == 4, refused\n"
      "resource.prlimit(0, resource.RLIMIT_CPU, (5, 5)); os.setpriority(os.PRIO_PROCESS, 0, 5)\n"
      "print('OK')\n");
}

// Descriptors parked in sockets count per user, and all sandboxes are one user outside: runs may fail for it, but each
// ends.
TEST_P(Sandbox, ParkedDescriptorsDoNotMakeOtherRunsHang) {
  const std::string hog =
      "import os, socket, time\n"
      "kept, fds = [], [os.open('/dev/null', 0)] * 253\n"
      "try:\n"
      "  while True:\n"
      "    a, b = socket.socketpair(); kept += [a, b]; a.setblocking(False)\n"
      "    try:\n"
      "      while True: socket.send_fds(a, [b'x'], fds)\n"
      "    except BlockingIOError: pass\n"
      "except OSError: pass\n"
      "print('ready', flush=True)\n"
      "time.sleep(3)\n";
  int ended = 0;
  const RunRecord record = RunSource(runs(), PythonSource(hog), [&](const v1::RunEvent& event, grpc::ClientContext&) {
    if (!event.has_output() || ended > 0) return;
    for (int i = 0; i < 6; ++i) ended += RunSource(runs(), BashSource("echo hello")).finished_count();
  });
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(ended, 6);
}

TEST_P(Sandbox, CrashIsReportedAsItsSignal) {
  const RunRecord record = Python("import ctypes\nctypes.string_at(0)\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().cause(), v1::TERMINATION_CAUSE_SIGNALED);
  EXPECT_EQ(record.finished().signal(), 11);
}

TEST_P(Sandbox, FullDiskIsAnErrorInsideAndNowhereElse) {
  v1::RunSourceRequest request = PythonSource(
      "import errno\n"
      "try:\n"
      "  with open('fill', 'wb') as f:\n"
      "    while True: f.write(b'x' * 65536)\n"
      "except OSError as e: print('OK' if e.errno == errno.ENOSPC else e)\n");
  request.mutable_limits()->set_disk_bytes(4 << 20);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Stdout(), "OK\n") << record.Stderr();
}

// What asyncio and its users need; a sandbox that breaks these is wrong.
TEST_P(Sandbox, AsyncioThreadsSubprocessesAndMultiprocessingWork) {
  ExpectOk(
      "import asyncio, concurrent.futures, multiprocessing, sqlite3, subprocess, sys, time\n"
      "def slow(): time.sleep(0.2); return 1\n"
      "async def main():\n"
      "  assert await asyncio.to_thread(slow) == 1\n"
      "  loop = asyncio.get_running_loop()\n"
      "  done = asyncio.Event()\n"
      "  loop.run_in_executor(None, lambda: (time.sleep(0.1), loop.call_soon_threadsafe(done.set)))\n"
      "  await asyncio.wait_for(done.wait(), 10)\n"
      "  process = await asyncio.create_subprocess_exec(sys.executable, '-c', 'print(42)', "
      "stdout=asyncio.subprocess.PIPE)\n"
      "  assert (await process.communicate())[0] == b'42\\n'\n"
      "  server = await asyncio.start_unix_server(lambda r, w: w.close(), 'socket')\n"
      "  reader, writer = await asyncio.open_unix_connection('socket')\n"
      "  assert await reader.read() == b''\n"
      "asyncio.run(main())\n"
      "with multiprocessing.Pool(2) as pool: assert pool.map(abs, [-1, -2]) == [1, 2]\n"
      "database = sqlite3.connect('/work/x.db'); database.execute('create table t(x)'); database.commit()\n"
      "assert subprocess.run(['sh', '-c', 'exit 4']).returncode == 4\n"
      "from multiprocessing.shared_memory import SharedMemory\n"
      "memory = SharedMemory(create=True, size=1 << 20); memory.unlink(); memory.close()\n"
      "print('OK')\n");
}

TEST_P(Sandbox, RareProtocolsAndLineDisciplinesAreNotThere) {
  ExpectOk(
      "import errno, fcntl, pty, socket, struct\n"
      "for kind, protocol in ((socket.SOCK_STREAM, 262), (socket.SOCK_DGRAM, 136), (socket.SOCK_STREAM, 132), (6, "
      "33)):\n"
      "  try: socket.socket(socket.AF_INET, kind, protocol); print('socket', protocol)\n"
      "  except OSError as e: assert e.errno == errno.EPROTONOSUPPORT, e\n"
      "for family in (socket.AF_TIPC, socket.AF_INET):\n"
      "  try: socket.socketpair(family, socket.SOCK_STREAM); print('socketpair', family)\n"
      "  except OSError as e: assert e.errno == errno.EOPNOTSUPP, e\n"
      "socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)\n"
      "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP)\n"
      "slave = pty.openpty()[1]\n"
      "try: fcntl.ioctl(slave, 0x5423, struct.pack('i', 15)); print('TIOCSETD')\n"
      "except PermissionError: pass\n"
      "print('OK')\n");
}

TEST_P(Sandbox, ProcTellsNothingOfTheHostThatProgramsDoNotNeed) {
  ExpectOk(
      "import os\n"
      "for name in ('cmdline', 'config.gz', 'interrupts', 'modules', 'keys', 'timer_list', 'kallsyms', 'partitions',\n"
      "             'diskstats', 'iomem', 'sys/kernel/random/boot_id'):\n"
      "  path = '/proc/' + name\n"
      "  assert not os.path.exists(path) or open(path, 'rb').read() == b'', name\n"
      "arguments = open('/proc/1/cmdline', 'rb').read().strip(b'\\0')\n"
      "assert arguments in (b'skill-zygote-exec', b'skill-zygote-python'), arguments\n"
      "assert 'MemTotal' in open('/proc/meminfo').read() and os.cpu_count() and os.getloadavg()\n"
      "print('OK')\n");
}

TEST_P(Sandbox, InotifyInstancesOfOneRunLeaveSomeForOthers) {
  ExpectOk(
      "import ctypes\n"
      "libc = ctypes.CDLL(None)\n"
      "made = 0\n"
      "while libc.inotify_init() != -1: made += 1\n"
      "assert 8 <= made <= 16, made\n"
      "print('OK')\n");
}

// The mounts are read-only already: what is tested is that Landlock stands behind them.
TEST_P(Sandbox, LandlockAllowsItsOwnDirectoriesAndRefusesTheRest) {
  ExpectOk(
      "import errno, os, shutil, threading\n"
      "os.makedirs('a/b'); os.makedirs('c')\n"
      "open('a/b/f', 'w').write('x'); os.rename('a/b/f', 'c/g'); os.link('c/g', 'a/h'); os.truncate('a/h', 0)\n"
      "os.symlink('/etc/passwd', 'l'); os.mkfifo('p'); shutil.rmtree('a')\n"
      "for path in ('/tmp/x', '/dev/shm/x'): open(path, 'w').write('x')\n"
      "open('/proc/self/comm', 'w').write('renamed'); open('/dev/null', 'w').write('x')\n"
      "open('/dev/stdout', 'w').write('')\n"
      "os.remove('/tmp/x')\n"
      "refused = 0\n"
      "for path in ('/run/x', '/dev/x', '/x', '/etc/passwd'):\n"
      "  try: open(path, 'w'); print('wrote', path)\n"
      "  except OSError as e: refused += e.errno in (errno.EACCES, errno.EROFS)\n"
      "assert refused == 4, refused\n"
      "print('OK')\n");
}

AT_LEVELS(Sandbox, "auto", "namespaced");

}  // namespace
}  // namespace skillrunner::testing

// Level RESTRICTED: programs without namespaces, on purpose (--isolation) or because the host refuses them.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "service_cases.h"

namespace skillrunner::testing {
namespace {

using ::testing::HasSubstr;

class SandboxRestricted : public SandboxCase {
 protected:
  void SetUp() override { StartService(); }
  void TearDown() override {
    // Whatever it did: the next run does not notice, and nothing is left.
    const RunRecord next = Python("import os\nprint(os.listdir(os.environ['TMPDIR']), os.listdir('.'))");
    EXPECT_EQ(next.Problem(), "");
    EXPECT_EQ(next.Stdout(), "[] ['main.py']\n") << next.Stderr() << next.finished().ShortDebugString();
    SandboxCase::TearDown();
  }
  RunRecord Python(const std::string& source) { return RunSource(runs(), PythonSource(source)); }
  void ExpectOk(const std::string& source) {
    const RunRecord record = Python(source);
    EXPECT_EQ(record.Problem(), "");
    EXPECT_EQ(record.Stdout(), "OK\n") << record.Stderr() << record.finished().ShortDebugString();
  }
};

TEST_P(SandboxRestricted, EveryRunSaysItsLevelAndAStrongerOneIsRefused) {
  const RunRecord record = RunSource(runs(), BashSource("echo hello"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "hello\n") << record.Stderr() << record.finished().ShortDebugString();
  for (const v1::RunEvent& event : record.events) {
    if (!event.has_started()) continue;
    EXPECT_EQ(event.started().isolation(), v1::ISOLATION_LEVEL_RESTRICTED);
  }
  v1::RunSourceRequest stronger = BashSource("echo hello");
  stronger.set_min_isolation(v1::ISOLATION_LEVEL_NAMESPACED);
  EXPECT_EQ(RunSource(runs(), stronger).status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_P(SandboxRestricted, FilesAreItsOwnAndTheSystemsOnly) {
  const std::string canary = service().state_dir() + "-canary";
  std::ofstream(canary) << "secret";
  std::filesystem::permissions(canary, std::filesystem::perms::all);
  ExpectOk(absl::StrCat(
      "import os\n"
      "for path in ('/', '/root', '/home', '/tmp', '/etc/shadow', '/etc/hostname', '/dev/shm', '/run', '/var', '",
      canary, "', '", service().state_dir(),
      "'):\n"
      "  for flags in (os.O_RDONLY, os.O_WRONLY):\n"
      "    try: os.open(path, flags); print('opened', path, flags)\n"
      "    except OSError: pass\n"
      "for path in ('/tmp/x', '/dev/shm/x', '/var/tmp/x', '",
      canary,
      "'):\n"
      "  for attempt in (lambda: open(path, 'w'), lambda: os.mkdir(path + 'd'), lambda: os.truncate(path, 0),\n"
      "                  lambda: os.chmod(path, 0), lambda: os.remove(path), lambda: os.utime(path, (1, 1)),\n"
      "                  lambda: os.rename(path, 'stolen'), lambda: os.link(path, 'linked'),\n"
      "                  lambda: os.setxattr(path, 'user.x', b'y')):\n"
      "    try: attempt(); print('did it', path)\n"
      "    except OSError: pass\n"
      "open('own', 'w').write('x'); os.mkdir('d'); os.rename('own', 'd/own'); os.truncate('d/own', 0)\n"
      "open(os.environ['TMPDIR'] + '/x', 'w'); open('/dev/null', 'w'); os.urandom(8)\n"
      "assert os.getcwd() == os.environ['HOME']\n"
      "import asyncio, json, sqlite3, ssl, decimal\n"
      "print('OK')\n"));
  std::string content;
  std::ifstream(canary) >> content;
  EXPECT_EQ(content, "secret");
  std::filesystem::remove(canary);
}

// A listener of the host on all its addresses, those of sandboxes among them.
class Listener {
 public:
  Listener() {
    socket_.reset(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    const int off = 0;
    // As gRPC does it.
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 64), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    port_ = ::ntohs(address.sin6_port);
  }
  int port() const { return port_; }
  bool WasReached() const { return ::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC) != -1 || errno != EAGAIN; }

 private:
  UniqueFd socket_;
  int port_ = 0;
};

TEST_P(SandboxRestricted, NoSocketLeadsAnywhere) {
  const Listener listener;
  ExpectOk(absl::StrCat(
      "import asyncio, ctypes, errno, os, socket, threading, time\n"
      "start = time.monotonic()\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "for family, kind in ((socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET6, socket.SOCK_STREAM),\n"
      "                     (socket.AF_UNIX, socket.SOCK_DGRAM), (socket.AF_NETLINK, socket.SOCK_DGRAM),\n"
      "                     (socket.AF_VSOCK, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_RAW)):\n"
      "  try: socket.socket(family, kind); print('socket', family)\n"
      "  except OSError as e: assert e.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT), e\n"
      "def connects(host, port):\n"
      "  try: socket.create_connection((host, port), 5); return True\n"
      "  except OSError: return False\n"
      "port = ",
      listener.port(),
      "\n"
      "for host in ('127.0.0.1', '127.1.2.3', '0.0.0.0', '::1', 'localhost', socket.gethostname(), '192.0.2.1'):\n"
      "  assert not connects(host, port) and not connects(host, ",
      service().port(),
      "), host\n"
      "try: socket.getaddrinfo('example.com', 80); print('resolved')\n"
      "except OSError: pass\n"
      "try: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); print('datagram pair')\n"
      "except OSError: pass\n"
      // A place beside theirs, which is then given up.
      "for host in ('127.0.0.1', '0.0.0.0'):\n"
      "  server = socket.socket()\n"
      "  server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
      "  server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
      "  try: server.bind((host, port)); server.listen(64)\n"
      "  except OSError as e: assert e.errno == errno.EADDRINUSE, e\n"
      "  assert not connects(host, port)\n"
      "  server.close()\n"
      "  assert not connects(host, port)\n"
      // Nothing lets go of the own address.
      "def own(s): return s.getsockname()[0].startswith('127.') and s.getsockname()[0] != '127.0.0.1'\n"
      "s = socket.socket(); s.listen(1); assert own(s) and s.getsockname()[1] > 0, s\n"
      "s.shutdown(socket.SHUT_RDWR); s.listen(1); assert own(s), s\n"
      "s = socket.socket(); s.bind(('', 0)); assert own(s), s\n"
      "s = socket.socket()\n"
      "try: s.bind(('127.0.0.1', 65535)); print('bound')\n"
      "except OSError as e: assert e.errno == errno.EADDRINUSE, e\n"
      "assert own(s), s\n"
      "s.listen(1); assert own(s), s\n"
      "assert libc.connect(s.fileno(), b'\\0' * 16, 16) == -1; s.listen(1); assert own(s), s\n"
      "s = socket.socket(); assert libc.connect(s.fileno(), b'\\0' * 16, 16) == -1 and own(s), s\n"
      "for send in (lambda: s.sendto(b'x', socket.MSG_FASTOPEN, ('127.0.0.1', port)),\n"
      "             lambda: s.sendmsg([b'x'], [], socket.MSG_FASTOPEN, ('127.0.0.1', port)),\n"
      "             lambda: s.setsockopt(socket.IPPROTO_IP, 42, bytes(136)),\n"
      "             lambda: s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b'\\x01' * 4)):\n"
      "  try: send(); print('sent')\n"
      "  except OSError as e: assert e.errno in (errno.EOPNOTSUPP, errno.EPERM), e\n"
      "for bound in ('192.0.2.1', '8.8.8.8'):\n"
      "  try: s.bind((bound, 0)); print('bound', bound)\n"
      "  except OSError as e: assert e.errno == errno.EADDRNOTAVAIL, e\n"
      "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'\n"
      "async def main():\n"
      "  assert await asyncio.to_thread(lambda: time.sleep(0.1) or 1) == 1\n"
      "asyncio.run(main())\n"
      "assert time.monotonic() - start < 20\n"
      "print('OK')\n"));
  EXPECT_FALSE(listener.WasReached());
}

TEST_P(SandboxRestricted, ServersAreReachedByTheirOwnProgramOnly) {
  // Two runs with a server each, on the same port and under the same names.
  const auto source = [](const std::string& name) {
    return absl::StrCat(
        "import os, socket, time\n"
        "tcp = socket.socket(); tcp.bind(('127.0.0.1', 8080)); tcp.listen(8)\n"
        "path = socket.socket(socket.AF_UNIX); path.bind('server'); path.listen(8)\n"
        "name = socket.socket(socket.AF_UNIX); name.bind('\\0server'); name.listen(8)\n"
        "print('up', os.getcwd(), flush=True)\n"
        "time.sleep(1)\n"
        "for server, address in ((tcp, ('127.0.0.1', 8080)), (path, 'server'), (name, '\\0server')):\n"
        "  client = socket.socket(server.family); client.connect(address); client.sendall(b'",
        name,
        "')\n"
        "  accepted = server.accept()[0]; assert accepted.recv(10) == b'",
        name,
        "'; client.close(); assert accepted.recv(10) == b''\n"
        "time.sleep(1)\n"
        "print('OK')\n");
  };
  RunRecord other;
  std::thread beside([&] { other = Python(source("one")); });
  const RunRecord record = Python(source("two"));
  beside.join();
  for (const RunRecord* each : std::initializer_list<const RunRecord*>{&record, &other}) {
    EXPECT_THAT(each->Stdout(), ::testing::EndsWith("\nOK\n")) << each->Stderr() << each->finished().ShortDebugString();
  }
}

TEST_P(SandboxRestricted, ConnectionsWaitWhereTheyMustAndEndWithTheRun) {
  const RunRecord record = Python(
      "import os, socket, threading, time\n"
      "server = socket.socket(socket.AF_UNIX); server.bind('server'); server.listen(0)\n"
      "first = socket.socket(socket.AF_UNIX); first.connect('server')\n"
      "late = socket.socket(socket.AF_UNIX); late.setblocking(False)\n"
      "try: late.connect('server'); print('connected')\n"
      "except BlockingIOError: print('full')\n"
      "second = socket.socket(socket.AF_UNIX)\n"
      "thread = threading.Thread(target=lambda: (second.connect('server'), print('later', flush=True)))\n"
      "thread.start(); time.sleep(0.3); print('waits', flush=True)\n"
      "server.accept(); thread.join(); assert second.getblocking()\n"
      "third = socket.socket(socket.AF_UNIX)\n"
      "threading.Thread(target=lambda: third.connect('server')).start()\n"
      "time.sleep(0.1); os._exit(0)\n");
  EXPECT_EQ(record.Stdout(), "full\nwaits\nlater\n") << record.Stderr() << record.finished().ShortDebugString();
}

// The service's processes are this very user's where it was not started as root.
TEST_P(SandboxRestricted, OtherProcessesAreOutOfReach) {
  ExpectOk(absl::StrCat(
      "import ctypes, errno, os, resource, signal\n"
      "assert sorted(map(int, os.listdir('/proc/self/fd')))[:3] == [0, 1, 2] and len(os.listdir('/proc/self/fd')) == "
      "4\n"
      "victims = [",
      service().supervisor(), ", ", service().server(), ", ", service().zygote(),
      ", os.getppid()]\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "for pid in victims:\n"
      "  for attempt in (lambda: os.kill(pid, 0), lambda: os.kill(pid, signal.SIGSTOP), lambda: os.setpriority(0, pid, "
      "19),\n"
      "                  lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)),\n"
      "                  lambda: os.sched_setaffinity(pid, [0]), lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, "
      "os.sched_param(0)),\n"
      "                  lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGTERM),\n"
      "                  lambda: os.setpriority(os.PRIO_USER, 0, 19)):\n"
      "    try: attempt(); print('reached', pid)\n"
      "    except OSError: pass\n"
      "  for name in ('cmdline', 'environ', 'mem', 'maps', 'status', 'root', 'fd/0', 'cwd', 'fd'):\n"
      "    try: os.open('/proc/%d/%s' % (pid, name), os.O_RDONLY); print('opened', pid, name)\n"
      "    except OSError: pass\n"
      "  assert libc.syscall(101, 0x4206, pid, 0, 0) == -1 and libc.syscall(310, pid, 0, 0, 0, 0, 0) == -1\n"
      "for name in ('net/dev', 'net/route', 'net/tcp', 'net/unix'):\n"
      "    try: os.open('/proc/self/' + name, os.O_RDONLY); print('opened', name)\n"
      "    except PermissionError: pass\n"
      "try: os.listdir('/proc'); print('listed')\n"
      "except OSError: pass\n"
      "status = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)\n"
      "for name in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'): assert int(status[name], 16) == 0, name\n"
      "assert status['NoNewPrivs'].strip() == '1' and status['Seccomp'].strip() == '2'\n"
      "print('OK')\n"));
}

TEST_P(SandboxRestricted, KillingEverythingEndsOnlyItsOwn) {
  const RunRecord record = Python(
      "import os, signal, subprocess, sys\n"
      "child = subprocess.Popen(['sleep', '100'])\n"
      "print('before', flush=True)\n"
      "child.terminate()\n"
      "print(child.wait(), flush=True)\n"
      "os.kill(-1, signal.SIGKILL)\n"
      "print('alive')\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_THAT(record.Stdout(), HasSubstr("before\n-15\n"));
}

TEST_P(SandboxRestricted, NothingOfItsTreeOutlivesAnEnd) {
  const std::string mark = absl::StrCat("restricted-mark-", ::getpid(), "-", service().port());
  const std::string tree = absl::StrCat(
      "import os, signal, subprocess, sys, time\n"
      "for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
      "for i in range(4):\n"
      "  subprocess.Popen(['setsid', '-f', sys.executable, '-c', 'import time, signal; signal.signal(15, 1); "
      "time.sleep(600)', '",
      mark,
      "'])\n"
      "time.sleep(0.5)\n"
      "print('ready', flush=True)\n");
  const RunRecord ended = Python(tree);
  EXPECT_EQ(ended.Problem(), "");
  EXPECT_TRUE(ProcessesWith(mark).empty());
  const RunRecord cancelled = RunSource(runs(), PythonSource(tree + "time.sleep(600)\n"),
                                        [&](const v1::RunEvent& event, grpc::ClientContext& c) {
                                          if (!event.has_output()) return;
                                          EXPECT_FALSE(ProcessesWith(mark).empty());
                                          c.TryCancel();
                                        });
  EXPECT_TRUE(Eventually([&] { return ProcessesWith(mark).empty(); }));
  const std::string shell = absl::StrCat(
      "for i in 1 2 3; do setsid -f python3 -c 'import time, signal; signal.signal(15, 1); time.sleep(600)' ", mark,
      "; done; sleep 0.5; echo ready; sleep 600");
  const RunRecord lost = RunSource(runs(), BashSource(shell), [&](const v1::RunEvent& event, grpc::ClientContext&) {
    if (event.has_output()) ::kill(service().zygote(), SIGKILL);  // the one for other languages than Python
  });
  EXPECT_EQ(lost.finished().cause(), v1::TERMINATION_CAUSE_SANDBOX_LOST);
  EXPECT_TRUE(Eventually([&] { return ProcessesWith(mark).empty(); }));
}

TEST_P(SandboxRestricted, LimitsHoldWithoutNamespacesAndCgroups) {
  v1::RunSourceRequest memory = PythonSource("x = bytearray(400 << 20)\nimport time\ntime.sleep(20)\n");
  memory.mutable_limits()->set_memory_bytes(64 << 20);
  EXPECT_EQ(RunSource(runs(), memory).finished().cause(), v1::TERMINATION_CAUSE_MEMORY_LIMIT);
  v1::RunSourceRequest cpu = PythonSource("import os\nos.fork()\nwhile True: pass\n");
  cpu.mutable_limits()->mutable_cpu_time()->set_nanos(500'000'000);
  EXPECT_EQ(RunSource(runs(), cpu).finished().cause(), v1::TERMINATION_CAUSE_CPU_TIME_LIMIT);
  v1::RunSourceRequest wall = BashSource("sleep 60");
  wall.mutable_limits()->mutable_wall_time()->set_nanos(400'000'000);
  EXPECT_EQ(RunSource(runs(), wall).finished().cause(), v1::TERMINATION_CAUSE_WALL_TIME_LIMIT);
  v1::RunSourceRequest file = PythonSource(
      "import signal\n"
      "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
      "try:\n"
      "  with open('fill', 'wb') as f:\n"
      "    while True: f.write(b'x' * 65536)\n"
      "except OSError as e: print('OK')\n");
  file.mutable_limits()->set_disk_bytes(4 << 20);
  EXPECT_EQ(RunSource(runs(), file).Stdout(), "OK\n");
}

TEST_P(SandboxRestricted, ForkBombIsEndedByItsProcessLimit) {
  v1::RunSourceRequest request = PythonSource(
      "import os, sys, time\n"
      "while True:\n"
      "  try:\n"
      "    if os.fork() == 0: pass\n"
      "  except OSError: time.sleep(0.01)\n");
  request.mutable_limits()->set_processes(20);
  request.mutable_limits()->mutable_wall_time()->set_seconds(3);
  const RunRecord record = RunSource(runs(), request);
  EXPECT_EQ(record.Problem(), "");
  EXPECT_THAT(record.finished().cause(),
              ::testing::AnyOf(v1::TERMINATION_CAUSE_PROCESS_LIMIT, v1::TERMINATION_CAUSE_CPU_TIME_LIMIT,
                               v1::TERMINATION_CAUSE_WALL_TIME_LIMIT));
}

TEST_P(SandboxRestricted, DirectoriesAreGoneHoweverTheyWereLeft) {
  const RunRecord record = Python(
      "import os\n"
      "print(os.path.dirname(os.getcwd()), flush=True)\n"
      "os.mkdir('closed'); os.open('closed/f', os.O_CREAT); fd = os.open('closed', os.O_RDONLY); os.fchmod(fd, 0)\n"
      "for i in range(300): os.mkdir('d'); os.chdir('d')\n");
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.finished().exit_code(), 0) << record.Stderr();
  const std::string directory = record.Stdout().substr(0, record.Stdout().find('\n'));
  EXPECT_THAT(directory, HasSubstr("/tmp/skill-runner-sandboxes-"));
  EXPECT_FALSE(std::filesystem::exists(directory));
  const std::string parent = std::filesystem::path(directory).parent_path();
  EXPECT_TRUE(std::filesystem::exists(parent));
  EXPECT_EQ(service().Stop(), 0);
  EXPECT_FALSE(std::filesystem::exists(parent));
  StartService();
}

AT_LEVELS(SandboxRestricted, "restricted");

// What Docker's and containerd's default profile refuses to a process without CAP_SYS_ADMIN.
void RefuseWhatEnginesRefuse() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(96);
  const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  for (const int call : {SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(unshare), SCMP_SYS(setns)}) {
    if (::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) != 0) ::_exit(96);
  }
  for (const uint64_t flag :
       {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    const scmp_arg_cmp flags = SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag);
    if (::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, flags) != 0) ::_exit(96);
  }
  if (::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0) ::_exit(96);
  if (::seccomp_load(filter) != 0) ::_exit(96);
  ::seccomp_release(filter);
}

class SandboxInContainer : public SandboxCase {
 protected:
  v1::IsolationMechanism Mechanism(const std::string& name) {
    grpc::ClientContext context;
    v1::GetCapabilitiesResponse response;
    EXPECT_TRUE(system().GetCapabilities(&context, {}, &response).ok());
    EXPECT_EQ(response.isolation(), v1::ISOLATION_LEVEL_RESTRICTED);
    for (const v1::IsolationMechanism& mechanism : response.mechanisms()) {
      if (mechanism.name() == name) return mechanism;
    }
    return {};
  }
};

TEST_P(SandboxInContainer, HostThatRefusesNamespacesGivesRestrictedAndSaysWhy) {
  StartService({.before_exec = RefuseWhatEnginesRefuse});
  const v1::IsolationMechanism namespaces = Mechanism("namespaces");
  EXPECT_FALSE(namespaces.active());
  EXPECT_THAT(namespaces.detail(), HasSubstr("unshare"));
  EXPECT_THAT(namespaces.detail(), HasSubstr("kernel.apparmor_restrict_unprivileged_userns"));
  const RunRecord record = RunSource(runs(), PythonSource("import asyncio\n"
                                                          "async def main():\n"
                                                          "  await asyncio.sleep(0.01)\n"
                                                          "  p = await asyncio.create_subprocess_exec('echo', 'OK')\n"
                                                          "  await p.wait()\n"
                                                          "asyncio.run(main())\n"));
  EXPECT_EQ(record.Problem(), "");
  EXPECT_EQ(record.Stdout(), "OK\n") << record.Stderr() << record.finished().ShortDebugString();
}

AT_LEVELS(SandboxInContainer, "auto");

}  // namespace
}  // namespace skillrunner::testing

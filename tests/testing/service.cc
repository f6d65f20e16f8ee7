#include "testing/service.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/files.h"
#include "testing/processes.h"

namespace skillrunner::testing {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kUnprivilegedUid = 61234;
constexpr double kStartSeconds = 60;

struct Staged {
  std::string path = MakeTemporaryDirectory("stage");
  Staged() {
    fs::create_directories(path + "/bin");
    const char* libexec = ::getenv("SKILL_RUNNER_TEST_LIBEXEC_DIR");
    for (const char* name : {"skill-runner", "skill-server", "skillctl", "skill-zygote-exec", "skill-zygote-python",
                             "libskill-preload.so"}) {
      // Zygotes have one thread and fork by clone3: ThreadSanitizer's own thread would keep them from it.
      const bool zygote = std::string(name).rfind("skill-zygote", 0) == 0;
      const std::string from = zygote && libexec != nullptr ? libexec : SKILL_RUNNER_BIN_DIR;
      fs::copy_file(from + "/" + name, path + "/bin/" + name);
    }
    fs::copy(SKILL_RUNNER_SOURCE_DIR "/skills", path + "/skills", fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      fs::permissions(entry.path(), fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
      if (entry.is_directory())
        fs::permissions(entry.path(), fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add);
    }
  }
  ~Staged() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// Never -1: a test may be about to send it a signal.
pid_t WaitForChild(pid_t parent, const std::string& name) {
  pid_t child = -1;
  if (!Eventually([&] { return (child = ChildNamed(parent, name)) > 0; })) ::abort();
  return child;
}

}  // namespace

std::string MakeTemporaryDirectory(const char* what) {
  std::string path = absl::StrCat("/tmp/skill-runner-", what, "-XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) ::abort();
  ::chmod(path.c_str(), 0755);
  return path;
}

std::string IdentityName(Identity identity) {
  return identity == Identity::kRoot ? "Root" : "Unprivileged";
}

std::vector<Identity> PossibleIdentities() {
  if (::geteuid() == 0) return {Identity::kRoot, Identity::kUnprivileged};
  return {Identity::kUnprivileged};
}

const std::string& StagedDirectory() {
  static const Staged staged;
  return staged.path;
}

std::string SharedDirectory() {
  const char* given = ::getenv("SKILL_RUNNER_SHARED_DIR");
  const std::string path = given != nullptr ? given : SKILL_RUNNER_SOURCE_DIR "/../shared";
  return fs::is_directory(path) ? path : "";
}

Service::Service(const ServiceOptions& options)
    : directory_(MakeTemporaryDirectory("test")), state_dir_(directory_ + "/state") {
  const std::string port_file = directory_ + "/port";
  std::vector<std::string> arguments = {
      StagedDirectory() + "/bin/skill-runner", "--listen=127.0.0.1:0", "--port-file=" + port_file,
      "--state-dir=" + state_dir_,
      "--skills=" + (options.skills.empty() ? StagedDirectory() + "/skills" : options.skills)};
  arguments.insert(arguments.end(), options.flags.begin(), options.flags.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const bool drop = options.identity == Identity::kUnprivileged && ::geteuid() == 0;
  if (drop && ::chown(directory_.c_str(), kUnprivilegedUid, kUnprivilegedUid) != 0) ::abort();
  const std::string log = directory_ + "/log";
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    if (drop && (::setgid(kUnprivilegedUid) != 0 || ::setuid(kUnprivilegedUid) != 0)) ::_exit(99);
    // A test that crashes leaves nothing behind.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(98);
    const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    if (options.before_exec != nullptr) options.before_exec();
    ::execv(argv[0], argv.data());
    ::_exit(97);
  }
  const bool serving = Eventually(
      [&] {
        const std::string text = ReadFileAt(AT_FDCWD, port_file).value_or("");
        return absl::SimpleAtoi(text, &port_) || ::waitpid(pid_, nullptr, WNOHANG) == pid_;
      },
      kStartSeconds);
  if (!serving || port_ == 0) {
    ::fprintf(stderr, "the service did not start:\n%s\n", Log().c_str());
    ::abort();
  }
}

Service::~Service() {
  if (pid_ > 0) Stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string Service::address() const {
  return absl::StrCat("127.0.0.1:", port_);
}

std::shared_ptr<grpc::Channel> Service::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(address(), grpc::InsecureChannelCredentials(), arguments);
}

pid_t Service::server() const {
  return WaitForChild(pid_, "skill-server");
}
pid_t Service::zygote() const {
  return WaitForChild(pid_, "skill-zygote-exec");
}

int Service::Stop() {
  ::kill(pid_, SIGTERM);
  return Wait();
}

int Service::Wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Service::Log() const {
  return ReadFileAt(AT_FDCWD, directory_ + "/log", 64 << 20).value_or("");
}

}  // namespace skillrunner::testing

// A directory of its own and a real skill-runner in it, with the test server and zygote as its children.
#pragma once

#include <sys/types.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace skillrunner {

class ServiceUnderTest {
 public:
  ServiceUnderTest();
  ~ServiceUnderTest();  // kills the service where it still runs, and removes the directory
  ServiceUnderTest(const ServiceUnderTest&) = delete;
  ServiceUnderTest& operator=(const ServiceUnderTest&) = delete;

  const std::string& directory() const { return directory_; }
  std::string At(const std::string& name) const { return directory_ + "/" + name; }
  // Sends a signal to the service, which must run.
  void Signal(int signal) const;

  // How the test server deviates; before Start.
  void Behave(const std::string& behaviour);
  // Runs the service (and what belongs to it) as this user; the test must run as root. Before Start.
  void BecomeUser(uid_t user) { user_ = user; }

  // Starts skill-runner with --listen=127.0.0.1:0, skills, state directory and port file below directory(), unless
  // `flags` gives them; `prepare` runs in the child before exec.
  void Start(const std::vector<std::string>& flags = {}, const std::function<void()>& prepare = {});
  // The exit code, or 128 + signal. Fails the test after 20 s.
  int WaitForExit();

  // Waits until the server has published a report for which `condition` holds, and returns it. Throws after 20 s.
  nlohmann::json WaitForReport(const std::function<bool(const nlohmann::json&)>& condition);
  nlohmann::json WaitForZygotes(size_t count);
  std::string WaitForPortFile();
  std::string Stderr() const;
  pid_t pid() const { return pid_; }  // 0: does not run

 private:
  std::string directory_;
  pid_t pid_ = 0;
  uid_t user_ = 0;
};

bool Exists(const std::string& path);
std::string ReadText(const std::string& path);
void WriteText(const std::string& path, const std::string& text);
// Gone: no such process, or one that waits to be reaped.
bool IsGone(pid_t pid);
// SIGKILL to the process that reported.
void Kill(const nlohmann::json& report);
// False after 20 s.
bool WaitFor(const std::function<bool()>& condition);

}  // namespace skillrunner

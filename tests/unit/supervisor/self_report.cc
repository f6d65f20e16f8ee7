#include "self_report.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace skillrunner {

nlohmann::json SelfReport(int argc, char** argv) {
  nlohmann::json report;
  report["pid"] = ::getpid();
  report["session"] = ::getsid(0);
  report["argv"] = std::vector<std::string>(argv, argv + argc);
  report["environment"] = nlohmann::json::array();
  for (char** entry = environ; *entry != nullptr; ++entry) report["environment"].push_back(*entry);
  report["fds"] = nlohmann::json::array();
  DIR* directory = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(directory)) {
    const int fd = ::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(directory)) report["fds"].push_back(fd);
  }
  ::closedir(directory);
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const size_t colon = line.find(":\t");
    if (colon != std::string::npos) report["status"][line.substr(0, colon)] = line.substr(colon + 2);
  }
  char directory_name[4096] = {};
  report["directory"] = ::getcwd(directory_name, sizeof(directory_name)) != nullptr ? directory_name : "?";
  const mode_t mask = ::umask(0);
  ::umask(mask);
  report["umask"] = mask;
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  report["death_signal"] = death_signal;
  char link[4096] = {};
  report["stdin"] = ::readlink("/proc/self/fd/0", link, sizeof(link) - 1) > 0 ? link : "?";
  return report;
}

}  // namespace skillrunner

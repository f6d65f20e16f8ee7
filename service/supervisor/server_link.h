// The server's end of its link to the supervisor: new zygotes come in, "serving", "learnt", "hung" and "fatal" go out.
// See supervisor.h for the messages. Follow() belongs to the reactor's thread; the Report functions to any.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "async/reactor.h"
#include "async/task.h"
#include "base/unique_fd.h"

namespace skillrunner {

class ServerLink {
 public:
  // `control`: the descriptor given with --control-fd.
  explicit ServerLink(UniqueFd control) : control_(std::move(control)) {}

  // Calls `adopt` with the profile and the socket of each zygote, until the supervisor is gone or Close() was called.
  Task<void> Follow(Reactor& reactor, std::function<void(const std::string&, UniqueFd)> adopt);
  // Ends Follow().
  void Close();

  void ReportServing(int port);
  // Texts of the profiles that are to have a zygote beside the configured ones.
  void ReportLearnt(const std::vector<std::string>& profiles);
  // The zygote of this profile answers no more.
  void ReportHung(const std::string& profile);
  void ReportFatal(const std::string& message);

 private:
  UniqueFd control_;
};

}  // namespace skillrunner
